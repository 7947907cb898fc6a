"""A program whose trainings are toys: ``python -m tests.toy.start MODULE ARGUMENTS…``.

Runs a module as ``python -m`` does, such as ``streamlit`` or ``core``. In a cluster, a machine that
is silent is given up after a few seconds instead of half a minute.
"""

import runpy
import sys

from core import spawn, standby
from core.cluster import errand, sending
from core.sweeps import launch

SILENT_S = 4
IDLE_S = 3.0  # that a mirror stays without a run, instead of a minute
MIRROR = ("tests.toy.start", *sending.MIRROR)

if __name__ == "__main__":
    spawn.WORKER = "tests.toy.worker"
    launch.CONDUCTOR = ("tests.sweeps.toy_conductor",)
    sending.MIRROR, errand.MIRROR_STAYS_S = MIRROR, IDLE_S
    standby.LEAST_FREE = 0
    if errand.is_set():
        from core.cluster import ledger

        ledger.SILENT_S = SILENT_S
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
