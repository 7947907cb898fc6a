"""Comparison of two to eight runs: curves, results, settings, and images that they disagree on.

Each run has a letter, from A on, in every part; lines also differ in their dashes.
"""

import string
from collections import ChainMap
from dataclasses import dataclass
from pathlib import PureWindowsPath

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import registry
from core.cards import Card, tested_alike
from core.data import stroke_files
from core.errors import DigitLabError
from core.evaluation import compare
from core.runs import contract
from core.runs.curves import Curves
from core.runs.summary import Summary
from core.wording import a_digit
from ui import cache, charts, paging, pictures, tables, wording

_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "4px,2px", "10px,6px")
_METRICS = {"accuracy": "How often it is right (accuracy)", "loss": "How wrong it is (loss)"}
# Settings that may name a file on this machine, and how to shorten them; both kinds of slashes.
_NAMED = {
    "data": wording.data_name,
    "start_from": lambda source: PureWindowsPath(source).name,
    "strokes": lambda sources: ", ".join(map(stroke_files.name_of, sources)),
}
# Over what curves are drawn: the word for it, and the title of the axis.
_OVER = {
    "epoch": ("epoch", "epoch"),
    "step": ("step", "step (batches done)"),
    "wall_seconds": ("time", "seconds of training, on the clock"),
    "cpu_seconds": ("CPU time", "CPU seconds of training, all cores together"),
}
_FEW = 3  # pairs that are described in sentences; more are shown as a table
_PER_PAGE = 24
_HEIGHT, _PLOT_PX, _LABEL_PX = 300, 220, 16


@dataclass(frozen=True)
class _Compared:
    letter: str
    summary: Summary
    card: Card | None

    @property
    def title(self) -> str:
        return f"{self.letter} ({wording.verbatim(self.summary.title)})"


def show(chosen: list[Summary]) -> None:
    """Show the comparison of runs."""
    runs = [
        _Compared(letter, one, _card(one))
        for letter, one in zip(string.ascii_uppercase, chosen, strict=False)
    ]
    st.header("Side by side")
    _results(runs)
    st.subheader("Learning curves")
    _curves(runs)
    st.subheader("Different settings")
    _differences(runs)
    _answers(runs)


def _card(one: Summary) -> Card | None:
    try:
        return registry.of_run(one.run).card if one.run.has_model else None
    except DigitLabError:
        return None


def _results(runs: list[_Compared]) -> None:
    with st.container(horizontal=True, gap="medium"):
        rows = [
            {
                "": run.letter,
                "name": run.summary.title,
                "seed": run.summary.run.config.seed if run.summary.run.config else None,
                "accuracy": None if run.card is None else 100 * run.card.test.accuracy,
                "95 % interval": ""
                if run.card is None
                else wording.interval(*run.card.test.interval),
            }
            for run in runs
        ]
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            width="content",
            height="content",
            placeholder="",
            column_config={
                "": st.column_config.TextColumn(width=30),
                "accuracy": st.column_config.NumberColumn(format="%.2f %%"),
            },
            alt="Accuracy of the runs, with intervals",
        )
        if any(run.card for run in runs):
            with st.container(key="beside-intervals"):
                charts.show(
                    charts.intervals([(run.letter, run.card.test) for run in runs if run.card]),
                    key="compare-intervals",
                    alt="Accuracies with their 95 % intervals",
                )
    for run in runs:
        if run.card is None:
            st.caption(f"{run.title} has no result. Its state is {run.summary.run.state}.")
        elif run.card.scored_on == "validation":
            st.caption(f"{run.title} was measured on validation digits, not on the test digits.")


def _curves(runs: list[_Compared]) -> None:
    with st.container(horizontal=True):
        metric = st.segmented_control(
            "Shows",
            list(_METRICS),
            default="accuracy",
            required=True,
            key="compare-metric",
            label_visibility="collapsed",
        )
        by = st.segmented_control(
            "Over",
            list(_OVER),
            default="epoch",
            required=True,
            format_func=lambda by: _OVER[by][0],
            key="compare-by",
            label_visibility="collapsed",
        )
    curves = [
        (run.letter, Curves(run.summary.run.folder / contract.METRICS).refresh()) for run in runs
    ]
    figure = overlay(curves, metric, by)
    if not figure.data:
        st.caption("None of these runs has finished an epoch yet, so there are no curves.")
        return
    charts.show(figure, key=f"compare-{metric}-{by}", alt=f"Validation {metric} of the runs")
    st.caption(f"{_METRICS[metric]} on validation images.")


