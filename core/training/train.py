"""`train`: from a configuration to a complete run folder. Runs in the worker.

Readable top to bottom: digits, network, fit, calibration, test, files, card.
"""

from pathlib import Path

from core import model as models
from core.config import TrainConfig
from core.runs import contract
from core.training import checkpoint, outcome
from core.training.callbacks.steering import HaltError
from core.training.digits import gather
from core.training.fit import fit
from core.training.network import network
from core.training.reporter import Reporter


def train(config: TrainConfig, folder: Path, report: Reporter) -> contract.State:
    """Train, score and write a model, its predictions and its card.

    Parameters
    ----------
    config : TrainConfig
        The run's configuration.
    folder : Path
        The run's folder; `core.runs.contract` describes its files.
    report : Reporter
        Receives phases and progress.

    Returns
    -------
    State
        ``finished``, or ``stopped`` if somebody requested it; both leave a complete model, unless
        the run was to halt, which leaves its checkpoint. Or ``pruned``, which leaves the curves
        alone.

    Raises
    ------
    DigitLabError
        The data are not available or have changed, or the training diverged.
    """
    report(phase="loading data")
    digits = gather(config, folder, report)
    checkpoint.hold_to_data(folder, digits.facts)

    report(phase="building the network")
    model = network(config, folder)

    try:
        fitted = fit(model, config, folder, digits, report)
    except HaltError:
        return contract.State.STOPPED
    if fitted.pruned:
        checkpoint.remove(folder)
        return contract.State.PRUNED
    model = models.for_use(model, config)

    report(phase=contract.CALIBRATING)
    temperature = outcome.calibrate(model, digits, config)

    report(phase=contract.TESTING)
    probabilities, scores = outcome.score(model, digits)

    report(phase=contract.SAVING, accuracy=scores.accuracy)
    exported = outcome.write_model(model, folder, digits)
    outcome.write_predictions(folder, probabilities, digits)
    outcome.write_pictures(folder, probabilities, digits)
    outcome.write_card(folder, config, model, digits, fitted, temperature, scores, exported)
    checkpoint.remove(folder)
    return contract.State.STOPPED if fitted.stopped else contract.State.FINISHED
