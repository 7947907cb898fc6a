"""Home: says what this is and what is here."""

from tests.app.conftest import said


def test_on_a_fresh_machine(fresh, visit):
    words = said(visit("home"))
    assert "handwritten digits" in words
    assert "None yet" in words
    assert "offline sample" in words


def test_with_a_model_it_shows_a_mistake(with_model, visit):
    app = visit("home")
    assert "read as :orange[" in said(app)
    assert app.dataframe[0].value["model"].tolist() == ["linear"]


def test_the_links_of_ten_minutes_lead_to_what_there_is(fresh, visit):
    links = [link.proto for link in visit("home").get("page_link")]
    assert "recipe=dense-starter" in " ".join(link.query_string for link in links)


def test_the_sidebar_names_model_and_data_on_every_page(with_model, visit):
    for page in ("home", "draw", "train", "inspect"):
        app = visit(page)
        assert app.sidebar.selectbox[0].value == "linear", page
        sidebar = " ".join(element.value for element in app.sidebar.markdown)
        assert "Offline sample" in sidebar, page
        assert any("not on MNIST" in note.value for note in app.sidebar.caption), page


def test_a_failed_download_can_be_repeated(fresh, visit, monkeypatch):
    from core.data import mnist
    from core.errors import DigitLabError
    from tests.waiting import wait_for
    from ui import downloads

    calls = []

    def fails(progress):
        calls.append(1)
        raise DigitLabError("No mirror answered; try again.")

    monkeypatch.setattr(mnist, "fetch", fails)
    monkeypatch.setattr(downloads.Download.__init__, "__defaults__", (fails,))
    app = visit("home")
    for attempt in (1, 2):
        app.button("fetch-home").click().run()
        wait_for(lambda n=attempt: len(calls) == n, "the download was tried")
        wait_for(lambda: downloads._download().state == "failed", "the download has failed")
        app.run()
        assert "No mirror answered" in said(app)
        assert app.button("fetch-home").label == "Try again"


def test_a_download_that_brought_nothing_does_not_keep_the_page_running(fresh, visit, monkeypatch):
    """A page without MNIST, though a download was done, used to run again for ever."""
    from tests.waiting import wait_for
    from ui import downloads

    monkeypatch.setattr(downloads.Download.__init__, "__defaults__", (lambda progress: None,))
    app = visit("home")
    app.button("fetch-home").click().run()
    wait_for(lambda: downloads._download().state == "done", "the download is done")
    app.run()
    assert app.button("fetch-home").label == "Get MNIST (11 MB)"
