"""What a worker gives up before it sees any foreign data. Linux only, standard library only.

Done: address space, file size zero (no file can be written), few descriptors, no core dump, dies with the kiosk, no new
privileges, an empty network namespace where the kernel permits it, and a system call filter that refuses sockets, new
programs, tracing and the like. Not done: reading of files stays possible as far as the user may (the appliance's
systemd unit narrows that).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_FILTER_MODE = 2
_CLONE_THREAD, _CLONE3 = 0x10000, 435
# machine -> (audit architecture, number of clone, numbers of the refused calls): socket, connect, bind, listen, accept,
# accept4, execve, execveat, ptrace, mount, umount2, init_module, finit_module, bpf, process_vm_writev, kill, tkill,
# keyctl, unlinkat, renameat, renameat2, mkdirat, linkat, symlinkat, io_uring_setup; on x86 also fork, vfork, and the
# file calls that other machines never had. clone is refused for processes and allowed for threads.
_REFUSED: dict[str, tuple[int, int, tuple[int, ...]]] = {
    "x86_64": (0xC000003E, 56, (41, 42, 49, 50, 43, 288, 59, 322, 101, 165, 166, 175, 313, 321, 311, 62, 200, 250, 263,
                            264, 316, 258, 265, 266, 425, 57, 58, 82, 83, 84, 86, 87, 88)),
    "aarch64": (0xC00000B7, 220, (198, 203, 200, 201, 202, 242, 221, 281, 117, 40, 39, 105, 273, 280, 271, 129, 130,
                             219, 35, 38, 276, 34, 37, 36, 425)),
}  # fmt: skip


def confine(memory_bytes: int) -> tuple[str, ...]:
    """Give up rights for good; returns what could be had beyond the limits, for the record."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    libc.prctl(_PR_SET_DUMPABLE, 0)
    network = _leave_network(libc)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return (*(("network namespace",) if network else ()), *(("system call filter",) if _filter(libc) else ()))


def _leave_network(libc: ctypes.CDLL) -> bool:
    """An empty network namespace: as root at once, else inside a user namespace where those are permitted."""
    return bool(libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _filter(libc: ctypes.CDLL) -> bool:
    """Install a seccomp filter that answers EPERM to the refused calls; False where it cannot be had."""
    known = _REFUSED.get(platform.machine())
    if known is None:
        return False
    code = _filter_code(*known)
    program = _Program(len(code) // 8, code)
    return bool(libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0) == 0)


def _filter_code(architecture: int, clone: int, refused: tuple[int, ...]) -> bytes:
    """Classic BPF: kill on a foreign architecture, refuse the listed calls and new processes, allow the rest."""

    def statement(code: int, constant: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("<HBBI", code, if_true, if_false, constant)

    load, jump_equal, jump_any_bit, answer = 0x20, 0x15, 0x45, 0x06
    allow, refuse, missing, kill = 0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x80000000
    number, arch, first_argument = 0, 4, 16
    checks = [statement(jump_equal, call, if_true=len(refused) - index + 4) for index, call in enumerate(refused)]
    return b"".join([
        statement(load, arch),
        statement(jump_equal, architecture, if_true=1),
        statement(answer, kill),
        statement(load, number),
        *checks,
        statement(jump_equal, _CLONE3, if_true=5),  # its flags cannot be seen here; glibc falls back to clone
        statement(jump_equal, clone, if_false=2),
        statement(load, first_argument),
        statement(jump_any_bit, _CLONE_THREAD, if_false=1),
        statement(answer, allow),
        statement(answer, refuse),
        statement(answer, missing),
    ])  # fmt: skip


def environment() -> dict[str, str]:
    """The environment of a worker: nothing of the kiosk's own but where its assets lie, one thread per library."""
    single = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
    place = {name: str(Path(value).absolute()) for name, value in os.environ.items() if name == "KIOSK_ASSETS"}
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "1",
            **dict.fromkeys(single, "1"), **place}  # fmt: skip
