"""Runs programs for CPython.java: one message in, one out, each a length of four bytes and so many bytes.

For each program a child is forked. Before it looks at the program it closes everything but the pipe that its answer goes to, sets
limits, and has the kernel refuse all system calls but those of ALLOWED, for good. Whatever the program does then, it can only spoil
its own answer. This parent never looks into what a child says; it passes it on.
"""
import gc
import io
import os
import pkgutil
import resource
import select
import signal
import struct
import sys
import time

SECONDS = 5
MEGABYTES = 512
LONGEST = 1 << 16
PIPE = 3

# x86-64 numbers: read munmap brk rt_sigaction rt_sigprocmask rt_sigreturn mremap madvise getpid exit gettimeofday
# sigaltstack gettid futex sched_yield clock_gettime clock_getres exit_group getrandom restart_syscall time sched_getaffinity
ALLOWED = (0, 11, 12, 13, 14, 15, 25, 28, 39, 60, 96, 131, 186, 202, 24, 228, 229, 231, 318, 219, 201, 204)
# what an import or a careless program does first; refused with "permission denied", so that it may say so: open stat fstat lstat lseek
# ioctl access getcwd readlink getdents64 openat newfstatat statx close dup fcntl
DENIED = (2, 4, 5, 6, 8, 16, 21, 79, 89, 217, 257, 262, 332, 3, 32, 72)
WRITE, MMAP, MPROTECT = 1, 9, 10
KILL, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
EACCES = 13


def rules():
    """The filter as BPF instructions: (code, jump if true, jump if false, operand)."""
    load = lambda offset: (0x20, 0, 0, offset)
    program = [load(4), (0x15, 1, 0, 0xC000003E), (0x06, 0, 0, KILL)]  # another architecture's numbers mean other calls
    program += [load(0), (0x35, 0, 1, 0x40000000), (0x06, 0, 0, KILL)]
    for numbers, verdict in ((ALLOWED, ALLOW), (DENIED, ERRNO | EACCES)):
        for number in numbers:
            program += [(0x15, 0, 1, number), (0x06, 0, 0, verdict)]
    # write: to the pipe only, its number compared in both halves
    program += [(0x15, 0, 6, WRITE), load(16), (0x15, 0, 3, PIPE), load(20), (0x15, 0, 1, 0), (0x06, 0, 0, ALLOW), (0x06, 0, 0, ERRNO | EACCES)]
    for number in (MMAP, MPROTECT):  # never executable
        program += [load(0), (0x15, 0, 4, number), load(32), (0x45, 1, 0, 4), (0x06, 0, 0, ALLOW), (0x06, 0, 0, ERRNO | EACCES)]
    program += [(0x06, 0, 0, KILL)]
    return program


def refuse(reason):
    send(reason.encode())
    sys.exit()


def send(message):
    os.write(1, struct.pack(">I", len(message)) + message)


def receive(count):
    data = b""
    while len(data) < count:
        more = os.read(0, count - len(data))
        if not more:
            os._exit(0)
        data += more
    return data


def confine():
    """Leaves the child nothing but its memory and the pipe."""
    os.closerange(0, PIPE)
    os.closerange(PIPE + 1, 1 << 16)
    libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
    for limit, value in ((resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, loaded + (MEGABYTES << 20)), (resource.RLIMIT_NOFILE, 0),
                         (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NPROC, 0), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_MEMLOCK, 0)):
        resource.setrlimit(limit, (value, value))
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(filter_program), 0, 0):  # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP
        os._exit(1)


class Nowhere(io.TextIOBase):
    """Standard output and error: what a program prints is dropped."""

    def write(self, text):
        return len(text)


def plain(value):
    """sympy's, numpy's and decimal's numbers as Python's own."""
    if type(value).__module__.split(".")[0] in ("sympy", "numpy", "decimal"):
        if getattr(value, "is_Integer", False):
            return int(value)
        try:
            return value.item() if hasattr(value, "item") else float(value)
        except (TypeError, ValueError):
            return value
    return value


