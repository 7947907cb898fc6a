"""`ui.arenas`: threads share what they have freed."""

import platform
import subprocess
import sys

import pytest

from core.paths import PROJECT

ARENAS = """
import ctypes, sys, threading
if sys.argv[2] == "bound":
    from ui import arenas
    arenas.bound()
all_there = threading.Barrier(12)
def work():
    kept = [bytes(10_000) for _ in range(10)]
    all_there.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_twelve_threads_share_two_arenas(tmp_path):
    """Each visitor's scripts left memory in arenas of their own: 12 MB after seven of them."""

    def arenas(how):
        told = tmp_path / how
        command = [sys.executable, "-c", ARENAS, str(told), how]
        subprocess.run(command, cwd=PROJECT, check=True)
        return told.read_text().count("<heap nr=")

    assert arenas("as it comes") > 2
    assert arenas("bound") == 2
