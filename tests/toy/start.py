"""A program whose trainings are toys: ``python -m tests.toy.start MODULE ARGUMENTS…``.

Runs a module as ``python -m`` does, such as ``streamlit`` or ``core``.
"""

import runpy
import sys

from core import spawn
from core.sweeps import launch

if __name__ == "__main__":
    spawn.WORKER = "tests.toy.worker"
    launch.CONDUCTOR = ("tests.sweeps.toy_conductor",)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
