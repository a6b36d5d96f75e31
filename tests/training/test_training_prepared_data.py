import numpy as np
import pytest
from PIL import Image

from skipcat.data.dataset import open_dataset
from skipcat.data.preprocessing import Preprocessing, prepare_image
from skipcat.errors import DataError
from skipcat.networks.catalogue import find_entry
from skipcat.training import prepared_data as module
from skipcat.training.prepared_data import held_out_pixels, prepare_data
from skipcat.training.recipe import Recipe

RESNET = find_entry("resnet18")


def prepare(data, **recipe):
    return prepare_data(open_dataset(data), RESNET, Recipe(**recipe))


def test_size_and_channels_suit_the_data(digits, photos):
    assert (prepare(digits).image_px, prepare(digits).channels) == (8, 1)
    prepared = prepare(photos)
    shorts = []
    for path in photos.rglob("*.png"):
        with Image.open(path) as image:
            shorts.append(min(image.size))
    shorts.sort()
    assert prepared.image_px == int(np.median(shorts))
    assert prepared.channels == 3
    assert prepare(photos, image_px=32).image_px == 32
    # Room for crops, but no pixel that the images do not have.
    assert prepare(photos, image_px=32).decoded.pixels.shape[-1] == 40
    assert prepared.decoded.pixels.shape[-1] == prepared.image_px


def test_a_colour_image_among_grey_ones_is_seen_where_few_are_peeked_at(tmp_path, monkeypatch):
    chance = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(10):
            pixels = chance.integers(0, 256, (20, 30), np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    everyone = prepare(tmp_path)
    monkeypatch.setattr(module, "PEEKED_AT", 4)
    few = prepare(tmp_path)
    assert few.channels == everyone.channels == 1
    assert few.image_px == everyone.image_px == 20
    assert (few.sizes == (30, 20)).all()
    colour = chance.integers(0, 256, (20, 30, 3), np.uint8)
    Image.fromarray(colour).save(tmp_path / "dog" / "7.png")  # the 18th; 1, 6, 11 and 16 are seen
    assert prepare(tmp_path).channels == 3
    for number in range(10):  # what is peeked at may all be broken
        for name in ("cat", "dog"):
            if number % 5 == 0:
                (tmp_path / name / f"{number}.png").write_bytes(b"nothing")
    assert prepare(tmp_path).channels == 3


def test_mean_and_deviation_are_of_the_training_images(digits):
    prepared = prepare(digits)
    train = prepared.decoded.pixels[prepared.split.train].astype(np.float64) / 255
    assert prepared.mean == pytest.approx(train.mean((0, 2, 3)), abs=1e-5)
    assert prepared.std == pytest.approx(train.std((0, 2, 3)), abs=1e-5)


def test_the_fingerprint_is_of_images_and_labels_only(digits):
    images, labels = digits
    first = prepare((images, labels)).fingerprint
    order = np.random.default_rng(0).permutation(len(labels))
    assert prepare((images[order], labels[order])).fingerprint == first
    changed = labels.copy()
    changed[0] = (changed[0] + 1) % 10
    assert prepare((images, changed)).fingerprint != first


def test_held_out_images_are_prepared_as_the_classifier_will(digits, photos):
    for data in (digits, photos):
        prepared = prepare(data)
        for fit in ("pad", "squash"):
            preprocessing = Preprocessing(
                prepared.image_px, prepared.channels, prepared.mean, prepared.std, fit
            )
            rows = prepared.split.test
            pixels = held_out_pixels(prepared, rows, preprocessing)
            for row, found in zip(rows, pixels, strict=True):
                expected = prepare_image(prepared.dataset.images[row], preprocessing)
                assert np.array_equal(found, expected)


def test_an_image_that_vanishes_is_told(photos):
    prepared = prepare(photos)
    row = prepared.split.test[0]
    path = prepared.dataset.images[row]
    path.unlink()
    preprocessing = Preprocessing(32, 3, prepared.mean, prepared.std)
    with pytest.raises(DataError) as caught:
        held_out_pixels(prepared, [row], preprocessing)
    assert str(caught.value) == (
        f"It was changed while it was used: Cannot read '{path}': No such file or directory."
    )


def test_what_is_not_used_is_told_by_reason(photos):
    (photos / "red" / "00.png").write_bytes(b"")
    (photos / "red" / "notes.txt").write_text("x")
    assert prepare(photos).left_out == {
        "no image by its name": ("red/notes.txt",),
        "cannot be read": ("red/00.png: the file is empty (0 bytes).",),
    }


def test_files_that_are_no_images_at_all_are_told(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_text("x")
    with pytest.raises(DataError) as caught:
        prepare(tmp_path)
    assert str(caught.value) == (
        f"None of the 2 files of '{tmp_path.name}' is an image that Pillow can open; 'a/1.jpg', "
        "for one."
    )


def test_a_size_that_the_network_does_not_take_is_told(digits):
    with pytest.raises(DataError) as caught:
        prepare_data(open_dataset(digits), find_entry("inception_v3"), Recipe())
    assert str(caught.value).startswith(
        f"inception_v3 takes images of {find_entry('inception_v3').smallest_px} px or more; the "
        "images' median short side is 8. Enlarge them with image_px="
    )
    with pytest.raises(DataError) as caught:
        prepare(digits, image_px=4)
    assert str(caught.value) == "resnet18 takes images of 8 px or more; image_px is 4."
