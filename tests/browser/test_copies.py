"""A server as a copy of one process, whatever that process has run before."""

import subprocess
import sys
from types import ModuleType

import pytest

from tests.browser import copies


@pytest.mark.skipif(sys.platform != "linux", reason="nothing is copied there")
def test_a_copy_starts_after_an_apptest(tmp_path, monkeypatch):
    """Its script stays the main module of the tests' process; a copy ran it first, and failed."""
    script = ModuleType("__main__")
    script.__file__ = str(tmp_path / "script.py")
    (tmp_path / "script.py").write_text("raise NameError('__args')")
    monkeypatch.setitem(sys.modules, "__main__", script)
    log = tmp_path / "log"
    log.touch()
    process = copies.start(["this"], {}, log)
    process.wait(60)
    said = subprocess.run([sys.executable, "-m", "this"], capture_output=True, text=True).stdout
    assert log.read_text() == said