def _differences(runs: list[_Compared]) -> None:
    configs = {run.letter: config for run in runs if (config := run.summary.run.config)}
    found = compare.differences(list(configs.values())) if configs else {}
    known = [run for run in runs if run.letter in configs]
    steered = [run.card.training.steered if run.card and run.card.training else "" for run in known]
    if any(steered):
        found["changed during training"] = steered
    if not found:
        st.markdown("None: the runs were trained with the same settings.")
        return
    if list(found) == ["seed"]:
        st.markdown("Only the seed: a better run had luckier first weights.")
    table = pd.DataFrame(
        [in_words(name, values) for name, values in found.items()],
        index=[name.replace("_", " ") for name in found],
        columns=list(configs),
    )
    st.table(table, border="horizontal")


def in_words(setting: str, values: list[object]) -> list[str]:
    """Write the values of a setting for a table, whose cells are Markdown; a file by its name.

    Where the names are all the same, the values stand as they are.
    """
    words = [str(value) for value in values]
    named = [_NAMED[setting](value) for value in words] if setting in _NAMED else words
    return [wording.verbatim(value) for value in (named if len(set(named)) > 1 else words)]


def _answers(runs: list[_Compared]) -> None:
    st.subheader("Significance of the differences")
    alike = tested_alike([run.card for run in runs])
    if not alike:
        st.markdown(
            "The runs were not tested on the same digits, so their answers cannot be compared "
            "image by image."
        )
        return
    same = [runs[place] for place in alike]
    if len(same) < len(runs):
        letters = ", ".join(run.letter for run in same)
        st.caption(f"Only {letters} were tested on the same digits.")
    try:
        rows = [tables.answers(registry.of_run(run.summary.run)) for run in same]
    except DigitLabError as fault:
        st.error(wording.verbatim(fault))
        return
    labels = rows[0]["label"].to_numpy()
    answers = [table["answer"].to_numpy() for table in rows]
    _pairs(same, compare.pairs([given == labels for given in answers]))
    st.subheader("Images with different answers")
    _disagreements(same, labels, answers)


def _pairs(runs: list[_Compared], pairs: list[compare.Pair]) -> None:
    if len(pairs) <= _FEW:
        names = [run.title for run in runs]
        for pair in pairs:
            st.markdown(compare.in_words(pair, names, len(pairs)))
    else:
        st.dataframe(
            pd.DataFrame([_pair_row(pair, runs) for pair in pairs]),
            hide_index=True,
            width="content",
            height="content",
            alt="Exact McNemar test of each pair of runs",
        )
    pairs_too = f" It is corrected for {len(pairs)} pairs (Holm)." if len(pairs) > 1 else ""
    st.caption(
        "McNemar's exact test on the images that only one of the two reads correctly: p below "
        f"{compare.LEVEL:g} is hardly chance.{pairs_too} The test compares these networks. To "
        "compare their settings, repeat each run with other seeds."
    )


def _pair_row(pair: compare.Pair, runs: list[_Compared]) -> dict[str, object]:
    first, second = runs[pair.first].letter, runs[pair.second].letter
    better = first if pair.only_first > pair.only_second else second
    return {
        "pair": f"{first} and {second}",
        "means": f"{better} is better" if pair.adjusted < compare.LEVEL else "may be chance",
        "p": compare.p_in_words(pair.adjusted),
        "only the first is right": pair.only_first,
        "only the second is right": pair.only_second,
    }


