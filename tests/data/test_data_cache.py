import numpy as np
import pytest
from PIL import Image

from skipcat.data import cache
from skipcat.data.cache import decode_dataset, prepare_images
from skipcat.data.dataset import open_dataset
from skipcat.data.images import hash_bytes
from skipcat.data.preprocessing import Preprocessing, prepare_image
from skipcat.errors import DataError

SQUASHED = Preprocessing(32, 3, (0.5,) * 3, (0.2,) * 3, "squash")


def test_every_image_is_decoded_as_prediction_will_see_it_squashed(photos):
    dataset = open_dataset(photos)
    decoded = decode_dataset(dataset, 32, 3)
    assert decoded.pixels.shape == (36, 3, 32, 32)
    for row, path in enumerate(dataset.images):
        assert np.array_equal(decoded.pixels[row], prepare_image(path, SQUASHED))
        assert decoded.hashes[row] == hash_bytes(path.read_bytes())
        with Image.open(path) as image:
            assert decoded.aspects[row] == image.width / image.height
    assert decoded.rows.tolist() == list(range(36))
    assert decoded.broken == {}


def test_what_cannot_be_read_is_named_and_never_replaced(photos):
    dataset = open_dataset(photos)
    (photos / "red" / "00.png").write_bytes(b"")
    (photos / "red" / "01.png").write_text("<html>")
    (photos / "red" / "02.png").unlink()
    decoded = decode_dataset(dataset, 16, 3)
    assert decoded.broken == {
        "red/00.png": "the file is empty (0 bytes).",
        "red/01.png": "it is not an image in a format that Pillow knows.",
        "red/02.png": "it cannot be read: No such file or directory.",
    }
    named = [dataset.names[row] for row in decoded.rows]
    assert named == [name for name in dataset.names if name not in decoded.broken]


def test_arrays_are_decoded_too():
    images = np.arange(3 * 8 * 8, dtype=np.uint8).reshape(3, 8, 8)
    decoded = decode_dataset(open_dataset((images, [0, 1, 1])), 8, 1)
    assert np.array_equal(decoded.pixels[:, 0], images)


def test_none_that_can_be_read_is_told(photos):
    dataset = open_dataset(photos)
    for path in dataset.images:
        path.write_bytes(b"")
    with pytest.raises(DataError) as caught:
        decode_dataset(dataset, 16, 3)
    assert str(caught.value) == (
        "None of the 36 images can be read; 'blue/00.png', for one: the file is empty (0 bytes)."
    )


def test_a_large_set_lies_in_a_file_that_leaves_nothing_behind(photos, tmp_path, monkeypatch):
    dataset = open_dataset(photos)
    small = decode_dataset(dataset, 16, 3)
    monkeypatch.setattr(cache, "LARGEST_IN_MEMORY", 1000)
    folder = tmp_path / "run"
    folder.mkdir()
    mapped = decode_dataset(dataset, 16, 3, folder=folder)
    assert isinstance(mapped.pixels, np.memmap)
    assert np.array_equal(mapped.pixels, small.pixels)
    assert list(folder.iterdir()) == []


def test_a_disk_without_room_is_told_before_anything_is_decoded(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "LARGEST_IN_MEMORY", 1000)

    def refuse(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.os, "posix_fallocate", refuse, raising=False)
    with pytest.raises(DataError) as caught:
        decode_dataset(open_dataset(photos), 16, 3, folder=tmp_path)
    assert str(caught.value) == (
        f"The decoded images need 0.0 GiB in '{tmp_path}': No space left on device. A smaller "
        "image_px needs less."
    )


def test_progress_counts_images_up_to_the_last(photos):
    told = []
    decode_dataset(open_dataset(photos), 8, 3, progress=lambda *what: told.append(what))
    assert told == [("Reading images", done, 36) for done in (16, 32, 36)]


def test_images_are_prepared_in_their_order_and_broken_ones_told(photos, tmp_path):
    paths = sorted(photos.rglob("*.png"))[:3]
    pixels, broken = prepare_images([paths[0], tmp_path / "none.png", paths[2]], SQUASHED)
    assert broken == {1: f"Cannot read '{tmp_path / 'none.png'}': No such file or directory."}
    assert np.array_equal(pixels[0], prepare_image(paths[0], SQUASHED))
    assert not pixels[1].any()
    assert np.array_equal(pixels[2], prepare_image(paths[2], SQUASHED))
