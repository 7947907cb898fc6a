"""Servers as copies of one process that has loaded the libraries: a third of a server's start.

The app's own modules each server loads for itself. Only on Linux: elsewhere a process that has
loaded libraries must not be copied, or cannot be.
"""

import multiprocessing
import os
import runpy
import sys
from pathlib import Path

import psutil

from bench import browser
from core.paths import PROJECT

_LIBRARIES = ["streamlit.web.cli", "streamlit.web.server.starlette", "onnxruntime", "pandas"]
_LIBRARIES += ["plotly.graph_objects", "pydantic", "PIL.Image"]


def start(arguments: list[str], environment: dict[str, str], log: Path) -> psutil.Process:
    """Start ``python -m`` with these arguments: a `bench.browser.Starter`."""
    if sys.platform != "linux":
        return browser.new_process(arguments, environment, log)
    # A process that has no threads of Python's, as the tests' own has: a copy would lack them.
    copies = multiprocessing.get_context("forkserver")
    copies.set_forkserver_preload(_LIBRARIES)
    process = copies.Process(target=_run, args=(arguments, environment, log), daemon=True)
    process.start()
    return psutil.Process(process.pid)


def _run(arguments: list[str], environment: dict[str, str], log: Path) -> None:
    os.chdir(PROJECT)
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_APPEND)
    for number in (1, 2):
        os.dup2(output, number)
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
