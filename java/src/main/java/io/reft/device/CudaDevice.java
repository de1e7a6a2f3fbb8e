package io.reft.device;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;

import io.reft.InputError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * The first NVIDIA GPU that the driver shows, through JCuda's driver API: its primary context, which the CUDA runtime
 * inside our library shares, and one stream. Host memory goes through a block that the driver has pinned, so that an
 * upload returns when it is copied there and a download waits for the stream. Several GPUs are left out.
 */
public final class CudaDevice implements Device {
    /** JCuda's native library, by the name under which its own loader looks for it. */
    public static final String BINDINGS = "libJCudaDriver-12.6.0-linux-x86_64.so";

    private static final String DRIVER = "libcuda.so.1";
    private static final int LEAST_MAJOR = 8;
    private static final long STAGING = 16L << 20;

    /** Says in its message what CUDA needs and does not find: {@code needs …, which …}. */
    public static final class Unavailable extends Exception {
        private static final long serialVersionUID = 1;

        /** @param reason goes on after the words "CUDA" or "--device cuda" */
        public Unavailable(String reason) {
            super(reason);
        }
    }

    private final CUdevice gpu;
    private final CUstream stream = new CUstream();
    private final long streamHandle;
    private final Pointer staging = new Pointer();
    private final MemorySegment staged;
    private long used;  // bytes of the staging block that the stream may still read

    /** A pointer of JCuda whose value can be read. */
    private static final class Block extends CUdeviceptr {
        long address() {
            return getNativePointer() + getByteOffset();
        }
    }

    private static final class Stream extends jcuda.NativePointerObject {
        final long handle;

        Stream(CUstream stream) {
            super(stream);
            handle = getNativePointer();
        }
    }

    private CudaDevice(CUdevice gpu) {
        this.gpu = gpu;
        CUcontext context = new CUcontext();
        check(JCudaDriver.cuDevicePrimaryCtxRetain(context, gpu), "cuDevicePrimaryCtxRetain");
        check(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
        check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        streamHandle = new Stream(stream).handle;
        check(JCudaDriver.cuMemAllocHost(staging, STAGING), "cuMemAllocHost");
        staged = MemorySegment.ofBuffer(staging.getByteBuffer(0, STAGING));
    }

    /**
     * Opens the GPU.
     *
     * @param bindings a file named {@link #BINDINGS}, in a folder that only this user can write
     * @throws Unavailable where there is no driver, or no GPU of a kind that the kernels are made for
     */
    public static CudaDevice open(Path bindings) throws Unavailable {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(DRIVER, arena);
        } catch (IllegalArgumentException e) {
            throw new Unavailable("needs the NVIDIA driver (" + DRIVER + "), which is not found");
        }
        try {
            load(bindings);
            return new CudaDevice(find());
        } catch (LinkageError e) {
            throw new Unavailable("needs JCuda's library, which cannot be loaded: " + e.getMessage().lines().findFirst().orElse(""));
        }
    }

    /** JCuda unpacks its library to the temporary folder, where anybody may have put another before: it is given ours. */
    private static void load(Path bindings) {
        String temporary = System.getProperty("java.io.tmpdir");
        System.setProperty("java.io.tmpdir", bindings.getParent().toString());
        try {
            JCudaDriver.setExceptionsEnabled(false);
        } finally {
            System.setProperty("java.io.tmpdir", temporary);
        }
    }

    private static CUdevice find() throws Unavailable {
        CUdevice gpu = new CUdevice();
        int status = JCudaDriver.cuInit(0);
        if (status == CUresult.CUDA_SUCCESS) {
            status = JCudaDriver.cuDeviceGet(gpu, 0);
        }
        if (status != CUresult.CUDA_SUCCESS) {
            throw new Unavailable("needs a GPU, and the driver shows none (" + CUresult.stringFor(status) + ")");
        }
        if (attribute(gpu, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) < LEAST_MAJOR) {
            throw new Unavailable(
                    String.format("needs a GPU of compute capability %d.0 or above, and this %s has %s", LEAST_MAJOR, model(gpu),
                            capability(gpu)));
        }
        return gpu;
    }

    private static int attribute(CUdevice gpu, int attribute) {
        int[] value = new int[1];
        check(JCudaDriver.cuDeviceGetAttribute(value, attribute, gpu), "cuDeviceGetAttribute");
        return value[0];
    }

