"""A conductor whose trainings are toys: ``python -m tests.sweeps.toy_conductor FOLDER``."""

from core import spawn
from core.runs import states
from core.sweeps import conductor

# Else half a minute is waited for the first word of a worker that was killed before it.
GRACE_S = 6.0

if __name__ == "__main__":
    spawn.WORKER = "tests.toy.worker"
    states.STARTING_GRACE_S = GRACE_S
    conductor.LOOK_EVERY_S = 0.05
    conductor.main()
