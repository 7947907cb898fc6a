"""The engine of Digit Lab: everything but the pages. Imports no Streamlit.

Five kinds of process import it: the app; a worker, which trains one run; a conductor, which has
the runs of a sweep trained; a mirror, which follows the runs that other machines train; and the
shell, ``python -m core``, which the app also starts for answers that take long.

In all of them, without TensorFlow::

    architecture  a network as data: a checked list of layers
    background    jobs beside the app, and the shell as a process of its own
    cards         the facts about a model, in a file beside it
    cluster       runs that other machines train; nothing else needs psycopg and procrastinate
    collector     Python's garbage collector, which rests while libraries are loaded
    config        TrainConfig: everything that decides a training run
    data          digits to train and test on
    disk          files that appear whole or not at all, archives that cannot explode
    errors        the one exception that people are meant to read
    evaluation    scores, intervals, comparisons, mistakes
    explain       reasons for an answer: evidence, smallest change, every layer's sums
    figures       the bounds of every figure that is shown
    launch        starts, resumes, repeats and fine-tunes runs
    names         what people may call a model, a recipe, a space or a sweep
    onnx_graph    a network's layers as the nodes of an ONNX file
    own_models    models that were saved or added under a name: kept, deleted, restored
    paths         the places of files on the disk
    people        corrections, the game, decisions on labels
    reading       picture to ink to digits to an answer and its verdict
    recipes       named configurations: built-in ones, the user's own, links
    registry      the available models, and the one in use
    runs          the run folder, and all modules that read it or leave a request in it
    spawn         how a process of ours is started, on each system
    strokes       a pen, and generators that write
    standby       a worker that has loaded TensorFlow and waits for the next run
    sweeps        many runs that try out settings; only ``study`` needs Optuna
    wording       counts and digits in a sentence

In the worker::

    training      with TensorFlow: digits, network, fit, callbacks, checkpoints, outcome
    worker        the process itself: lock, heartbeat, queue, the end of the run

In the shell::

    brought_models  networks of other programs, wrapped so that they answer as ours do
    __main__      the start of ``python -m core``
    cli           its commands
    export        a model, a run or a report for the world outside; the app packs and asks for them
    studies       slow questions, answered once and stored; the app starts and reads them

In the worker and the shell, with TensorFlow::

    bare_keras    Keras and TensorFlow, loaded without what they import in vain
    model         THE shared model module: layers to Keras; save, load, export to ONNX

Of ``brought_models``, ``export`` and ``studies``, only ``brought_models.keras_network``,
``export.convert`` and ``studies.gradients`` need TensorFlow.
"""

import os

# ONNX Runtime from 1.29 on reports its use to its makers unless this is set before it starts.
# Nothing about a drawing may leave the machine, not even that there was one.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
