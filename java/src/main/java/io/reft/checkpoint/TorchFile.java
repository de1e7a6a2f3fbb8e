package io.reft.checkpoint;

import io.reft.InputError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * PyTorch's own files ({@code pytorch_model.bin}): a zip container with a pickle that describes the tensors and an entry
 * for each storage. They are mapped and read in place; nothing in them is run. Files from before PyTorch 1.6, which are
 * no zip containers, are not read.
 */
final class TorchFile {
    private static final long PICKLE_LIMIT = 16 << 20;

    private TorchFile() {}

    /** The tensors of {@code file} by name, mapped in {@code arena}. */
    static Map<String, StoredTensor> read(Path file, Arena arena) {
        MemorySegment mapped = MappedFile.map(file, arena);
        if (!StoredZip.isZip(mapped)) {
            boolean old = mapped.byteSize() > 2 && mapped.get(ValueLayout.JAVA_BYTE, 0) == (byte) 0x80;
            throw new InputError("%s: %s.", file, !old ? "not a PyTorch file of weights (no zip container)"
                    : "saved in the form used before PyTorch 1.6; load it with torch.load and save it again, best as safetensors");
        }
        Map<String, MemorySegment> entries = StoredZip.entries(mapped, file);
        String folder = folder(entries, file);
        MemorySegment order = entries.get(folder + "byteorder");
        if (order != null && order.byteSize() < 16 && !text(order).equals("little")) {
            throw new InputError("%s: saved on a machine of byte order \"%s\"; only little is read.", file,
                    JsonFile.checkName(text(order), file));
        }
        MemorySegment pickle = entries.get(folder + "data.pkl");
        if (pickle.byteSize() > PICKLE_LIMIT) {
            throw new InputError("%s: its pickle has %d bytes, too many for a description of tensors.", file, pickle.byteSize());
        }
        if (!(Unpickler.read(pickle, file) instanceof Map<?, ?> values)) {
            throw new InputError("%s: it holds no dictionary of tensors.", file);
        }
        Map<String, StoredTensor> tensors = new HashMap<>();
        values.forEach((key, value) -> {
            String name = JsonFile.checkName(key.toString(), file);
            if (!(value instanceof Unpickler.Tensor tensor)) {
                throw new InputError("%s: what it holds as %s is no tensor.", file, name);
            }
            MemorySegment storage = entries.get(folder + "data/" + tensor.storage().key());
            tensors.put(name, stored(name, tensor, storage, file));
        });
        return tensors;
    }

    /** The folder inside the container that everything is in, with its slash. */
    private static String folder(Map<String, MemorySegment> entries, Path file) {
        for (String name : entries.keySet()) {
            if (name.endsWith("data.pkl") && name.indexOf('/') == name.length() - "/data.pkl".length()) {
                return name.substring(0, name.indexOf('/') + 1);
            }
        }
        throw new InputError("%s: a zip file, but not one of PyTorch (no data.pkl in it).", file);
    }

    private static String text(MemorySegment entry) {
        return new String(entry.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private static StoredTensor stored(String name, Unpickler.Tensor tensor, MemorySegment storage, Path file) {
        long[] shape = tensor.shape();
        long[] strides = tensor.strides();
        DataType dtype = tensor.storage().dtype();
        long size = 1;
        boolean rowMajor = true;
        long last = tensor.offset();
        try {
            if (strides.length != shape.length || tensor.offset() < 0) {
                throw new ArithmeticException();
            }
            for (int i = shape.length - 1; i >= 0; i--) {
                if (shape[i] < 0 || strides[i] < 0) {
                    throw new ArithmeticException();
                }
                rowMajor &= shape[i] <= 1 || strides[i] == size;
                size = Math.multiplyExact(size, shape[i]);
                last = Math.addExact(last, Math.multiplyExact(Math.max(0, shape[i] - 1), strides[i]));
            }
            Math.multiplyExact(size, 8);
        } catch (ArithmeticException e) {
            throw new InputError("%s: tensor %s has a shape, strides or an offset that make no sense.", file, name);
        }
        if (storage == null || storage.byteSize() / dtype.bytes() < tensor.storage().size()) {
            throw new InputError("%s: truncated: the elements of tensor %s are not all in it.", file, name);
        }
        TensorInfo info = new TensorInfo(name, dtype, shape);
        if (size == 0) {
            return new StoredTensor(info, file, storage.asSlice(0, 0), null);
        }
        if (last >= tensor.storage().size()) {
            throw new InputError("%s: tensor %s reaches beyond its storage of %d elements.", file, name, tensor.storage().size());
        }
        if (size > tensor.storage().size()) {
            // a few bytes could else ask for all of the memory
            throw new InputError("%s: tensor %s repeats elements of its storage; save it contiguous.", file, name);
        }
        MemorySegment data = storage.asSlice(tensor.offset() * dtype.bytes(), (last - tensor.offset() + 1) * dtype.bytes());
        return new StoredTensor(info, file, data, rowMajor ? null : strides);
    }
}
