"""`ui.allocator`: threads share what they have freed, and large blocks go back to the system."""

import platform
import subprocess
import sys

import pytest

from core.paths import PROJECT

ARENAS = """
import ctypes, sys, threading
if sys.argv[2] == "bound":
    from ui import allocator
    allocator.bound()
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

LARGE = """
import sys
import psutil
if sys.argv[1] == "bound":
    from ui import allocator
    allocator.bound()
memory = lambda: psutil.Process().memory_info().rss
first = bytearray(30_000_000)
del first
second = bytearray(b"1") * 20_000_000
behind = [bytes(10_000) for _ in range(100)]
before = memory()
del second
print(before - memory())
"""

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")


def test_twelve_threads_share_two_arenas(tmp_path):
    """Each visitor's scripts left memory in arenas of their own: 12 MB after seven of them."""

    def arenas(how):
        told = tmp_path / how
        command = [sys.executable, "-c", ARENAS, str(told), how]
        subprocess.run(command, cwd=PROJECT, check=True)
        return told.read_text().count("<heap nr=")

    assert arenas("as it comes") > 2
    assert arenas("bound") == 2


def test_large_blocks_go_back_though_others_lie_behind_them():
    """A study's arrays stayed in the app, some 15 MB after a visit to every page."""

    def given_back(how):
        command = [sys.executable, "-c", LARGE, how]
        return int(subprocess.check_output(command, cwd=PROJECT, text=True))

    assert given_back("as it comes") < 1_000_000
    assert given_back("bound") > 15_000_000
