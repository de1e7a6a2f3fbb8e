package io.reft.checkpoint;

import io.reft.InputError;
import java.lang.foreign.MemorySegment;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a pickle (protocols 2 to 5) that holds a dictionary of tensors, and nothing that could run: the only things it
 * can call are the rebuilding of tensors and of ordered dictionaries, which are done here; any other name is refused.
 * Python's values become String, Long, Double, Boolean, {@link #NONE}, List (lists), Object[] (tuples) and Map.
 */
final class Unpickler {
    /** Python's None. */
    static final Object NONE = new Object();

    /** A storage: a flat array of elements, in an entry of its own. */
    record Storage(DataType dtype, String key, long size) {}

    /** A view of a storage. */
    record Tensor(Storage storage, long offset, long[] shape, long[] strides) {}

    private record Global(String module, String name) {
        @Override
        public String toString() {
            return module + "." + name;
        }
    }

    private static final Object MARK = new Object();
    private static final Map<String, DataType> STORAGES = Map.of("DoubleStorage", DataType.F64, "FloatStorage", DataType.F32,
            "HalfStorage", DataType.F16, "BFloat16Storage", DataType.BF16, "LongStorage", DataType.I64, "IntStorage", DataType.I32,
            "ShortStorage", DataType.I16, "CharStorage", DataType.I8, "ByteStorage", DataType.U8, "BoolStorage", DataType.BOOL);
    private static final Global ORDERED_DICT = new Global("collections", "OrderedDict");
    private static final Global TENSOR = new Global("torch._utils", "_rebuild_tensor_v2");
    private static final Global PARAMETER = new Global("torch._utils", "_rebuild_parameter");
    /** Instructions take a byte or more and may make one object each; a model of 1000 tensors has 60 000. */
    private static final int STEP_LIMIT = 2_000_000;

    private final ByteBuffer code;
    private final Path file;
    private final List<Object> stack = new ArrayList<>();
    private final Map<Integer, Object> memo = new HashMap<>();

    private Unpickler(ByteBuffer code, Path file) {
        this.code = code.order(ByteOrder.LITTLE_ENDIAN);
        this.file = file;
    }

    /** The object that {@code pickle}, an entry of {@code file}, stands for. */
    static Object read(MemorySegment pickle, Path file) {
        try {
            return new Unpickler(pickle.asByteBuffer(), file).run();
        } catch (BufferUnderflowException e) {
            throw new InputError("%s: its pickle is truncated.", file);
        } catch (ClassCastException | IndexOutOfBoundsException e) {
            throw new InputError("%s: its pickle is broken.", file);
        }
    }

    private Object run() {
        for (int step = 0; step < STEP_LIMIT; step++) {
            int op = code.get() & 0xff;
            switch (op) {
                case '.' -> {
                    return pop();
                }
                case 0x80 -> protocol(code.get());
                case 0x95 -> code.getLong(); // frame
                case '(' -> push(MARK);
                case '0' -> pop();
                case '1' -> popToMark();
                case '2' -> push(top());
                case 'N' -> push(NONE);
                case 0x88 -> push(true);
                case 0x89 -> push(false);
                case 'J' -> push((long) code.getInt());
                case 'K' -> push((long) (code.get() & 0xff));
                case 'M' -> push((long) (code.getShort() & 0xffff));
                case 0x8a -> push(integer(code.get() & 0xff));
                case 'G' -> push(code.order(ByteOrder.BIG_ENDIAN).getDouble());
                case 'X' -> push(text(code.getInt() & 0xffffffffL));
                case 0x8c, 'U' -> push(text(code.get() & 0xff));
                case 0x8d -> push(text(code.getLong()));
                case '}' -> push(new LinkedHashMap<Object, Object>());
                case ']' -> push(new ArrayList<Object>());
                case ')' -> push(new Object[0]);
                case 't' -> push(popToMark().toArray());
                case 0x85 -> push(tuple(1));
                case 0x86 -> push(tuple(2));
                case 0x87 -> push(tuple(3));
                case 'a' -> append(List.of(pop()));
                case 'e' -> append(popToMark());
                case 's' -> setItems(Arrays.asList(tuple(2)));
                case 'u' -> setItems(popToMark());
                case 'q' -> memo.put(code.get() & 0xff, top());
                case 'r' -> memo.put(code.getInt(), top());
                case 0x94 -> memo.put(memo.size(), top());
                case 'h' -> push(recall(code.get() & 0xff));
                case 'j' -> push(recall(code.getInt()));
                case 'c' -> push(global(line(), line()));
                case 0x93 -> {
                    String name = (String) pop();
                    push(global((String) pop(), name));
                }
                case 'Q' -> push(storage(pop()));
                case 'R' -> {
                    Object[] arguments = (Object[]) pop();
                    push(call((Global) pop(), arguments));
                }
                case 'b' -> {
                    // state_dict() hangs versions of its modules on its dictionary
                    pop();
                    if (!(top() instanceof Map)) {
                        throw new InputError("%s: its pickle sets the state of an object, which is refused; only tensors are read.", file);
                    }
                }
                default -> throw new InputError("%s: its pickle holds something that is no tensor (instruction 0x%02x).", file, op);
            }
            code.order(ByteOrder.LITTLE_ENDIAN);
        }
        throw new InputError("%s: its pickle does not end after %d steps.", file, STEP_LIMIT);
    }

