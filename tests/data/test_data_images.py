import io
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from skipcat.data.images import (
    decode_image,
    hash_bytes,
    hash_image,
    peek,
    read_image,
    without_warnings,
)
from skipcat.errors import DataError

# What a viewer does to a stored image of each EXIF orientation, as numpy says it.
STORED_FROM_SEEN = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


def scene(height=11, width=17):
    """Give an image that no turn or mirroring maps onto itself."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows * 20, columns * 14, (rows + 2 * columns) * 5], axis=2).astype(np.uint8)


def save(image, suffix, **options):
    file = io.BytesIO()
    image.save(file, suffix, **options)
    return file.getvalue()


def refuse(content):
    with pytest.raises(DataError) as caught:
        decode_image(content)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_turned_as_the_person_sees_it(tmp_path, orientation, kind):
    seen = scene()
    stored = Image.fromarray(np.ascontiguousarray(STORED_FROM_SEEN[orientation](seen)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}
    path = tmp_path / "a"
    path.write_bytes(save(stored, kind, exif=exif, **lossless.get(kind, {})))
    image = read_image(path)
    difference = np.abs(np.asarray(image).astype(int) - seen)
    assert difference.max() <= (6 if kind == "JPEG" else 0)
    look = peek(path)
    assert (look.upright_size, look.mode, look.grey) == ((17, 11), "RGB", False)
    with Image.open(path) as opened:
        opened.getexif()  # whoever has looked at it already must not turn it twice
        assert np.array_equal(np.asarray(read_image(opened)), np.asarray(image))


def test_metadata_that_are_damaged_do_not_cost_the_pixels():
    seen = Image.fromarray(scene())
    content = save(seen, "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    with without_warnings():
        assert np.array_equal(np.asarray(decode_image(content)), scene())


def test_grey_becomes_colour_and_colour_grey():
    grey = Image.fromarray(scene()[:, :, 0])
    content = save(grey, "PNG")
    assert np.array_equal(np.asarray(decode_image(content)), np.repeat(scene()[:, :, :1], 3, 2))
    assert decode_image(content, 1).mode == "L"
    colour = save(Image.fromarray(scene()), "PNG")
    assert np.array_equal(
        np.asarray(decode_image(colour, 1)), np.asarray(Image.fromarray(scene()).convert("L"))
    )


def test_transparent_pixels_show_white_paper():
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (255, 0, 0, 255)
    pixels[1, 1] = (0, 0, 255, 128)
    found = np.asarray(decode_image(save(Image.fromarray(pixels), "PNG")))
    assert found[0, 0].tolist() == [255, 0, 0]
    assert found[0, 1].tolist() == [255, 255, 255]
    assert found[1, 1].tolist() == [127, 127, 255]


def test_a_palette_with_a_transparent_colour_shows_white_paper():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 0), 1)
    found = np.asarray(decode_image(save(image, "PNG", transparency=0)))
    assert found.tolist() == [[[255, 255, 255], [200, 100, 50]]]


def test_grey_with_alpha_and_one_bit_images():
    grey = Image.merge("LA", [Image.new("L", (1, 1), 50), Image.new("L", (1, 1), 0)])
    assert np.asarray(decode_image(save(grey, "PNG"), 1)).tolist() == [[255]]
    assert np.asarray(decode_image(save(Image.new("1", (1, 1), 1), "PNG"), 1)).tolist() == [[255]]


def test_cmyk_becomes_the_colour_that_is_printed():
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    red, green, blue = np.asarray(decode_image(save(image, "TIFF")))[0, 0]
    assert red > 200
    assert max(green, blue) < 60


def test_sixteen_bits_are_scaled_and_a_dark_image_stays_dark():
    bright = Image.fromarray(np.array([[0, 257 * 7, 65535]], np.uint16))
    assert np.asarray(decode_image(save(bright, "PNG"), 1)).tolist() == [[0, 7, 255]]
    dark = Image.fromarray(np.array([[0, 100, 255]], np.uint16))
    assert np.asarray(decode_image(save(dark, "PNG"), 1)).tolist() == [[0, 0, 1]]


def test_floats_and_whole_numbers_are_scaled_by_what_they_reach():
    def read(values, dtype):
        return np.asarray(read_image(Image.fromarray(np.array([values], dtype)), 1)).tolist()[0]

    assert read([0, 0.5, 1], np.float32) == [0, 128, 255]
    assert read([0, 51, 255], np.float32) == [0, 51, 255]
    assert read([0, 500, 1e6], np.float32) == [0, 0, 255]
    assert read([np.nan, -3, 1], np.float32) == [0, 0, 255]
    assert read([0, 51, 255], np.int32) == [0, 51, 255]
    assert read([0, 0, 65535], np.int32) == [0, 0, 255]


def test_of_an_animation_the_first_frame_is_taken():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    content = save(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert np.asarray(decode_image(content))[0, 0].tolist() == [255, 0, 0]


def test_broken_files_are_told():
    whole = save(Image.fromarray(np.tile(scene(), (9, 9, 1))), "JPEG")
    assert refuse(b"") == "the file is empty (0 bytes)."
    assert refuse(b"<!DOCTYPE html><html><body>404</body></html>") == (
        "it is not an image in a format that Pillow knows."
    )
    assert refuse(whole[: len(whole) // 2]).startswith("it is damaged: ")
    assert refuse(whole[:20]).startswith("it is ")


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (10_000, 9_000)])
def test_a_bomb_is_refused_before_it_is_decoded(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    with without_warnings():
        assert refuse(content) == (
            "it has more than the 89,478,485 pixels allowed; it was not decoded."
        )


def test_arrays_are_images_of_three_shapes():
    grey = scene()[:, :, 0]
    assert np.array_equal(np.asarray(read_image(grey, 1)), grey)
    assert np.array_equal(np.asarray(read_image(grey[:, :, None], 1)), grey)
    assert np.array_equal(np.asarray(read_image(scene())), scene())
    clear = np.dstack([scene(), np.zeros((11, 17), np.uint8)])
    assert np.asarray(read_image(clear)).min() == 255


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            np.zeros((4, 4), np.float32),
            "An image array has dtype float32; uint8 with values 0 to 255 is needed.",
        ),
        (
            np.zeros((3, 5, 5), np.uint8),
            "An image array has shape (3, 5, 5); (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) is "
            "needed.",
        ),
        (
            np.zeros((0, 4), np.uint8),
            "An image array has shape (0, 4); (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) is needed.",
        ),
        (None, "An image is a path, a Pillow image or a uint8 array; NoneType was given."),
        (b"abc", "An image is a path, a Pillow image or a uint8 array; bytes was given."),
        (Image.new("RGB", (0, 3)), "it has no pixels: 0x3."),
        ("a\0b", "Cannot read 'a\0b': embedded null byte."),
    ],
)
def test_what_is_no_image_is_told(given, message):
    with pytest.raises(DataError) as caught:
        read_image(given)
    assert str(caught.value) == message


def test_files_that_cannot_be_read_are_named(tmp_path):
    missing = tmp_path / "none.jpg"
    with pytest.raises(DataError) as caught:
        read_image(missing)
    assert str(caught.value) == f"Cannot read '{missing}': No such file or directory."
    (tmp_path / "empty.jpg").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        read_image(tmp_path / "empty.jpg")
    assert str(caught.value) == (
        f"Cannot use '{tmp_path / 'empty.jpg'}': the file is empty (0 bytes)."
    )


def test_a_pillow_image_that_is_cut_short_is_told():
    whole = save(Image.fromarray(np.tile(scene(), (9, 9, 1))), "JPEG")
    opened = Image.open(io.BytesIO(whole[: len(whole) // 2]))
    with pytest.raises(DataError, match=r"^it is damaged: .+\.$"):
        read_image(opened)


def test_a_size_is_peeked_at_only_where_there_is_one(tmp_path):
    (tmp_path / "page.jpg").write_text("<html>")
    assert peek(tmp_path / "page.jpg") is None
    assert peek(tmp_path / "none.jpg") is None


def test_names_of_images_depend_on_bytes_pixels_and_shape(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    assert hash_image(tmp_path / "a") == hash_bytes(b"one")
    pixels = scene()
    assert hash_image(pixels) == hash_image(np.asfortranarray(pixels))
    assert hash_image(pixels) != hash_image(pixels.reshape(17, 11, 3))


def test_decoding_in_threads_leaves_the_warnings_of_others_alone():
    content = save(Image.fromarray(scene()), "PNG")
    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: decode_image(content), range(64)))
    assert list(warnings.filters) == before


def test_a_path_may_be_text(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(scene()).save(path)
    assert np.array_equal(np.asarray(read_image(str(path))), scene())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "F"])
def test_grey_is_what_stores_no_colour_transparent_or_not(tmp_path, mode):
    path = tmp_path / "a.tif"
    Image.new(mode, (3, 2)).save(path)
    look = peek(path)
    assert (look.mode, look.grey, look.upright_size) == (mode, True, (3, 2))
