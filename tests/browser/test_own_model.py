"""A visitor's own model: uploaded as PyTorch exports it, inspected, and drawn for."""

from playwright.sync_api import expect

from bench.foreign_networks import digits, learned, write
from tests.browser.settle import settled


def test_a_model_of_pytorch_is_inspected_and_drawn_for(own, tmp_path):
    _, page = own
    images, labels = digits()
    file = write(tmp_path / "net.onnx", learned(2 * images - 1, labels), (1, 1, 28, 28))
    page.goto("/inspect")
    page.get_by_role("button", name="Try a model of your own").click()
    settled(page)
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("textbox", name="Name here")).to_have_value("net")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("net is one of the models now.")).to_be_visible()
    expect(page.get_by_text("Pixels from -1 to 1").first).to_be_visible()
    page.get_by_role("link", name="Inspect it").click()
    expect(page.get_by_text("From net.onnx (ONNX), reshaped to 1×28×28")).to_be_visible()
    expect(page.get_by_role("heading", name="Misread digits")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Try a model of your own").click()
    page.get_by_role("button", name="Draw for it").click()
    expect(page.get_by_role("combobox", name="Model in use")).to_have_value("net")
    assert "/draw" in page.url
    # A second one is refused for what it is, and the first stays.
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04]")
    page.goto("/inspect")
    settled(page)
    page.get_by_role("button", name="Try a model of your own").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "model.pkl")
    page.get_by_role("button", name="Look at it").click()
    expect(
        page.get_by_text("'model.pkl' cannot be used as a model: it is a pickle")
    ).to_be_visible()
