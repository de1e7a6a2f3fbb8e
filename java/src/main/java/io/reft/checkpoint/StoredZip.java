package io.reft.checkpoint;

import io.reft.InputError;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The entries of a mapped zip file whose entries are stored, not compressed, as PyTorch writes them, large ones (zip64)
 * too. Nothing is unpacked: an entry is a view of the file. Check sums are not looked at.
 */
final class StoredZip {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int END = 0x06054b50;
    private static final int END64 = 0x06064b50;
    private static final int END64_LOCATOR = 0x07064b50;
    private static final int DIRECTORY_ENTRY = 0x02014b50;
    private static final int LOCAL_ENTRY = 0x04034b50;
    private static final long MAX32 = 0xffffffffL;
    private static final int ENTRY_LIMIT = 1_000_000;

    private final MemorySegment zip;
    private final Path file;

    private StoredZip(MemorySegment zip, Path file) {
        this.zip = zip;
        this.file = file;
    }

    /** Whether this begins as a zip file. */
    static boolean isZip(MemorySegment data) {
        return data.byteSize() >= 4 && data.get(INT, 0) == LOCAL_ENTRY;
    }

    /** The entries of {@code zip} by name. */
    static Map<String, MemorySegment> entries(MemorySegment zip, Path file) {
        return new StoredZip(zip, file).entries();
    }

    private Map<String, MemorySegment> entries() {
        long end = findEnd();
        long count = unsigned(SHORT, end + 10);
        long size = unsigned(INT, end + 12);
        long at = unsigned(INT, end + 16);
        if (count == 0xffff || size == MAX32 || at == MAX32) {
            if (end < 20 || get(INT, end - 20) != END64_LOCATOR) {
                throw broken("its end");
            }
            long end64 = get(LONG, end - 12);
            if (get(INT, end64) != END64) {
                throw broken("its end");
            }
            count = get(LONG, end64 + 32);
            size = get(LONG, end64 + 40);
            at = get(LONG, end64 + 48);
        }
        if (at < 0 || size < 0 || at > end || size > end - at || count < 0 || count > size / 46) {
            throw broken("its directory");
        }
        if (count > ENTRY_LIMIT) {
            throw new InputError("%s: %d entries are too many for a file of weights.", file, count);
        }
        Map<String, MemorySegment> entries = new HashMap<>();
        for (long i = 0; i < count; i++) {
            if (get(INT, at) != DIRECTORY_ENTRY) {
                throw broken("its directory");
            }
            int nameLength = (int) unsigned(SHORT, at + 28);
            int extraLength = (int) unsigned(SHORT, at + 30);
            String name = name(at + 46, nameLength);
            if (entries.put(name, entry(name, at, at + 46 + nameLength, extraLength)) != null) {
                throw new InputError("%s: entry %s stands twice in it.", file, name);
            }
            at += 46L + nameLength + extraLength + unsigned(SHORT, at + 32);
        }
        return entries;
    }

    /** The end record: the last one whose comment reaches to the end of the file. */
    private long findEnd() {
        for (long at = zip.byteSize() - 22; at >= Math.max(0, zip.byteSize() - 22 - 0xffff); at--) {
            if (zip.get(INT, at) == END && at + 22 + unsigned(SHORT, at + 20) == zip.byteSize()) {
                return at;
            }
        }
        throw new InputError("%s: truncated: the zip directory that PyTorch puts at the end is missing.", file);
    }

    private MemorySegment entry(String name, long at, long extra, int extraLength) {
        if (unsigned(SHORT, at + 10) != 0 || (get(SHORT, at + 8) & 1) != 0) {
            throw new InputError("%s: entry %s is compressed or encrypted, which PyTorch never does; save it with torch.save.", file, name);
        }
        long packed = unsigned(INT, at + 20);
        long size = unsigned(INT, at + 24);
        long local = unsigned(INT, at + 42);
        for (long field = extra, end = extra + extraLength; field + 4 <= end; field += 4 + unsigned(SHORT, field + 2)) {
            if (get(SHORT, field) == 1) {
                long value = field + 4; // those of the three that did not fit, in this order
                if (size == MAX32) {
                    size = get(LONG, value);
                    value += 8;
                }
                if (packed == MAX32) {
                    packed = get(LONG, value);
                    value += 8;
                }
                if (local == MAX32) {
                    local = get(LONG, value);
                }
                break;
            }
        }
        if (packed != size || local < 0 || get(INT, local) != LOCAL_ENTRY) {
            throw broken("entry " + name);
        }
        long data = local + 30 + unsigned(SHORT, local + 26) + unsigned(SHORT, local + 28);
        if (size < 0 || data > zip.byteSize() || size > zip.byteSize() - data) {
            throw new InputError("%s: truncated: entry %s does not lie within the file.", file, name);
        }
        return zip.asSlice(data, size);
    }

    private String name(long at, int length) {
        check(at, length);
        return JsonFile.checkName(new String(zip.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8), file);
    }

    private long unsigned(ValueLayout.OfShort layout, long at) {
        check(at, 2);
        return Short.toUnsignedLong(zip.get(layout, at));
    }

    private long unsigned(ValueLayout.OfInt layout, long at) {
        return Integer.toUnsignedLong(get(layout, at));
    }

    private short get(ValueLayout.OfShort layout, long at) {
        check(at, 2);
        return zip.get(layout, at);
    }

    private int get(ValueLayout.OfInt layout, long at) {
        check(at, 4);
        return zip.get(layout, at);
    }

    private long get(ValueLayout.OfLong layout, long at) {
        check(at, 8);
        return zip.get(layout, at);
    }

    private void check(long at, long length) {
        if (at < 0 || at > zip.byteSize() - length) {
            throw broken("the zip container");
        }
    }

    private InputError broken(String part) {
        return new InputError("%s: broken or truncated: %s makes no sense.", file, part);
    }
}
