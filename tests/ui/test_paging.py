"""`ui.paging`: each thing of a long list is on one page."""

import pytest

from ui import paging


@pytest.mark.parametrize(
    ("count", "page", "shown"),
    [(5, 1, [0, 1]), (5, 2, [2, 3]), (5, 3, [4]), (4, 2, [2, 3])],
)
def test_a_page_has_its_part(monkeypatch, count, page, shown):
    asked = []

    def pagination(pages, **options):
        asked.append(pages)
        return page

    monkeypatch.setattr(paging.st, "pagination", pagination)
    assert list(range(count))[paging.choose(count, 2, "some")] == shown
    assert asked == [{5: 3, 4: 2}[count]]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_where_one_page_holds_all_there_is_nothing_to_choose(monkeypatch, count):
    monkeypatch.delattr(paging.st, "pagination")
    assert list(range(count))[paging.choose(count, 2, "some")] == list(range(count))
