"""`ui.libraries`: what the thread leaves behind when Home's libraries are loaded."""

import subprocess
import sys

from core.paths import PROJECT

LOADED = """
import inspect, os, sys
import streamlit
from ui import libraries
before = sys.getswitchinterval()
libraries.for_home().join()
assert sys.getswitchinterval() == before, sys.getswitchinterval()
files = 0
real = os.path.realpath
def counted(*args, **kwargs):
    global files
    files += 1
    return real(*args, **kwargs)
os.path.realpath = counted
inspect.stack()
print(files, len(sys.modules))
"""


def test_nothing_is_left_for_the_first_element_to_look_up():
    """Streamlit looked up 1,500 modules' files, 73 ms of the first page's way."""
    command = [sys.executable, "-c", LOADED]
    said = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    files, modules = map(int, said.split())
    assert modules > 1000
    assert files < modules / 10


def test_home_does_without_pandas_until_its_canvas():
    """It was loaded before Home's modules, and the first page came a tenth of a second later."""
    loads = "import sys; from ui import home, layout, navigation, sidebar; print(*sys.modules)"
    command = [sys.executable, "-c", loads]
    said = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert "ui.home" in said.split()
    assert not {"pandas", "onnxruntime", "scipy"} & set(said.split())