def answer(source):
    """What the program gives, as the message that goes to the other side."""
    sys.stdin, sys.stdout, sys.stderr = None, Nowhere(), Nowhere()
    try:
        names = {"__name__": "__main__"}
        exec(compile(source, "program", "exec"), names)
        value = plain(names["solution"]())
        text = repr(value)
        if len(text) > LONGEST:
            return "limit\0length of the answer"
        return "ok\0" + type(value).__name__ + "\0" + text
    except MemoryError:
        return "limit\0memory"
    except BaseException as error:
        try:
            return "error\0" + (type(error).__name__ + ": " + str(error)).removesuffix(": ")[:1000]
        except BaseException:
            return "error\0" + "an exception that cannot be shown"


def run(work):
    """Runs work() in a confined child; gives what it sent and how it ended."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if into != PIPE:
                os.dup2(into, PIPE)
            confine()
            message = work().encode("utf-8", "replace")
            while message:
                message = message[os.write(PIPE, message):]
        finally:
            os._exit(0)
    os.close(into)
    said, deadline, late = b"", time.monotonic() + SECONDS, False
    while len(said) <= 2 * LONGEST:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([out], [], [], left)[0]:
            late = True
            break
        more = os.read(out, 1 << 16)
        if not more:
            break
        said += more
    os.kill(child, signal.SIGKILL)
    os.close(out)
    status = os.waitpid(child, 0)[1]
    if late or len(said) > 2 * LONGEST:
        return b"limit\0time" if late else b"limit\0length of the answer"
    if not said and os.WIFSIGNALED(status):
        how = os.WTERMSIG(status)
        if how == signal.SIGSYS:
            return b"error\0PermissionError: a system call that programs may not make"
        return b"limit\0time" if how == signal.SIGXCPU else b"error\0killed by signal %d" % how
    return said or b"error\0no answer"


def filtered():
    """Whether the kernel does as it is told: a file is refused, and a socket is the end."""
    try:
        os.open("/dev/null", os.O_RDONLY)
        return "ok\0open"
    except PermissionError:
        pass
    import _socket
    _socket.socket()
    return "ok\0socket"


if sys.platform != "linux" or os.uname().machine != "x86_64" or sys.maxsize < 1 << 32:
    refuse("it is made for Linux on x86-64")
try:
    import _socket
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = (ctypes.c_int,) + (ctypes.c_ulong,) * 1 + (ctypes.c_void_p,) + (ctypes.c_ulong,) * 2
except (ImportError, OSError, AttributeError) as missing:
    refuse("this Python lacks " + str(missing))

packed = b"".join(struct.pack("HBBI", *rule) for rule in rules())
code = ctypes.create_string_buffer(packed, len(packed))


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


filter_program = Program(len(packed) // 8, ctypes.addressof(code))

sys.stdout = sys.stderr = Nowhere()  # what modules print while they load would be taken for an answer
# a child can open no file, so whatever programs import must be here before; sympy loads half of itself only when it is used
for name in ("math cmath decimal fractions datetime calendar time statistics itertools functools collections collections.abc operator random re string "
             "heapq bisect copy json typing numbers textwrap sympy numpy numpy.random numpy.linalg").split():
    try:
        __import__(name)
    except Exception:
        pass
if "sympy" in sys.modules:
    for part in "core solvers simplify tensor polys functions ntheory calculus series integrals concrete sets matrices stats geometry logic assumptions codegen".split():
        package = __import__("sympy." + part, fromlist=["x"])
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not {"tests", "benchmarks", "trace", "compatibility"}.intersection(module.name.split(".")):
                try:
                    __import__(module.name)
                except Exception:
                    pass
with open("/proc/self/statm") as pages:
    loaded = int(pages.read().split()[0]) * resource.getpagesize()
for drawn in ("random", "numpy.random"):  # the same program, the same answer
    if drawn in sys.modules:
        sys.modules[drawn].seed(0)
os.environ.clear()
while os.open("/dev/null", os.O_RDONLY) < PIPE + 8:  # a pipe's own ends never get the number that the child's end must have
    pass
gc.freeze()
if not run(filtered).startswith(b"error\0PermissionError: a system call"):
    refuse("the kernel does not filter system calls")
send(b"ready")
while True:
    program_text = receive(struct.unpack(">I", receive(4))[0]).decode("utf-8", "replace")
    send(run(lambda: answer(program_text)))
