"""The theme keeps its promises: WCAG contrast, and colours that colour-blind people tell apart."""

import itertools
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

CONFIG = tomllib.loads(
    (Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml").read_text()
)
SCHEMES = ("light", "dark")
# Linear RGB as seen without one kind of cone: Machado, Oliveira, Fernandes 2009, severity 1.0.
COLOUR_VISION = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
# Linear RGB to cone responses to OKLab: Ottosson 2020, bottosson.github.io/posts/oklab.
TO_CONES = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
TO_OKLAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]


def linear(colour: str) -> np.ndarray:
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""
    darker, lighter = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] for c in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def oklab(rgb: np.ndarray) -> np.ndarray:
    return TO_OKLAB @ np.cbrt(TO_CONES @ np.clip(rgb, 0, 1))


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("background", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize("colour", ["textColor", "linkColor", "blueTextColor", "orangeTextColor"])
def test_text_reaches_aa(scheme: str, background: str, colour: str) -> None:
    theme = CONFIG["theme"][scheme]
    assert contrast(theme[colour], theme[background]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_white_on_a_primary_button_reaches_aa(scheme: str) -> None:
    assert contrast(CONFIG["theme"][scheme]["primaryColor"], "#ffffff") >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_chart_lines_stand_out_from_the_page(scheme: str) -> None:
    theme = CONFIG["theme"][scheme]
    faint = [
        colour
        for colour in theme["chartCategoricalColors"]
        if contrast(colour, theme["backgroundColor"]) < 3
    ]
    assert faint == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("vision", COLOUR_VISION)
def test_chart_colours_stay_apart(scheme: str, vision: str) -> None:
    seen = [
        oklab(COLOUR_VISION[vision] @ linear(colour))
        for colour in CONFIG["theme"][scheme]["chartCategoricalColors"]
    ]
    nearest = min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))
    assert nearest >= 0.09  # 0.02 is about the least difference that an eye sees


@pytest.mark.parametrize("scheme", SCHEMES)
def test_right_is_blue_and_wrong_is_orange_in_text_and_charts(scheme: str) -> None:
    theme = CONFIG["theme"][scheme]
    assert theme["chartCategoricalColors"][:2] == [theme["blueColor"], theme["orangeColor"]]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", ["chartSequentialColors", "chartDivergingColors"])
def test_a_colour_scale_has_the_ten_steps_that_streamlit_takes(scheme: str, kind: str) -> None:
    assert len(CONFIG["theme"][scheme][kind]) == 10


@pytest.mark.parametrize("scheme", SCHEMES)
def test_more_is_always_further_from_the_page(scheme: str) -> None:
    theme = CONFIG["theme"][scheme]
    contrasts = [contrast(c, theme["backgroundColor"]) for c in theme["chartSequentialColors"]]
    assert contrasts == sorted(contrasts)


def test_files_are_watched_for_those_who_edit_them_and_for_nobody_else():
    assert CONFIG["server"]["fileWatcherType"] == "none"
    makefile = (Path(__file__).resolve().parent.parent / "Makefile").read_text()
    [dev] = re.findall(r"^dev:.*\n\t(.+)", makefile, flags=re.MULTILINE)
    [run] = re.findall(r"^run:.*\n\t(.+)", makefile, flags=re.MULTILINE)
    assert "--server.fileWatcherType auto" in dev
    assert "fileWatcherType" not in run


def test_the_server_takes_what_each_uploader_offers_to_take() -> None:
    """Above 20 MB it answered 413 to passports and data sets, which were said to be taken."""
    from core.export import passport_check
    from ui.train import own_data

    for offered in (passport_check.MAX_BYTES / 1e6, own_data.MAX_MB):
        assert offered <= CONFIG["server"]["maxUploadSize"]
