"""A worker that trains without TensorFlow: ``python -m tests.toy.worker RUN_DIR``.

It is the real `core.worker` and `core.training`: the lock, the queue, the heartbeat, requests,
curves, checkpoints and every file of a run folder. Only `core.bare_keras`, `core.model` and
`core.training.optimizer` are replaced, by those of `tests.toy`, and SciPy's search for a minimum,
whose import costs more than all that a toy computes. So it starts in half a second instead of four,
and does everything that a worker does except TensorFlow's part.

In a test, `tests.working.toys` starts it wherever a run is launched; `tests.toy.start` does so for
a program in a process of its own.
"""

import sys
from types import SimpleNamespace

from core import worker


def train(config, folder, report):
    # As the real worker: a run that waits has loaded none of this.
    from tests import drawn_sample
    from tests.toy import keras, minimum, model, optimizer

    drawn_sample.install()
    sys.modules |= {
        "core.bare_keras": SimpleNamespace(keras=keras),
        "core.model": model,
        "core.training.optimizer": optimizer,
        "scipy.optimize": minimum,
    }
    return worker.train_with_keras(config, folder, report)


if __name__ == "__main__":
    worker.LEASH_LOOKS = 2  # fewer than `tests.toy.start.SILENT_S`
    # One that gave way to other tests would be waited for, by a browser that looks each second.
    worker.be_polite = worker.give_way = lambda: None
    worker.main(train, load=lambda: None)