def _disagreements(runs: list[_Compared], labels: np.ndarray, answers: list[np.ndarray]) -> None:
    places = compare.disagreements(answers)
    st.caption(f"{len(places):,} of {len(labels):,} images on which their answers differ")
    if not len(places):
        return
    models = [registry.of_run(run.summary.run) for run in runs]
    # Each run carries what it misread itself.
    images = ChainMap(*(dict(cache.test_pictures(model) or {}) for model in models))
    places = places[[int(place) in images for place in places]]
    if not len(places):
        st.info("The test images are not on this machine, so they cannot be shown.")
        return
    among = "-".join(run.summary.run.id for run in runs)
    part = places[paging.choose(len(places), _PER_PAGE, f"disagree-{among}")]
    digest = models[0].card.data.test_digest
    given = [[int(one[place]) for one in answers] for place in part]
    pictures.gallery(
        [images[int(place)] for place in part],
        captions=[
            _caption(int(labels[place]), row, runs, wording.disputed(digest, int(place)))
            for place, row in zip(part, given, strict=True)
        ],
        alts=[
            f"{a_digit(int(labels[place])).capitalize()} on which they disagree" for place in part
        ],
    )


def _caption(label: int, given: list[int], runs: list[_Compared], disputed: list[str]) -> str:
    """Write the label and each run's answer: right ones blue, wrong ones orange.

    ``disputed`` holds lines about a disputed label.
    """
    lines = []
    for answer in dict.fromkeys(given):
        letters = "".join(r.letter for r, one in zip(runs, given, strict=True) if one == answer)
        right = answer == label
        word = "right" if right else f"**{answer}**"
        lines.append(wording.judged(f"{letters}: {word}", right))
    return "  \n".join([str(label), *lines, *disputed])


def overlay(curves: list[tuple[str, Curves]], metric: str, by: str) -> go.Figure:
    """Draw the validation curves of runs in one chart, each with its letter at its end.

    Parameters
    ----------
    curves : list of (str, Curves)
        Letter and metrics of each run, at most eight.
    metric : {'accuracy', 'loss'}
    by : {'epoch', 'step', 'wall_seconds', 'cpu_seconds'}
    """
    figure = go.Figure()
    form = ",.1f" if by.endswith("seconds") else ",d"
    ends: list[tuple[float, float, str, str]] = []
    heights: list[float] = []
    for (letter, metrics), colour, dash in zip(curves, charts.colours(), _DASHES, strict=False):
        points = [
            (record[by], record[f"val_{metric}"])
            for record in metrics.epochs
            if None not in (record.get(by), record.get(f"val_{metric}"))
        ]
        if not points:
            continue
        xs, ys = zip(*points, strict=True)
        figure.add_scatter(
            x=xs,
            y=ys,
            name=letter,
            mode="lines+markers",
            line=dict(color=colour, width=2, dash=dash),
            marker=dict(size=7),
            hovertemplate=f"{letter}, {_OVER[by][0]} %{{x:{form}}}: %{{y:.4f}}<extra></extra>",
        )
        ends.append((xs[-1], ys[-1], letter, colour))
        heights += ys
    shifts = _apart([end[1] for end in ends], max(heights, default=0) - min(heights, default=0))
    for (x, y, letter, colour), shift in zip(ends, shifts, strict=True):
        figure.add_annotation(
            x=x,
            y=y,
            text=f"<b>{letter}</b>",
            showarrow=False,
            xanchor="left",
            xshift=8,
            yshift=shift,
            font=dict(color=colour, size=15),
        )
    figure.update_layout(
        height=_HEIGHT,
        margin=dict(l=0, r=28, b=0),
        showlegend=False,
        xaxis=dict(title=_OVER[by][1], rangemode="tozero"),
        yaxis=dict(title=metric, tickformat=".1%" if metric == "accuracy" else None),
    )
    return figure


def _apart(ends: list[float], span: float) -> list[float]:
    """Return by how many pixels to move labels up so that none overlaps another.

    Parameters
    ----------
    ends : list of float
        Where on the axis they stand.
    span : float
        Length of the axis.
    """
    pixels = [end / (span or 1.0) * _PLOT_PX for end in ends]
    shifts, least = [0.0] * len(ends), -np.inf
    for place in np.argsort(pixels, kind="stable"):
        at = max(pixels[place], least)
        shifts[place] = at - pixels[place]
        least = at + _LABEL_PX
    middle = sum(shifts) / max(len(shifts), 1)
    return [shift - middle for shift in shifts]
