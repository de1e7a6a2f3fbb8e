"""Runs programs for CPython.java: one message in, one out, each a length of four bytes and so many bytes.

For each program a child is forked. Before it looks at the program it closes everything but the pipe that its answer goes to, sets
limits, and has the kernel refuse all system calls but those of ALLOWED, for good. Whatever the program does then, it can only spoil
its own answer: an answer counts that begins with the number that was drawn for this program and is as long as it says.

A child can open no file, so whatever programs import must be in memory before: what they use most is loaded, and of the rest of the
standard library, sympy, numpy and their kin, which load parts of themselves when they are first called, the code is kept (Kept).
"""
import os
import struct
import sys


def send(message):
    os.write(1, struct.pack(">I", len(message)) + message)


def refuse(reason):
    send(reason.encode())
    sys.exit()


if sys.version_info < (3, 9):
    refuse("Python %d.%d.%d is too old, 3.9 is the oldest that will do" % sys.version_info[:3])

# threads of their own would not come along through a fork
SETTINGS = {"PYTHONSAFEPATH": "1", "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
            "TZ": "UTC0"}
NEEDED = ("LD_LIBRARY_PATH",)  # by some to start at all
if sys.argv[1:] != ["again"]:
    # once more, with nothing in the environment that a program could be curious about
    with open("/proc/self/cmdline", "rb") as line:
        command = line.read().split(b"\0")
    kept = {name: os.environ[name] for name in NEEDED if name in os.environ}
    os.execve(sys.executable, [sys.executable, "-s", "-B", "-c", command[command.index(b"-c") + 1], "again"], dict(SETTINGS, **kept))

import gc
import importlib.machinery
import importlib.util
import io
import marshal
import platform
import resource
import select
import signal
import time

SECONDS = 5
MEGABYTES = 512
LONGEST = 1 << 16
MOST_BYTES = 1 << 19
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
    program += [(0x15, 0, 6, WRITE), load(16), (0x15, 0, 3, PIPE), load(20), (0x15, 0, 1, 0), (0x06, 0, 0, ALLOW)]
    program += [(0x06, 0, 0, ERRNO | EACCES)]
    for number in (MMAP, MPROTECT):  # never executable
        program += [load(0), (0x15, 0, 4, number), load(32), (0x45, 1, 0, 4), (0x06, 0, 0, ALLOW), (0x06, 0, 0, ERRNO | EACCES)]
    program += [(0x06, 0, 0, KILL)]
    return program


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


class Kept:
    """Finds modules that are not loaded yet by their code in memory. Those in machine code cannot be had so; they are loaded before."""

    LEFT_OUT = {"test", "tests", "benchmarks", "idlelib", "lib2to3", "tkinter", "turtledemo", "ensurepip", "site-packages",
                "dist-packages", "__pycache__"}

    def __init__(self):
        self.modules = {}

    def keep(self, folder, package=""):
        """Takes all below a folder, which is that of a package, or one where modules lie."""
        for entry in os.scandir(folder):
            name, dot, kind = entry.name.partition(".")
            if entry.is_dir() and name not in self.LEFT_OUT and not dot:
                if os.path.isfile(entry.path + "/__init__.py"):
                    self.keep(entry.path, package + name + ".")
            elif kind == "py":
                module = package[:-1] if name == "__init__" else package + name
                if module and module not in sys.modules:
                    self.modules[module] = (entry.path, self.code(entry.path), name == "__init__")

    @staticmethod
    def code(path):
        """Compiled, without the head of its file, or else the source."""
        try:
            with open(importlib.util.cache_from_source(path), "rb") as file:
                data = file.read()
            if data[:4] == importlib.util.MAGIC_NUMBER:
                return data[16:]
        except OSError:
            pass
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")

    def find_spec(self, name, path=None, target=None):
        if name in self.modules:
            path, _, is_package = self.modules[name]
            return importlib.util.spec_from_file_location(name, path, loader=self,
                                                          submodule_search_locations=[os.path.dirname(path)] if is_package else None)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        path, code, _ = self.modules[module.__name__]
        exec(marshal.loads(code) if isinstance(code, bytes) else compile(code, path, "exec"), module.__dict__)


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


def cut(text):
    return text if len(text) <= LONGEST else text[:LONGEST - 1] + "\u2026"


def answer(source):
    """What the program gives, as the message that goes to the other side."""
    sys.stdin, sys.stdout, sys.stderr = None, Nowhere(), Nowhere()
    try:
        names = {"__name__": "__main__"}
        exec(compile(source, "program", "exec"), names)
        value = plain(names["solution"]())
        return "ok\0" + type(value).__name__[:1000] + "\0" + cut(repr(value))
    except MemoryError:
        return "limit\0memory"
    except BaseException as error:
        try:
            return "error\0" + cut((type(error).__name__ + ": " + str(error)).removesuffix(": "))
        except BaseException:
            return "error\0" + "an exception that cannot be shown"


