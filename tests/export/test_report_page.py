"""`core.export.report_page`: a model in one file, whole, small, and deaf to hostile names."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from click.testing import CliRunner

from core import registry, wording
from core.cards import StrokeFacts
from core.cli.main import cli
from core.cli.output import card_lines
from core.evaluation.calibration import reliability
from core.evaluation.selective import curve
from core.export import report_charts, report_page
from tests.models import make_model

HOSTILE = '<script>alert(1)</script>"><img src=http://evil.test/x onerror=alert(2)>'
VOID = {"meta", "img", "br"}


class Checked(HTMLParser):
    """Fails on a tag that is not closed in order; keeps tags, addresses and words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open, self.tags, self.addresses, self.words = [], set(), [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        facts = dict(attributes)
        self.addresses += [v for k, v in facts.items() if k in ("src", "href", "action", "data")]
        assert not [name for name in facts if name.startswith("on")]
        if tag == "img":
            assert facts["alt"]
        if tag == "svg":
            assert facts["aria-label"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture
def linear(home, no_mnist, tmp_path):
    return registry.find(str(make_model(tmp_path / "linear")))


def test_it_says_what_the_card_says(linear):
    found = Checked(report_page.page(linear))
    test = linear.card.test
    assert f"{100 * test.accuracy:.2f} %" in found.text
    assert f"{test.correct:,} of {test.n:,}" in found.text
    assert "not on MNIST" in found.text
    for fact in (linear.card.data.digest, linear.card.run, f"{linear.card.parameters:,}"):
        assert fact in found.text
    for c in test.classes:
        assert f"{100 * c.recall:.2f} %" in found.text
    assert '"recipe": "sprint"' in found.text
    assert "fifteen" not in found.text.lower()  # MNIST's labels are not this set's


def test_nothing_in_it_leads_elsewhere(linear):
    found = Checked(report_page.page(linear))
    assert found.addresses
    assert all(address.startswith("data:image/png;base64,") for address in found.addresses)
    assert "script" not in found.tags
    assert "link" not in found.tags


def test_its_worst_mistake_comes_first_with_its_picture(linear):
    labels, probabilities = linear.predictions()
    wrong = probabilities.argmax(axis=1) != labels
    loss = np.where(wrong, -np.log(probabilities[np.arange(len(labels)), labels]), -1)
    worst = int(loss.argmax())
    what = wording.a_digit(labels[worst])
    page = report_page.page(linear)
    first = re.search(r"<li>(.*?)</li>", page, re.DOTALL)[1]
    assert f"{what.capitalize()}, read as {probabilities[worst].argmax()}" in first
    assert f">{what}, read as" in first
    assert f"image {worst}<" in first


def test_what_was_not_worked_out_is_left_out(linear):
    found = Checked(report_page.page(linear))
    assert "If the picture is bad" not in found.text
    assert "look alike" not in found.text


def with_strokes(model, **facts):
    known = {"name": "pens", "digest": "5a" * 32, "about": "UNIPEN, CC BY 4.0", "drawings": 1_234}
    file = StrokeFacts(**known | {"writers": 56, "held_back": 7} | facts)
    data = model.card.data.model_copy(update={"strokes": [file]})
    card = model.card.model_copy(update={"data": data})
    (model.folder / "card.json").write_text(card.model_dump_json(), encoding="utf-8")
    return registry.find(str(model.folder))


def test_it_names_the_pens_that_were_learned_from(linear):
    found = Checked(report_page.page(with_strokes(linear)))
    assert "pens, pens" in found.text
    assert "UNIPEN, CC BY 4.0; 1,234 digits by 56 people, 7 more to calibrate on" in found.text
    assert "5a" * 32 in found.text
    lines = card_lines("it", with_strokes(linear).card)
    assert any("1,234 of 56 people's pens (pens)" in line for line in lines)


def test_what_a_file_of_strokes_says_of_itself_is_words(linear):
    found = Checked(report_page.page(with_strokes(linear, name=HOSTILE, about=HOSTILE)))
    assert "script" not in found.tags
    assert not [address for address in found.addresses if "evil" in address]


@pytest.mark.parametrize(
    "change", [{"run": HOSTILE}, {"created": HOSTILE}, {"data": "title"}, {"machine": "processor"}]
)
def test_hostile_names_are_words(linear, change):
    """A card from elsewhere may say anything."""
    ((name, value),) = change.items()
    if value is not HOSTILE:
        value = getattr(linear.card, name).model_copy(update={value: HOSTILE})
    card = linear.card.model_copy(update={name: value})
    (linear.folder / "card.json").write_text(card.model_dump_json(), encoding="utf-8")
    found = Checked(report_page.page(registry.find(str(linear.folder))))
    assert "script" not in found.tags
    assert not [address for address in found.addresses if "evil" in address]


def test_a_path_is_nobody_elses_business(linear):
    assert str(linear.folder.parent) not in report_page.page(linear)


@pytest.mark.parametrize("folder", ["/home/eve/", "C:\\Users\\eve\\"])
def test_a_path_of_another_system_is_nobody_elses_business(linear, folder):
    """A run that was carried from Windows named its owner's folders in the report."""
    data = linear.card.data.model_copy(update={"title": f"{folder}digits.npz"})
    card = linear.card.model_copy(update={"data": data})
    (linear.folder / "card.json").write_text(card.model_dump_json(), encoding="utf-8")
    page = report_page.page(registry.find(str(linear.folder)))
    assert "digits.npz" in page
    assert "eve" not in re.sub(r"[a-z]eve|eve[a-z]", "", page)


def test_a_shipped_models_report_is_whole_and_small(home, mnist_folder):
    page = report_page.page(registry.find("tiny"))
    assert len(page.encode()) < 3_000_000
    found = Checked(page)
    assert "Fifteen labels" in found.text
    assert "Canny edges" in found.text
    assert "Map of 10,000 test images" in page
    assert page.count("<img ") == min(48, 10_000 - registry.find("tiny").card.test.correct)


def test_the_command_writes_it_whole_or_not_at_all(linear, tmp_path):
    done = CliRunner().invoke(cli, ["report", str(linear.folder), str(tmp_path / "r.html")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    failed = CliRunner().invoke(cli, ["report", "nothing", str(tmp_path / "s.html")])
    assert failed.exit_code != 0
    assert not (tmp_path / "s.html").exists()


def numbers(pattern, drawing):
    return np.array([[float(x) for x in found] for found in re.findall(pattern, drawing)])


def test_points_of_the_reliability_diagram_stand_where_they_belong():
    labels = np.zeros(20, int)
    probabilities = np.full((20, 10), 0.25 / 9)
    probabilities[:, 0] = 0.75
    probabilities[:5] = probabilities[:5, ::-1]  # five of twenty say 9
    drawing = report_charts.reliability(reliability(labels, probabilities))
    ((x, y),) = numbers(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawing)
    (guide,) = re.findall(r'<polyline points="([^"]+)" fill="none" class="guide"', drawing)
    (x0, y0), (x1, y1) = (map(float, point.split(",")) for point in guide.split())
    assert ((x - x0) / (x1 - x0), (y - y0) / (y1 - y0)) == pytest.approx((0.75, 0.75), abs=0.002)


def test_the_threshold_curve_ends_with_all_answers():
    found = curve(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, True, False]))
    drawing = report_charts.threshold(found)
    (points,) = re.findall(r'<polyline points="([^"]+)"', drawing)
    xs, ys = np.array([point.split(",") for point in points.split()], float).T
    assert len(xs) == 4
    assert (np.diff(xs) > 0).all()
    assert ys[0] == ys[1] == ys[2] < ys[3]


def test_the_map_has_a_dot_for_each_place_and_a_cross_for_each_mistake():
    points = np.array([[-1, -1], [1, 1], [0, 0], [0, 0.5]])
    drawing = report_charts.embedding_map(
        points, np.array([0, 0, 3, 3]), np.array([False, False, False, True])
    )
    assert len(re.findall(r"M\d+ \d+h0", drawing)) == 4
    assert drawing.count("l8 8m0 -8l-8 8") == 1
    assert 'stroke="var(--d3)"' in drawing
    assert "M13 627h0" in drawing  # left and down