    private static String capability(CUdevice gpu) {
        return attribute(gpu, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) + "."
                + attribute(gpu, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    }

    private static String model(CUdevice gpu) {
        byte[] name = new byte[256];
        check(JCudaDriver.cuDeviceGetName(name, name.length, gpu), "cuDeviceGetName");
        return new String(name, StandardCharsets.UTF_8).replaceAll("\0.*", "");
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public String owner() {
        return "GPU";
    }

    /** The GPU's compute capability, such as {@code compute capability 9.0}. */
    public String capability() {
        return "compute capability " + capability(gpu);
    }

    /** The driver's own version, where the system tells, and the newest CUDA that it speaks. */
    public String driver() {
        int[] version = new int[1];
        check(JCudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
        String cuda = "CUDA " + version[0] / 1000 + "." + version[0] % 1000 / 10;
        try {
            return Files.readString(Path.of("/sys/module/nvidia/version")).strip() + ", " + cuda;
        } catch (IOException e) {
            return cuda;
        }
    }

    @Override
    public Memory allocate(long bytes) {
        Block block = new Block();
        int status = JCudaDriver.cuMemAlloc(block, Math.max(bytes, 1));
        if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            throw new InputError("This needs %s more memory, and the GPU has %s free: lower --tokens-per-batch or --batch-size.",
                    Device.size(bytes),
                    Device.size(freeBytes()));
        }
        check(status, "cuMemAlloc");
        check(JCudaDriver.cuMemsetD8Async(block, (byte) 0, bytes, stream), "cuMemsetD8Async");
        return new Memory(block.address(), bytes, () -> {
            synchronize();  // the stream may still use it
            check(JCudaDriver.cuMemFree(block), "cuMemFree");
        });
    }

    @Override
    public void upload(MemorySegment host, long address) {
        for (long done = 0; done < host.byteSize();) {
            if (used == STAGING) {
                synchronize();
            }
            long part = Math.min(host.byteSize() - done, STAGING - used);
            MemorySegment.copy(host, done, staged, used, part);
            check(JCudaDriver.cuMemcpyHtoDAsync(at(address + done), staging.withByteOffset(used), part, stream), "cuMemcpyHtoDAsync");
            used += part;
            done += part;
        }
    }

    @Override
    public void download(long address, MemorySegment host) {
        synchronize();
        for (long done = 0; done < host.byteSize();) {
            long part = Math.min(host.byteSize() - done, STAGING);
            check(JCudaDriver.cuMemcpyDtoHAsync(staging, at(address + done), part, stream), "cuMemcpyDtoHAsync");
            synchronize();
            MemorySegment.copy(staged, 0, host, done, part);
            done += part;
        }
    }

    @Override
    public void copy(long from, long to, long bytes) {
        if (bytes > 0) {
            check(JCudaDriver.cuMemcpyDtoDAsync(at(to), at(from), bytes, stream), "cuMemcpyDtoDAsync");
        }
    }

    @Override
    public long stream() {
        return streamHandle;
    }

    @Override
    public void synchronize() {
        check(JCudaDriver.cuStreamSynchronize(stream), "cuStreamSynchronize");
        used = 0;
    }

    @Override
    public boolean asynchronous() {
        return true;
    }

    @Override
    public Graph capture(Runnable work) {
        CUgraph recorded = new CUgraph();
        check(JCudaDriver.cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), "cuStreamBeginCapture");
        int ended;
        try {
            work.run();
        } finally {
            ended = JCudaDriver.cuStreamEndCapture(stream, recorded);
        }
        check(ended, "cuStreamEndCapture");
        CUgraphExec graph = new CUgraphExec();
        check(JCudaDriver.cuGraphInstantiate(graph, recorded, 0), "cuGraphInstantiate");
        check(JCudaDriver.cuGraphDestroy(recorded), "cuGraphDestroy");
        return new Graph() {
            @Override
            public void launch() {
                check(JCudaDriver.cuGraphLaunch(graph, stream), "cuGraphLaunch");
            }

            @Override
            public void close() {
                synchronize();
                check(JCudaDriver.cuGraphExecDestroy(graph), "cuGraphExecDestroy");
            }
        };
    }

    @Override
    public long freeBytes() {
        return memory()[0];
    }

    @Override
    public long totalBytes() {
        return memory()[1];
    }

    private static long[] memory() {
        long[] free = new long[1], total = new long[1];
        check(JCudaDriver.cuMemGetInfo(free, total), "cuMemGetInfo");
        return new long[] {free[0], total[0]};
    }

    @Override
    public void close() {
        synchronize();
        check(JCudaDriver.cuMemFreeHost(staging), "cuMemFreeHost");
        check(JCudaDriver.cuStreamDestroy(stream), "cuStreamDestroy");
        check(JCudaDriver.cuDevicePrimaryCtxRelease(gpu), "cuDevicePrimaryCtxRelease");
    }

    /** A device address as JCuda takes it: so far behind the null pointer. */
    private static CUdeviceptr at(long address) {
        return new CUdeviceptr().withByteOffset(address);
    }

    private static void check(int status, String call) {
        if (status != CUresult.CUDA_SUCCESS) {
            throw new IllegalStateException(call + " failed: " + CUresult.stringFor(status));
        }
    }
}
