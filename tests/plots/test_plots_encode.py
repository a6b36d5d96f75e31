import base64
import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from skipcat.plots.encode import figure_to_svg, picture_to_uri
from skipcat.plots.per_class import draw_per_class
from skipcat.plots.style import INK


def decode(uri):
    kind, data = uri.removeprefix("data:").split(";base64,")
    return kind, Image.open(io.BytesIO(base64.b64decode(data)))


@pytest.fixture
def svg():
    bars = [("rose", 10, 0.5, (0.2, 0.8))]
    return figure_to_svg(draw_per_class(bars), name="classes", description='a "b" <c>')


def test_svg_stands_in_html_without_namespaces_or_dates(svg):
    assert svg.startswith('<svg viewBox="0 0 ')
    assert 'aria-label="a &quot;b&quot; &lt;c&gt;"' in svg
    for absent in ("http", "metadata", "<?xml", "<!--", "xmlns"):
        assert absent not in svg
    ET.fromstring(svg.replace("xlink:", ""))  # well-formed


def test_svg_ids_bear_the_figures_name_and_every_reference_has_its_id(svg):
    root = ET.fromstring(svg.replace("xlink:", ""))
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert ids
    assert len(ids) == len(set(ids))
    assert all(one.startswith("classes-") for one in ids)
    references = [one.get("href")[1:] for one in root.iter() if one.get("href")]
    references += [one.get("clip-path")[5:-1] for one in root.iter() if one.get("clip-path")]
    assert references
    assert set(references) <= set(ids)


def test_svg_takes_the_pages_ink(svg):
    assert f"var(--ink, {INK})" in svg
    assert svg.count(INK) == svg.count(f"var(--ink, {INK})")


@pytest.mark.parametrize("shape", [(8, 8), (64, 48, 3)])
def test_small_pictures_are_kept_exactly(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    kind, image = decode(picture_to_uri(pixels, most_px=288))
    assert kind == "image/png"
    assert np.array_equal(np.asarray(image), pixels)


def test_large_pictures_are_brought_down_and_keep_their_shape():
    rows, columns = np.mgrid[:300, :600]
    pixels = np.stack([rows // 2, columns // 3, (rows + columns) // 4], axis=2).astype(np.uint8)
    kind, image = decode(picture_to_uri(pixels, most_px=200))
    assert (kind, image.size) == ("image/jpeg", (200, 100))
    assert np.abs(np.asarray(image).astype(int) - pixels[1::3, 1::3]).max() < 12


def test_pictures_are_never_enlarged_and_views_are_taken():
    pixels = np.zeros((100, 200, 3), dtype=np.uint8)[:, ::2, ::-1]
    assert decode(picture_to_uri(pixels, most_px=500))[1].size == (100, 100)


def test_drawings_of_few_colours_are_kept_exactly():
    pixels = np.full((200, 200, 3), 255, dtype=np.uint8)
    pixels[::20] = pixels[:, ::20] = (30, 60, 90)
    kind, image = decode(picture_to_uri(pixels))
    assert kind == "image/png"
    assert np.array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize("shape", [(224, 224), (160, 160, 3), (150, 224, 3)])
def test_no_picture_takes_more_than_a_quarter_of_a_byte_for_each_pixel(shape):
    small = np.random.default_rng(0).integers(0, 256, (112, 112, *shape[2:]), dtype=np.uint8)
    pixels = small.repeat(2, 0).repeat(2, 1)[: shape[0], : shape[1]]
    kind, data = picture_to_uri(pixels).split(";base64,")
    assert kind == "data:image/jpeg"
    assert len(base64.b64decode(data)) <= max(shape) ** 2 / 4