    private void protocol(int version) {
        if (version < 2 || version > 5) {
            throw new InputError("%s: a pickle of protocol %d; 2 to 5 are known.", file, version);
        }
    }

    private void push(Object value) {
        stack.add(value);
    }

    private Object pop() {
        Object value = stack.remove(stack.size() - 1);
        if (value == MARK) {
            throw new IndexOutOfBoundsException();
        }
        return value;
    }

    private Object top() {
        return stack.get(stack.size() - 1);
    }

    /** What lies above the last mark; the mark goes too. */
    private List<Object> popToMark() {
        List<Object> above = stack.subList(stack.lastIndexOf(MARK) + 1, stack.size());
        List<Object> values = new ArrayList<>(above);
        above.clear();
        stack.remove(stack.size() - 1);
        return values;
    }

    private Object[] tuple(int length) {
        Object[] values = new Object[length];
        while (length > 0) {
            values[--length] = pop();
        }
        return values;
    }

    @SuppressWarnings("unchecked")
    private void append(List<Object> values) {
        ((List<Object>) top()).addAll(values);
    }

    @SuppressWarnings("unchecked")
    private void setItems(List<Object> keysAndValues) {
        Map<Object, Object> map = (Map<Object, Object>) top();
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            // other keys could hold themselves, and have no end of a hash code
            if (!(keysAndValues.get(i) instanceof String) && !(keysAndValues.get(i) instanceof Long)) {
                throw new InputError("%s: its pickle holds a dictionary whose keys are no names.", file);
            }
            map.put(keysAndValues.get(i), keysAndValues.get(i + 1));
        }
    }

    private Object recall(int key) {
        Object value = memo.get(key);
        if (value == null) {
            throw new IndexOutOfBoundsException();
        }
        return value;
    }

    private long integer(int bytes) {
        if (bytes > 8) {
            throw new InputError("%s: its pickle holds an integer of %d bytes.", file, bytes);
        }
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            long next = i == bytes - 1 ? code.get() : code.get() & 0xff; // the last byte has the sign
            value |= next << 8 * i;
        }
        return value;
    }

    private String text(long length) {
        if (length < 0 || length > code.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] utf8 = new byte[(int) length];
        code.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private String line() {
        int start = code.position();
        while (code.get() != '\n') {
            // to the end of the line
        }
        int length = code.position() - start - 1;
        code.position(start);
        String line = text(length);
        code.get();
        return line;
    }

    private Global global(String module, String name) {
        Global global = new Global(JsonFile.checkName(module, file), JsonFile.checkName(name, file));
        boolean storage = module.equals("torch") && STORAGES.containsKey(name);
        if (storage || global.equals(ORDERED_DICT) || global.equals(TENSOR) || global.equals(PARAMETER)) {
            return global;
        }
        throw new InputError("%s: its pickle asks for %s, which is refused: only tensors are read, for anything else can run programs.",
                file, global);
    }

    private Object storage(Object id) {
        Object[] parts = (Object[]) id;
        if (parts.length != 5 || !"storage".equals(parts[0]) || !STORAGES.containsKey(((Global) parts[1]).name) || (Long) parts[4] < 0) {
            throw new IndexOutOfBoundsException();
        }
        return new Storage(STORAGES.get(((Global) parts[1]).name), (String) parts[2], (Long) parts[4]);
    }

    private Object call(Global function, Object[] arguments) {
        if (function.equals(ORDERED_DICT) && arguments.length == 0) {
            return new LinkedHashMap<Object, Object>();
        }
        if (function.equals(PARAMETER)) {
            return (Tensor) arguments[0];
        }
        if (function.equals(TENSOR)) {
            if (arguments.length > 6 && !(arguments[6] instanceof Map<?, ?> flags && flags.isEmpty())) {
                throw new InputError("%s: a tensor in it is to be conjugated or negated, which is not known here.", file);
            }
            return new Tensor((Storage) arguments[0], (Long) arguments[1], longs(arguments[2]), longs(arguments[3]));
        }
        throw new InputError("%s: its pickle calls %s in an unknown way.", file, function);
    }

    private long[] longs(Object tuple) {
        if (((Object[]) tuple).length > Safetensors.RANK_LIMIT) {
            throw new InputError("%s: a tensor in it has %d dimensions.", file, ((Object[]) tuple).length);
        }
        return Arrays.stream((Object[]) tuple).mapToLong(value -> (Long) value).toArray();
    }
}
