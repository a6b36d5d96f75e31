import os
from pathlib import Path

import pytest
from PIL import Image

from skipcat.data.dataset import open_dataset
from skipcat.data.folders import readable
from skipcat.errors import DataError
from skipcat.files import is_file, is_folder


def fill(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".jpg", ".png", ".JPG"):
            Image.new("RGB", (2, 2)).save(path, "PNG")
        else:
            path.write_text("not an image")


def refuse(data):
    with pytest.raises(DataError) as caught:
        open_dataset(data)
    return str(caught.value)


def test_folders_are_classes_and_what_lies_below_belongs_to_them(tmp_path):
    fill(tmp_path, "dog/1.jpg", "cat/b.JPG", "cat/a.jpg", "cat/deep/er/c.png")
    dataset = open_dataset(tmp_path)
    assert dataset.name == tmp_path.name
    assert dataset.classes == ("cat", "dog")
    assert dataset.names == ["cat/a.jpg", "cat/b.JPG", "cat/deep/er/c.png", "dog/1.jpg"]
    assert dataset.labels.tolist() == [0, 0, 0, 1]
    assert [str(p.relative_to(tmp_path).as_posix()) for p in dataset.images] == dataset.names
    assert dataset.parts == [""] * 4
    assert dataset.left_out == {}


def test_what_is_left_out_is_counted_and_named(tmp_path):
    fill(tmp_path, "cat/a.jpg", "dog/b.jpg", "cat/notes.txt", "loose.jpg", "bird/readme.md")
    fill(tmp_path, "cat/.hidden.jpg", "cat/Thumbs.db", ".git/x.jpg")
    assert open_dataset(tmp_path).left_out == {
        "no image by its name": ("bird/readme.md", "cat/notes.txt"),
        "a class folder without images": ("bird/",),
        "an image outside the class folders": ("loose.jpg",),
    }


@pytest.mark.parametrize("validation", ["val", "valid", "Validation"])
def test_the_users_own_parts_are_taken(tmp_path, validation):
    fill(
        tmp_path, "train/cat/1.jpg", "train/dog/2.jpg", f"{validation}/cat/3.jpg", "test/dog/4.jpg"
    )
    dataset = open_dataset(tmp_path)
    assert dataset.classes == ("cat", "dog")
    assert dict(zip(dataset.names, dataset.parts, strict=True)) == {
        "train/cat/1.jpg": "train",
        "train/dog/2.jpg": "train",
        f"{validation}/cat/3.jpg": "validation",
        "test/dog/4.jpg": "test",
    }


def test_train_and_test_without_validation(tmp_path):
    fill(tmp_path, "train/cat/1.jpg", "train/dog/2.jpg", "test/dog/4.jpg")
    assert sorted(open_dataset(tmp_path).parts) == ["test", "train", "train"]


def test_unlabelled_test_images_are_left_out_and_do_not_become_a_class(tmp_path):
    fill(tmp_path, "train/cat/1.jpg", "train/dog/2.jpg", "test/3.jpg", "test/4.jpg", "other/5.jpg")
    dataset = open_dataset(tmp_path)
    assert dataset.classes == ("cat", "dog")
    assert dataset.left_out == {
        "a folder beside train/, val/ and test/": ("other/",),
        "an image outside the class folders": ("test/3.jpg", "test/4.jpg"),
    }


def test_an_empty_validation_folder_changes_nothing(tmp_path):
    fill(tmp_path, "train/cat/1.jpg", "train/dog/2.jpg")
    (tmp_path / "val").mkdir()
    assert open_dataset(tmp_path).parts == ["train", "train"]


def test_a_class_may_be_called_train(tmp_path):
    fill(tmp_path, "train/1.jpg", "plane/2.jpg", "test/3.jpg")
    assert open_dataset(tmp_path).classes == ("plane", "test", "train")
    assert open_dataset(tmp_path).parts == ["", "", ""]


def test_test_alone_is_a_class_and_a_folder_of_test_images_stands_for_itself(tmp_path):
    fill(tmp_path, "all/test/cat/1.jpg", "all/test/dog/2.jpg")
    assert open_dataset(tmp_path / "all" / "test").classes == ("cat", "dog")


def test_links_are_followed_once_and_never_into_another_class(tmp_path):
    fill(tmp_path, "data/cat/1.jpg", "data/dog/2.jpg", "outside/3.jpg")
    (tmp_path / "data/cat/loop").symlink_to(tmp_path / "data/cat")
    (tmp_path / "data/cat/up").symlink_to(tmp_path / "data")
    (tmp_path / "data/cat/friend").symlink_to(tmp_path / "data/dog")
    (tmp_path / "data/cat/more").symlink_to(tmp_path / "outside")
    (tmp_path / "data/dog/broken.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert open_dataset(tmp_path / "data").names == [
        "cat/1.jpg",
        "cat/more/3.jpg",
        "dog/2.jpg",
        "dog/broken.jpg",
    ]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has names that are no text")
def test_names_that_are_no_text_are_readable(tmp_path):
    fill(tmp_path, "cat/1.jpg", "dog/2.jpg")
    raw = os.fsencode(tmp_path) + b"/cat/\xff\n.jpg"
    with open(raw, "wb") as file:  # noqa: PTH123
        file.write((tmp_path / "cat/1.jpg").read_bytes())
    assert open_dataset(tmp_path).names == ["cat/1.jpg", "cat/\\xff\n.jpg", "dog/2.jpg"]
    assert readable("花 .jpg") == "花 .jpg"


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    fill(tmp_path, "cat/1.jpg", "cat/shut/2.jpg", "dog/3.jpg")
    scandir = os.scandir

    def refuse_shut(path):  # root may read everything, so permissions alone would test nothing
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse_shut)
    assert open_dataset(tmp_path).left_out == {
        "a folder that cannot be read": (f"{tmp_path / 'cat' / 'shut'}/: Permission denied",)
    }


def test_folders_without_classes_or_images_are_told(tmp_path):
    shape = "one folder per class is needed, with that class's images in it"
    assert refuse(tmp_path) == f"'{tmp_path}' is empty; {shape}."
    (tmp_path / "cat").mkdir()
    (tmp_path / "dog").mkdir()
    assert refuse(tmp_path) == f"'{tmp_path}' has 2 folders but no images in them; {shape}."
    fill(tmp_path, "1.jpg", "2.jpg")
    assert refuse(tmp_path) == f"'{tmp_path}' holds 2 images but no class folders; {shape}."


def test_names_that_nothing_can_have_are_not_there():
    for name in ("x" * 5000, "a\0b"):
        assert not is_file(Path(name))
        assert not is_folder(Path(name))
