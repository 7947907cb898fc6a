"""The report on a model: one HTML file that opens anywhere, without app, network or script.

Made by ``python -m core report MODEL OUT.html`` and the Inspect page. All of its content comes from
the model's card, its answers and the stored studies. Text from files and people is escaped, since a
model from elsewhere can have any name.
"""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path, PureWindowsPath

import numpy as np
import pandas as pd
from PIL import Image

from core import registry, wording
from core.architecture import show_shape, trace
from core.cards import Card, StrokeFacts
from core.errors import DigitLabError
from core.evaluation import disputed_labels, selective
from core.evaluation.calibration import BINS
from core.evaluation.calibration import reliability as measure_reliability
from core.evaluation.corruptions import CORRUPTIONS, SEVERITIES
from core.evaluation.mistakes import Answer, answers, mistakes
from core.export import report_charts
from core.recipes import link
from core.studies import results

_WORST = 48  # number of mistakes shown
_STYLE = Path(__file__).with_suffix(".css")
_THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
# Nothing may be loaded, whatever a name on the page contains.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(model: registry.Model) -> str:
    """Write the report.

    Parameters
    ----------
    model : registry.Model
        With its card and predictions; pictures, map and robustness are included if available.

    Returns
    -------
    str
        HTML, under 3 MB for 10,000 test images.

    Raises
    ------
    DigitLabError
        The card or the predictions are missing or damaged.
    """
    card = model.card
    labels, probabilities = model.predictions()
    rows = answers(labels, probabilities)
    right = (rows["label"] == rows["answer"]).to_numpy()
    name = escape(_plain(model.name))
    parts = [
        f"<h1>{name}, a model that reads digits</h1>",
        _headline(card, right),
        _section("Facts", _facts(card)),
        _section("Network", _network(card)),
        _section("Training", _training(card)),
        _section("By digit", _digits(card)),
        _section("Confusion matrix", _confusion(card)),
        _section(
            "Reliability of the probabilities (calibration)",
            _certainty(card, labels, probabilities),
        ),
        _section("Threshold for accepting answers", _thresholds(rows, right)),
        _section("Damaged pictures (robustness)", _robustness(model)),
        _section("Map of the test images", _map(model, labels, ~right)),
        _section("Worst mistakes", _mistakes(model, rows)),
        _section("Repeating the training", _repeat(card)),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name} · Digit Lab</title><style>{_STYLE.read_text(encoding='utf-8')}</style>"
        f"</head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>" if body else ""