def run(work):
    """Runs work() in a confined child; gives what it sent, or what became of it."""
    out, into = os.pipe()
    number = os.urandom(16)
    child = os.fork()
    if child == 0:
        try:
            if into != PIPE:
                os.dup2(into, PIPE)
            confine()
            message = work().encode("utf-8", "replace")
            message = number + struct.pack(">I", len(message)) + message
            while message:
                message = message[os.write(PIPE, message):]
        finally:
            os._exit(0)
    os.close(into)
    said, deadline, late = b"", time.monotonic() + SECONDS, False
    while len(said) <= MOST_BYTES:
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
    head = number + struct.pack(">I", max(0, len(said) - 20))
    if said.startswith(head):
        return said[20:]
    if late or len(said) > MOST_BYTES:
        return b"limit\0time" if late else b"limit\0length of the answer"
    if not said and os.WIFSIGNALED(status):
        how = os.WTERMSIG(status)
        if how == signal.SIGSYS:
            return b"error\0PermissionError: a system call that programs may not make"
        return b"limit\0time" if how == signal.SIGXCPU else b"error\0killed by signal %d" % how
    return b"error\0no answer"


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

gc.disable()  # all that is loaded now stays
sys.path[:] = [folder for folder in sys.path if folder]  # not the current one, which a child cannot ask for
sys.stdout = sys.stderr = Nowhere()  # what modules print while they load would be taken for an answer
# what programs use most, and what sympy's solve, integrate and simplify load when they are first called
for name in ("math cmath decimal fractions datetime calendar time statistics itertools functools collections collections.abc "
             "operator random re string heapq bisect copy json typing numbers textwrap dataclasses enum inspect _strptime contextlib "
             "sympy sympy.tensor.tensor sympy.physics.units.systems sympy.sets.setexpr sympy.sets.handlers.functions "
             "sympy.sets.handlers.issubset sympy.codegen.ast sympy.integrals.heurisch sympy.integrals.manualintegrate "
             "sympy.integrals.risch sympy.integrals.prde numpy numpy.random numpy.linalg numpy.fft numpy.polynomial scipy.optimize "
             "scipy.stats scipy.special scipy.integrate scipy.linalg scipy.interpolate dateutil.relativedelta dateutil.parser").split():
    try:
        __import__(name)
    except Exception:
        pass
library = os.path.dirname(os.__file__)
for entry in sorted(os.listdir(library + "/lib-dynload") if os.path.isdir(library + "/lib-dynload") else []):
    if not entry.startswith(("_test", "_xx", "xx", "_ctypes_test", "_tkinter", "_curses", "readline", "_dbm", "_gdbm")):
        try:
            __import__(entry.partition(".")[0])
        except Exception:
            pass
keeper = Kept()
keeper.keep(library)
for name in ("sympy", "numpy", "mpmath", "scipy", "dateutil"):
    if name in sys.modules:
        keeper.keep(os.path.dirname(sys.modules[name].__file__), name + ".")
sys.meta_path.insert(0, keeper)
with open("/proc/self/statm") as pages:
    loaded = int(pages.read().split()[0]) * resource.getpagesize()
# the same program, the same answer; random itself draws a new seed in each child
os.register_at_fork(after_in_child=lambda: sys.modules["random"].seed(0))
if "numpy.random" in sys.modules:
    sys.modules["numpy.random"].seed(0)
platform._uname_cache = platform.uname_result("Linux", "", "", "", "x86_64")  # without the host's name
# of the environment nothing stays, in Python's copies or in C's memory
block = ctypes.POINTER(ctypes.c_void_p).in_dll(libc, "environ")
for place in range(1 << 16):
    if not block or not block[place]:
        break
    ctypes.memset(block[place], 0, len(ctypes.string_at(block[place])))
libc.clearenv()
os.environ.clear()
sys.modules["posix"].environ.clear()
while os.open("/dev/null", os.O_RDONLY) < PIPE + 8:  # a pipe's own ends never get the number that the child's end must have
    pass
gc.freeze()
gc.enable()
if not run(filtered).startswith(b"error\0PermissionError: a system call"):
    refuse("the kernel does not filter system calls")
send(b"ready")
while True:
    program_text = receive(struct.unpack(">I", receive(4))[0]).decode("utf-8", "replace")
    send(run(lambda: answer(program_text)))
