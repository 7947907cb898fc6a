"""Every honest picture is decoded to its pixels; every other file gets one sentence."""

import io
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import DigitLabError
from core.reading import pictures
from core.reading.pictures import (
    LONGEST_SIDE,
    MAX_FILE_BYTES,
    decode,
    decode_file,
    load_canvases,
)

rng = np.random.default_rng(0)
GREY = rng.integers(0, 256, (7, 5), dtype=np.uint8)
RGB = rng.integers(0, 256, (7, 5, 3), dtype=np.uint8)
RGBA = rng.integers(0, 256, (7, 5, 4), dtype=np.uint8)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """The start of a PNG file, by hand: its size is declared, its pixels are missing."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    header = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + header + struct.pack(">I", 1000) + b"IDAT"


SMOOTH = Image.fromarray(np.add.outer(np.arange(60), np.arange(80)).astype(np.uint8))
FILES = {
    "png": saved(Image.fromarray(RGBA), "PNG"),
    "jpeg": saved(SMOOTH.convert("RGB"), "JPEG", exif=Image.Exif()),
    "webp": saved(SMOOTH.convert("RGBA"), "WEBP"),
    "bmp": saved(SMOOTH.convert("P"), "BMP"),
    "gif": saved(SMOOTH.convert("P"), "GIF"),
    "tiff": saved(SMOOTH, "TIFF", compression="tiff_lzw"),
    "avif": saved(SMOOTH.convert("RGB"), "AVIF", speed=10),
}


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_picture_with_damaged_exif_data_is_taken_as_it_stands(form):
    """A sound picture was refused as damaged."""
    content = saved(Image.fromarray(RGB), form, exif=b"garbage", lossless=True)
    np.testing.assert_array_equal(decode(content), RGB)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_damaged_exif_data_do_not_hide_damaged_pixels(form):
    noise = Image.fromarray(rng.integers(0, 256, (200, 200, 3), dtype=np.uint8))
    content = saved(noise, form, exif=b"garbage")
    with pytest.raises(DigitLabError, match="cut off"):
        decode(content[: len(content) // 2])


@pytest.mark.parametrize("form", ["PNG", "BMP"])
@pytest.mark.parametrize("pixels", [GREY, RGB], ids=["grey", "rgb"])
def test_lossless_files_give_their_pixels(form, pixels):
    np.testing.assert_array_equal(decode(saved(Image.fromarray(pixels), form)), pixels)


def test_transparency_is_kept():
    np.testing.assert_array_equal(decode(FILES["png"]), RGBA)
    found = decode(saved(Image.fromarray(RGBA), "WEBP", lossless=True, exact=True))
    np.testing.assert_array_equal(found, RGBA)


@pytest.mark.parametrize(
    ("form", "mode", "shape"),
    [("JPEG", "L", (60, 80)), ("JPEG", "RGB", (60, 80, 3)), ("WEBP", "RGB", (60, 80, 3))],
)
def test_lossy_files_give_nearly_their_pixels(form, mode, shape):
    found = decode(saved(SMOOTH.convert(mode), form, quality=90))
    assert found.shape == shape
    expected = np.asarray(SMOOTH.convert(mode), int)
    assert abs(found - expected).max() <= 8


def test_cmyk_is_brought_to_rgb():
    found = decode(saved(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95))
    assert found.shape == (16, 16, 3)
    np.testing.assert_allclose(found[8, 8], (255, 0, 0), atol=6)


def test_16_bits_are_scaled_and_not_clipped():
    deep = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    np.testing.assert_array_equal(
        decode(saved(Image.fromarray(deep), "PNG")), [[0, 0, 1, 128, 255]]
    )


def test_one_bit_becomes_black_and_white():
    bits = Image.fromarray(GREY > 127)
    for form in ("PNG", "BMP"):
        np.testing.assert_array_equal(decode(saved(bits, form)), np.where(GREY > 127, 255, 0))


def test_a_palette_gives_its_colours_and_its_transparency():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putdata([0, 1])
    np.testing.assert_array_equal(decode(saved(image, "PNG")), [[[10, 20, 30], [200, 100, 50]]])
    found = decode(saved(image, "PNG", transparency=0))
    np.testing.assert_array_equal(found, [[[10, 20, 30, 0], [200, 100, 50, 255]]])


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_an_animation_gives_its_first_frame(form):
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    data = saved(frames[0], form, save_all=True, append_images=frames[1:], lossless=True)
    np.testing.assert_array_equal(decode(data)[..., :3], np.full((4, 4, 3), (255, 0, 0)))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    """The eight cases of the EXIF standard, 4.6.5, each as NumPy would turn the stored picture."""
    upright = {
        1: GREY,
        2: GREY[:, ::-1],
        3: GREY[::-1, ::-1],
        4: GREY[::-1],
        5: GREY.T,
        6: np.rot90(GREY, -1),
        7: GREY[::-1, ::-1].T,
        8: np.rot90(GREY),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(GREY), "PNG", exif=exif)
    np.testing.assert_array_equal(decode(data), upright[orientation])


@pytest.mark.parametrize("form", ["ICO", "TGA", "PCX"])
def test_other_formats_are_refused(form):
    with pytest.raises(DigitLabError, match="PNG, JPEG, WebP, BMP, GIF, TIFF, AVIF or PGM"):
        decode(saved(Image.fromarray(RGB), form))


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_portable_maps_are_read(mode):
    """Data sets of PGM files were listed as pictures, and each was then refused."""
    picture = NOISE.convert(mode)
    np.testing.assert_array_equal(decode(saved(picture, "PPM")), np.asarray(picture))
    with pytest.raises(DigitLabError, match="damaged"):
        decode(saved(picture, "PPM")[:-40])


@pytest.mark.parametrize("form", ["GIF", "TIFF", "AVIF"])
def test_the_first_page_or_frame_is_read(form):
    """These formats were refused, though scanners and phones write them."""
    pages = [SMOOTH, Image.new("L", SMOOTH.size)]
    found = decode(saved(pages[0], form, save_all=True, append_images=pages[1:]))
    grey = found if found.ndim == 2 else found[..., 0]
    assert abs(grey.astype(int) - np.asarray(SMOOTH, int)).max() <= 8


@pytest.mark.parametrize("mode", ["1", "L", "I;16", "F", "RGB", "RGBA", "CMYK"])
def test_a_page_may_have_any_depth(mode):
    grey = Image.fromarray(np.asarray(SMOOTH, np.uint16) * 257) if mode == "I;16" else SMOOTH
    found = decode(saved(grey if mode == "I;16" else SMOOTH.convert(mode), "TIFF"))
    assert found.shape[:2] == (60, 80)
    assert found.dtype == np.uint8
    assert np.ptp(found[..., 0] if found.ndim == 3 else found) > 100


def test_a_heic_picture_is_refused_with_what_to_do():
    start = b"\x00\x00\x00\x28ftypheic\x00\x00\x00\x00mif1MiHBmiaf"
    with pytest.raises(DigitLabError, match=r"HEIC .* share or save it as JPEG"):
        decode(start + bytes(4000))


NOISE = Image.fromarray(rng.integers(0, 256, (90, 70, 3), dtype=np.uint8))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "AVIF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_file_that_is_cut_off_is_told_so(form, share):
    """It was called damaged or of another kind: nobody knew that it had to be copied again."""
    content = saved(NOISE, form)
    decode(content)
    with pytest.raises(DigitLabError, match="cut off"):
        decode(content[: int(share * len(content))])


def test_a_damaged_file_is_not_called_cut_off():
    content = bytearray(saved(NOISE, "PNG"))
    content[60] ^= 255
    with pytest.raises(DigitLabError, match="damaged"):
        decode(bytes(content))


def test_too_many_pixels_are_refused_by_the_header_alone():
    for width, height in [(8_200, 6_200), (12_000, 9_000), (30_000, 30_000)]:
        with pytest.raises(DigitLabError, match=r"more than 50 million pixels"):
            decode(png_header(width, height))
    with pytest.raises(DigitLabError, match="cut off"):
        decode(png_header(5_000, 7_000))  # allowed in size, but there are no pixels


@pytest.mark.parametrize("form", ["WEBP", "AVIF", "PPM"])
def test_formats_whose_decoders_need_more_memory_may_have_fewer_pixels(form, monkeypatch):
    monkeypatch.setitem(pictures._MAX_PIXELS_OF, form, 6_000)
    with pytest.raises(DigitLabError, match=f"in a {form} file: make it smaller, or save it as"):
        decode(saved(NOISE, form))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16"])
def test_a_page_of_a_scanner_comes_reduced_and_upright(mode):
    """600 dots an inch were refused, and reducing must not lose how the picture is turned."""
    square = np.zeros((2100, 1050), np.uint8)
    square[:1050] = 255
    image = Image.fromarray(square)
    image = (
        Image.fromarray(square.astype(np.uint16) * 257) if mode == "I;16" else image.convert(mode)
    )
    exif = Image.Exif()
    exif[0x0112] = 6
    found = decode(saved(image, "PNG", exif=exif))
    assert found.shape[:2] == (525, 1050)
    grey = found if found.ndim == 2 else found[..., 0]
    assert (grey[:, :500].max(), grey[:, 600:].min()) == (0, 255)


def test_too_many_pixels_of_a_jpeg_are_refused_before_decoding(monkeypatch):
    """The size in the frame header, SOF0 of ITU-T T.81, is raised; the data are those of 60x80."""
    data = bytearray(FILES["jpeg"])
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = struct.pack(">HH", 8_000, 8_000)
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(DigitLabError, match="more than 50 million pixels"):
        decode(bytes(data))


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(("longest", "parts"), [(2047, 1), (2048, 2), (4100, 4)])
def test_a_large_jpeg_comes_reduced_and_upright(longest, parts, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    slope = np.linspace(0, 255, longest).astype(np.uint8)[None].repeat(64, axis=0)
    found = decode(saved(Image.fromarray(slope), "JPEG", quality=95, exif=exif))
    level = found if orientation == 1 else np.rot90(found)
    assert level.shape == (64 // parts, longest // parts)
    assert max(level.shape) >= LONGEST_SIDE
    expected = slope[0, : longest // parts * parts].reshape(-1, parts).mean(axis=1)
    assert abs(level - expected).max() < 4


def test_too_many_bytes_are_refused(tmp_path):
    with pytest.raises(DigitLabError, match=r"160\.0 MB and at most 160 MB"):
        decode(bytes(MAX_FILE_BYTES + 1))
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES * 50)
    with pytest.raises(DigitLabError, match=r"large\.png: .*8000\.0 MB and at most 160 MB"):
        decode_file(path)


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=60)
@given(data=st.data())
def test_damage_raises_nothing_but_our_error(kind, data):
    damaged = bytearray(FILES[kind])
    for _ in range(data.draw(st.integers(0, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    check(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))


STARTS = [
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",
    b"RIFF\x20\0\0\0WEBPVP8 ",
    b"BM",
    b"II*\0\x08\0\0\0",
]


@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_arbitrary_bytes_raise_nothing_but_our_error(start, rest):
    check(start + rest)


def check(content: bytes) -> None:
    try:
        picture = decode(content)
    except DigitLabError:
        return
    assert picture.dtype == np.uint8
    assert picture.ndim == 2 or picture.shape[2] in (3, 4)


def test_files_are_named_in_the_sentence(tmp_path):
    with pytest.raises(DigitLabError, match=r"no readable file .*none\.png"):
        decode_file(tmp_path / "none.png")
    (tmp_path / "bad.png").write_bytes(b"not a picture")
    with pytest.raises(DigitLabError, match=r"bad\.png: The picture cannot be read"):
        decode_file(tmp_path / "bad.png")
    (tmp_path / "good.png").write_bytes(FILES["png"])
    np.testing.assert_array_equal(decode_file(tmp_path / "good.png"), RGBA)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="a file without an end is POSIX's")
def test_a_file_without_an_end_is_read_no_further_than_it_may_be_large(monkeypatch):
    monkeypatch.setattr("core.reading.pictures.MAX_FILE_BYTES", 1000)
    with pytest.raises(DigitLabError, match="at most"):
        decode_file(Path("/dev/zero"))


def test_pictures_decoded_side_by_side_leave_warnings_as_they_were():
    """Each thread put back what another had switched off, at last for good."""
    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(decode, [FILES["png"]] * 400))
    assert warnings.filters == before


@pytest.mark.parametrize("shape", [(0, 4, 5), (3, 4, 5), (2, 4, 5, 3), (2, 4, 5, 4)])
def test_canvases_are_loaded(tmp_path, shape):
    canvases = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    np.savez_compressed(tmp_path / "drawn.npz", canvases=canvases, labels=np.zeros(3))
    np.testing.assert_array_equal(load_canvases(tmp_path / "drawn.npz"), canvases)


@pytest.mark.parametrize(
    ("canvases", "reason"),
    [
        (np.zeros((4, 4), np.uint8), r"shape \(4, 4\)"),
        (np.zeros((1, 4, 4, 2), np.uint8), r"shape \(1, 4, 4, 2\)"),
        (np.zeros((1, 4, 4), np.float32), "are float32"),
        (np.zeros((9, 9, 4), np.uint8), r"shape \(9, 9, 4\)"),  # one canvas and no list of them
        (np.zeros((1, 0, 5), np.uint8), "5 x 0 pixels"),
        (np.array([{}], dtype=object), "only numbers"),
    ],
)
def test_canvases_of_another_kind_are_refused(tmp_path, canvases, reason):
    np.savez(tmp_path / "drawn.npz", canvases=canvases)
    with pytest.raises(DigitLabError, match=reason):
        load_canvases(tmp_path / "drawn.npz")


def test_a_file_without_canvases_is_refused(tmp_path):
    np.savez(tmp_path / "drawn.npz", images=np.zeros((1, 4, 4), np.uint8))
    with pytest.raises(DigitLabError, match="no array named canvases"):
        load_canvases(tmp_path / "drawn.npz")