def _table(
    header: Sequence[str], rows: Iterable[Sequence[object]], caption: str, kind: str = ""
) -> str:
    """Write a table of escaped cells; the first cell of a row is its heading."""
    head = "".join(f'<th scope="col">{escape(str(cell))}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{escape(str(first))}</th>'
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    head = f"<thead><tr>{head}</tr></thead>" if header else ""
    return (
        f'<div class="wide"><table class="{kind}"><caption>{caption}</caption>{head}'
        f"<tbody>{body}</tbody></table></div>"
    )


def _figure(drawing: str, caption: str) -> str:
    return f"<figure>{drawing}<figcaption>{caption}</figcaption></figure>"


def _headline(card: Card, right: np.ndarray) -> str:
    test = card.test
    low, high = test.interval
    parts = [
        f'<p class="figure">{_percent(test.accuracy)}</p>',
        f"<p>Correct on <b>{test.correct:,} of {test.n:,}</b> digits that it had never seen "
        f"(accuracy). Expect {_percent(low, 1)} to {_percent(high, 1)} on others like them (95 % "
        "Wilson interval).</p>",
    ]
    if card.data.source != "mnist":
        parts.append(f"<p>Measured on {escape(_plain(card.data.title))}, not on MNIST.</p>")
    if card.scored_on == "validation":
        parts.append("<p>Measured on its validation images, not on the test set.</p>")
    apart = disputed_labels.accuracies(card.data.test_digest, right)
    if apart is not None:
        _, rest = apart
        parts.append(
            '<p class="faint">Fifteen labels of this test set are disputed: of five people, fewer '
            "than three agreed with them (Northcutt, Athalye and Mueller 2021). They count here; "
            f"without them the model is right on {rest.right:,} of {rest.n:,}, "
            f"{_percent(rest.accuracy)}.</p>"
        )
    return "".join(parts)


def _facts(card: Card) -> str:
    data, export, machine = card.data, card.export, card.machine
    rows = [
        *_beginning(card),
        ("parameters", f"{card.parameters:,}"),
        ("size as ONNX", f"{export.onnx_bytes / 1e3:,.0f} kB"),
        ("speed", f"{export.ms_per_image:.3f} ms an image, on one core"),
        ("data", f"{_plain(data.title)}: {data.train:,} to train, {data.validation:,} to validate, "
                 f"{data.test:,} to {'test' if card.scored_on == 'test' else 'score on'}"),
        ("digest of the data", data.digest),
        *((f"pens, {_plain(file.name)}", _strokes(file)) for file in data.strokes),
        (f"digest of the {card.scored_on} set", data.test_digest),
        ("machine", f"{machine.processor}, {machine.cores} cores, {machine.system}"),
        ("versions", ", ".join(
            [f"Python {machine.python}", *(f"{k} {v}" for k, v in machine.packages.items())]
        )),
    ]  # fmt: skip
    return _table((), rows, "From the model's card; digests are SHA-256.", "words")


def _strokes(file: StrokeFacts) -> str:
    said = f"{file.about}; " if file.about else ""
    count = f"{file.drawings:,} digits by {file.writers:,} people"
    return f"{said}{count}, {file.held_back:,} more to calibrate on; digest {file.digest}"


def _beginning(card: Card) -> list[tuple[str, object]]:
    if card.origin is None:
        return [
            ("recipe", card.here.config.recipe),
            ("made", f"{card.created}, run {card.run}"),
        ]
    origin = card.origin
    return [
        ("trained", "elsewhere, so nothing is known of its training"),
        ("file", f"{origin.file} ({origin.form}), SHA-256 {origin.digest}"),
        ("taken", card.created),
        ("put around it", ", ".join(origin.adapters) or "nothing"),
        ("its pictures", origin.presentation),
    ]


def _network(card: Card) -> str:
    known = card.origin.layers if card.origin else card.here.config.layers
    if known is None:
        return ""
    try:
        layers = trace(known)
    except DigitLabError as fault:
        return f"<p>{escape(str(fault))}</p>"
    rows = [
        (
            f"{place}. {layer.name.replace('_', ' ')}",
            show_shape(layer.output_shape).replace("x", "×"),
            f"{layer.parameters:,}",
            f"{layer.multiply_adds:,}",
        )
        for place, layer in enumerate(layers, 1)
    ]
    header = ("layer", "output", "parameters", "multiply-adds")
    return _table(header, rows, "A digit of 28×28 pixels goes in at the top.")


def _training(card: Card) -> str:
    if card.origin is not None:
        return ""
    config, facts = card.here
    validated = facts.validation_accuracy
    rows = [
        ("epochs", f"{facts.epochs_done} of {config.epochs}, {facts.steps_done:,} steps"),
        ("took", f"{facts.cpu_seconds:,.0f} CPU seconds, {facts.wall_seconds:,.0f} s"),
        ("optimiser", f"{config.optimizer}, learning rate {config.learning_rate:g}, "
                      f"{config.schedule}"),
        ("batch size", config.batch_size),
        ("seed", config.seed),
        ("validation accuracy", "not measured" if validated is None else _percent(validated)),
        ("temperature", f"{facts.temperature:.3f}: what its logits were divided by afterwards"),
    ]  # fmt: skip
    return _table((), rows, "Every setting stands at the end of this page.", "words")


def _digits(card: Card) -> str:
    rows = [
        (c.digit, _percent(c.precision), _percent(c.recall), _percent(c.f1), f"{c.support:,}")
        for c in card.test.classes
    ]
    caption = (
        "Precision: the share of the answers with this digit that is right. Recall: the share of "
        "the images of this digit that is read correctly. F1: their harmonic mean."
    )
    return _table(("digit", "precision", "recall", "F1", "images"), rows, caption)


def _confusion(card: Card) -> str:
    counts = np.array(card.test.confusion)
    wrong = counts * ~np.eye(10, dtype=bool)
    most = max(int(wrong.max()), 1)
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(10))
    body = "".join(
        f'<tr><th scope="row">{label}</th>'
        + "".join(
            f'<td style="--share:{wrong[label, answer] / most:.2f}">{counts[label, answer] or ""}'
            "</td>"
            for answer in range(10)
        )
        + "</tr>"
        for label in range(10)
    )
    return (
        '<div class="wide"><table class="shaded"><caption>Row: the true digit. Column: the answer. '
        "More frequent confusions have a stronger colour.</caption><thead><tr><th>true</th>"
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _certainty(card: Card, labels: np.ndarray, probabilities: np.ndarray) -> str:
    found = card.test.reliability or measure_reliability(labels, probabilities)
    rows = [
        (
            f"{_percent(one.low, 1)} to {_percent(one.high, 1)}",
            f"{one.count:,}",
            _percent(one.confidence, 1),
            _percent(one.accuracy, 1),
            f"{_percent(one.interval[0], 1)} to {_percent(one.interval[1], 1)}",
        )
        for one in found.bins
    ]
    header = ("probability", "answers", "how sure", "how often right", "95 % interval")
    caption = (
        "On the dashed line, the model is right as often as it is sure. Expected calibration "
        f"error {_percent(found.calibration_error)} ({BINS} groups), Brier score {found.brier:.4f}."
    )
    return _figure(report_charts.reliability(found), caption) + _folded(
        _table(header, rows, "Answers by how sure they are.")
    )


def _thresholds(rows: pd.DataFrame, right: np.ndarray) -> str:
    confidence = rows["confidence"].to_numpy()
    choices = [selective.accept(confidence, right, x) for x in _THRESHOLDS]
    cells = [
        (f"{one.threshold:g}", _percent(one.coverage),
         "none accepted" if one.accuracy is None else _percent(one.accuracy, 3),
         f"{one.wrong:,} of {one.all_wrong:,}", f"{one.handed:,}")
        for one in choices
    ]  # fmt: skip
    header = ("threshold", "coverage", "accuracy", "accepted mistakes", "left to a person")
    return _table(header, cells, "Only answers above the threshold are accepted.") + _figure(
        report_charts.threshold(selective.curve(confidence, right)),
        "With a higher threshold, fewer answers are accepted and more of them are right.",
    )


def _robustness(model: registry.Model) -> str:
    found = results.read(model, results.STUDIES["robustness"])
    if found is None:
        return ""
    n = int(found["images"])
    order = np.argsort(found["right"].sum(axis=1), kind="stable")
    titles = [corruption.title for corruption in CORRUPTIONS.values()]
    rows = [(titles[i], *(_percent(count / n, 1) for count in found["right"][i])) for i in order]
    rows.append(("mean of the fifteen", *(_percent(x / n, 1) for x in found["right"].mean(axis=0))))
    header = ("corruption", *(f"severity {severity}" for severity in SEVERITIES))
    caption = f"Accuracy on {n:,} damaged test images, worst first; after MNIST-C (2019)."
    return _table(header, rows, caption)


def _map(model: registry.Model, labels: np.ndarray, wrong: np.ndarray) -> str:
    found = results.read(model, results.STUDIES["map"])
    if found is None or found["points"].shape != (len(labels), 2):
        return ""
    points = found["points"].astype(np.float32)
    return _figure(
        report_charts.embedding_map(points, labels, wrong),
        "Each point is a test image; similar images lie close together (t-SNE of the network's "
        "embedding). Crosses are misread. Axes and distances between groups have no meaning.",
    )


def _mistakes(model: registry.Model, rows: pd.DataFrame) -> str:
    found = mistakes(rows, order="loss")
    if found.empty:
        return "<p>It made no mistakes.</p>"
    pictures: Mapping[int, np.ndarray] = {}
    with suppress(DigitLabError):  # The figures travel with the model, the pictures may not.
        pictures = registry.pictures_of(model)
    items = [_mistake(model, row, pictures) for row in found.head(_WORST).itertuples()]
    shown = f"The worst {len(items)} of {len(found):,} mistakes (highest loss)."
    return f'<p class="faint">{shown}</p><ul class="digits">{"".join(items)}</ul>'


def _mistake(model: registry.Model, row: Answer, pictures: Mapping[int, np.ndarray]) -> str:
    picture, what = "", wording.a_digit(row.label)
    if row.index in pictures:
        alt = f"{what.capitalize()}, read as {row.answer}"
        picture = f'<img alt="{alt}" src="{_png(pictures[row.index])}">'
    votes = disputed_labels.of(model.card.data.test_digest, row.index)
    disputed = "" if votes is None else f"<br>label disputed: {escape(votes.in_words())}"
    return (
        f"<li>{picture}{what}, read as <b class='wrong'>{row.answer}</b><br>"
        f"{_percent(row.confidence, 1)} sure<br>"
        f"<span class='faint'>image {row.index}{disputed}</span></li>"
    )


def _png(image: np.ndarray) -> str:
    content = io.BytesIO()
    Image.fromarray(image).save(content, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def _repeat(card: Card) -> str:
    if card.origin is not None:
        return ""
    command = "python -m core train --config recipe.json"
    return (
        f"<p>Save the lines below as recipe.json and run <code>{command}</code>: the same settings "
        "and data give the same model, up to rounding in parallel computation.</p>"
        f"<pre>{escape(link.to_json(card.here.config))}</pre>"
    )


def _folded(body: str) -> str:
    return f"<details><summary>The same as a table</summary>{body}</details>"


def _plain(name: str) -> str:
    """Return a name without its folders, which may be private."""
    # PureWindowsPath accepts both kinds of slashes: a model may come from another system.
    return PureWindowsPath(name).name or name


def _percent(part: float, digits: int = 2) -> str:
    return f"{100 * part:.{digits}f} %"
