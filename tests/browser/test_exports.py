"""A model is taken along with real clicks, by way of a real process."""

import io
import json
import zipfile

from playwright.sync_api import expect

from tests.browser.settle import downloaded, settled


def test_a_model_is_made_for_a_chip_and_downloaded(start_app, new_page):
    app = start_app()
    page = new_page(app)
    page.goto("/inspect?model=sprint&view=take")
    prepare = page.get_by_role("button", name="Prepare LiteRT int8")
    expect(prepare).to_be_visible()
    settled(page)
    prepare.click()
    expect(page.get_by_role("button", name="Preparing")).to_be_disabled()
    ready = page.get_by_role("button", name="Download LiteRT int8")
    expect(ready).to_be_visible()
    download = downloaded(ready)
    assert download.suggested_filename == "sprint-litert-int8.zip"
    archive = zipfile.ZipFile(io.BytesIO(download.path().read_bytes()))
    names = {name.removeprefix("sprint-litert-int8/") for name in archive.namelist()}
    assert names == {"model.tflite", "card.json", "example.py", "digit.png"}
    assert json.loads(archive.read("sprint-litert-int8/card.json"))["config"]["recipe"] == "sprint"
    # Another visitor has it at once.
    again = new_page(app, phone=True)
    again.goto("/inspect?model=sprint&view=take")
    expect(again.get_by_role("button", name="Download LiteRT int8")).to_be_visible()
    settled(again)
    expect(again.get_by_role("button", name="Preparing")).to_have_count(0)


def test_what_lies_ready_is_one_click(page):
    page.goto("/inspect?model=sprint&view=take")
    onnx = page.get_by_role("button", name="Download ONNX")
    expect(onnx).to_be_visible()
    settled(page)
    archive = zipfile.ZipFile(io.BytesIO(downloaded(onnx).path().read_bytes()))
    assert "sprint-onnx/model.onnx" in archive.namelist()
