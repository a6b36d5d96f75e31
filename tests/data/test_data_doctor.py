import errno
import io
import json
import os
import struct
import unicodedata
import zlib
from pathlib import Path
from stat import S_ISREG

import numpy as np
import pytest
from PIL import Image

import skipcat
from skipcat.data import cache
from skipcat.data.cache import decode_dataset
from skipcat.data.dataset import exclude_images, open_dataset
from skipcat.data.doctor.check import check, examine_decoded
from skipcat.data.doctor.exclusion_list import list_exclusions
from skipcat.data.doctor.findings import SEVERITIES, shorten
from skipcat.data.doctor.kinds import KINDS, OF_REASONS
from skipcat.data.doctor.unreadable import name_fault
from skipcat.data.exclusion import escape_name, unescape_name
from skipcat.data.splits import split_dataset
from skipcat.errors import DataError


def photo(seed, size=(160, 120)):
    """Draw something as uneven as a photograph: soft shapes of many sizes."""
    draw = np.random.default_rng(seed)
    layers = [
        np.asarray(
            Image.fromarray(draw.integers(0, 256, (n, n, 3), dtype=np.uint8)).resize(
                size, Image.Resampling.BICUBIC
            ),
            np.float32,
        )
        for n in (3, 6, 12, 40)
    ]
    mixed = np.average(layers, axis=0, weights=[5, 4, 2, 1])
    return Image.fromarray(np.clip((mixed - 128) * 2 + 128, 0, 255).astype(np.uint8))


def jpeg(image, quality=90, **more):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, **more)
    return file.getvalue()


def encoded(image, kind, **more):
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def sound(folder, count=8, classes=("cat", "dog")):
    """Write `count` different photographs of each class."""
    for number, label in enumerate(classes):
        write(folder, {f"{label}/{i}.jpg": jpeg(photo(100 * number + i)) for i in range(count)})


def state(folder):
    """Give content, size and time of every file, links and folders included."""
    found = {}
    for here, _, files in os.walk(folder):
        for name in files:
            path = Path(here) / name
            status = path.lstat()
            content = path.read_bytes() if S_ISREG(status.st_mode) else b""
            found[path] = (content, status.st_mtime_ns, status.st_mode, status.st_size)
    return found


def bomb():
    """Give a PNG that claims 40,000 x 40,000 pixels in a hundred bytes."""
    content = bytearray(encoded(Image.new("L", (1, 1)), "PNG"))
    content[16:24] = struct.pack(">II", 40_000, 40_000)
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    return bytes(content)


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    """Hold every kind of broken and odd file among sound ones."""
    folder = tmp_path_factory.mktemp("zoo")
    sound(folder)
    wide = encoded(photo(201), "PNG")
    deep = Image.fromarray((np.arange(160 * 120).reshape(120, 160) * 3).astype(np.uint16))
    frames = [photo(i, (80, 60)).convert("P") for i in (250, 251)]
    exif = Image.Exif()
    exif[0x0112] = 6
    clear = photo(255).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    write(
        folder,
        {
            "cat/zero.jpg": b"",
            "cat/cut.jpg": jpeg(photo(202))[:-900],
            "cat/cut.png": wide[: len(wide) // 2],
            "cat/page.jpg": b"\n<!DOCTYPE html><html><body>Not found</body></html>",
            "cat/movie.jpg": b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 64,
            "cat/heic.jpg": b"\x00\x00\x00\x18ftypheic" + b"\x00" * 64,
            "cat/text.png": b"hello, this is text\n",
            "cat/damaged.png": wide[:5000] + bytes(200) + wide[5200:],
            "cat/bomb.png": bomb(),
            "cat/notes.txt": b"not an image",
            "cat/really_png.jpg": encoded(photo(203), "PNG"),
            "dog/grey.jpg": jpeg(photo(204).convert("L")),
            "dog/grey_as_rgb.png": encoded(photo(241).convert("L").convert("RGB"), "PNG"),
            "dog/palette.png": encoded(photo(205).convert("P"), "PNG"),
            "dog/clear.png": encoded(clear, "PNG"),
            "dog/print.jpg": jpeg(photo(206).convert("CMYK")),
            "dog/deep.png": encoded(deep, "PNG"),
            "dog/moving.gif": encoded(
                frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50
            ),
            "dog/turned.jpg": jpeg(photo(207), exif=exif.tobytes()),
            "dog/tiny.png": encoded(photo(208, (9, 9)), "PNG"),
            "dog/long.png": encoded(photo(209, (700, 70)), "PNG"),
            "dog/blank.png": encoded(Image.new("RGB", (160, 120), "white"), "PNG"),
            "loose.jpg": jpeg(photo(210)),
            "one/only.jpg": jpeg(photo(211)),
            "dog/two\nlines.jpg": jpeg(photo(212)),
            "dog/end .jpg": jpeg(photo(213)),
            "dog/ start.jpg": jpeg(photo(214)),
            f"dog/{'l' * 210}.jpg": jpeg(photo(215)),
            f"dog/{unicodedata.normalize('NFC', 'café')}.jpg": jpeg(photo(216)),
            f"dog/{unicodedata.normalize('NFD', 'café')}.jpg": jpeg(photo(217)),
            "dog/Upper.jpg": jpeg(photo(218)),
            "dog/upper.jpg": jpeg(photo(219)),
        },
    )
    (folder / "none").mkdir()
    (folder / "cat/gone.jpg").symlink_to(folder / "nowhere.jpg")
    (folder / "cat/circle.jpg").symlink_to("circle.jpg")
    (folder / "cat/up").symlink_to(folder)
    os.mkfifo(folder / "cat/pipe.jpg")
    return folder


EXPECTED = {
    "zero-bytes": {"cat/zero.jpg"},
    "truncated": {"cat/cut.jpg", "cat/cut.png"},
    "damaged": {"cat/damaged.png"},
    "web-page": {"cat/page.jpg"},
    "no-image": {"cat/movie.jpg", "cat/heic.jpg", "cat/text.png"},
    "too-many-pixels": {"cat/bomb.png"},
    "broken-link": {"cat/gone.jpg"},
    "link-loop": {"cat/circle.jpg"},
    "no-file": {"cat/pipe.jpg"},
    "no-image-name": {"cat/notes.txt"},
    "outside": {"loose.jpg"},
    "wrong-suffix": {"cat/really_png.jpg"},
    "grey": {"dog/grey.jpg", "dog/grey_as_rgb.png", "dog/deep.png", "dog/blank.png"},
    "palette": {"dog/palette.png", "dog/moving.gif"},
    "transparent": {"dog/clear.png"},
    "cmyk": {"dog/print.jpg"},
    "deep": {"dog/deep.png"},
    "animated": {"dog/moving.gif"},
    "turned": {"dog/turned.jpg"},
    "tiny": {"dog/tiny.png"},
    "extreme-aspect": {"dog/long.png"},
    "blank": {"dog/blank.png"},
    "empty-class": {"none/"},
    "one-image-class": {"one"},
    "imbalance": {"one"},
    "odd-name": {
        "dog/two\nlines.jpg",
        "dog/end .jpg",
        "dog/ start.jpg",
        f"dog/{'l' * 210}.jpg",
    },
    "name-clash": {
        unicodedata.normalize("NFC", "dog/café.jpg"),
        unicodedata.normalize("NFD", "dog/café.jpg"),
        "dog/Upper.jpg",
        "dog/upper.jpg",
    },
}


def test_every_kind_of_broken_and_odd_file_is_named(zoo):
    before = state(zoo)
    checkup = check(zoo)
    assert {one.kind: set(one.names) for one in checkup.findings} == EXPECTED
    assert state(zoo) == before


def test_what_is_used_and_what_is_not_add_up(zoo):
    checkup = check(zoo)
    broken = EXPECTED["zero-bytes"] | EXPECTED["truncated"] | EXPECTED["damaged"]
    broken |= EXPECTED["web-page"] | EXPECTED["no-image"] | EXPECTED["too-many-pixels"]
    broken |= EXPECTED["broken-link"] | EXPECTED["link-loop"] | EXPECTED["no-file"]
    assert set(checkup.not_used["cannot be read"]) == broken
    assert checkup.images == checkup.used + len(broken)


def test_a_look_decides_as_training_does(zoo):
    dataset = open_dataset(zoo)
    decoded = decode_dataset(dataset, 40, 3)
    checkup, _ = examine_decoded(dataset, decoded)
    quick = check(dataset)
    assert checkup.not_used == quick.not_used
    assert checkup.counts == quick.counts
    assert [one.kind for one in checkup.findings] == [one.kind for one in quick.findings]


def test_details_say_what_a_kind_leaves_open(zoo):
    details = {n: w for one in check(zoo).findings for n, w in one.details.items()}
    assert details["cat/heic.jpg"] == "a HEIC photograph"
    assert details["cat/movie.jpg"] == "a video"
    assert details["cat/text.png"] == "text"
    assert details["cat/really_png.jpg"] == "it is PNG"
    assert details["dog/tiny.png"] == "9x9"
    assert details["dog/end .jpg"] != details["dog/two\nlines.jpg"]


def test_its_text_fits_80_columns_and_its_json_is_json(zoo):
    checkup = check(zoo)
    lines = str(checkup).splitlines()
    assert max(len(line) for line in lines) <= 80
    assert all(line.isprintable() for line in lines)
    for one in checkup.findings:
        assert one.title in str(checkup)
    assert json.loads(json.dumps(checkup.to_dict()))["used"] == checkup.used


def test_permissions_are_told_even_where_tests_run_as_root(tmp_path, monkeypatch):
    sound(tmp_path, 3)
    real = cache.images.read_bytes

    def refuse(path):
        if path.name == "1.jpg":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    monkeypatch.setattr(cache.images, "read_bytes", refuse)
    checkup = check(tmp_path)
    assert set(checkup.not_used["cannot be read"]) == {"cat/1.jpg", "dog/1.jpg"}

    class Locked(type(tmp_path)):
        def open(self, *_, **__):
            raise PermissionError(errno.EACCES, "Permission denied")

    locked = Locked(tmp_path / "cat/1.jpg")
    assert name_fault(locked, "any") == ("no-permission", "Permission denied")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_worded(kind):
    assert KINDS[kind].severity in SEVERITIES
    assert KINDS[kind].words.endswith(".")
    assert len(KINDS[kind].title) <= 60


def test_reasons_lead_to_kinds():
    assert set(OF_REASONS.values()) <= set(KINDS)


def test_nothing_odd_is_said_plainly(tmp_path):
    sound(tmp_path, 5)
    checkup = check(tmp_path)
    assert checkup.findings == ()
    name = tmp_path.name
    assert str(checkup).endswith(
        "10 images in 2 classes; 10 would be used.\n\nNothing odd was found."
    )
    assert shorten(name, 20) in str(checkup)
    assert checkup.summarise() == "10 images checked: nothing stands in the way."


COPIES = {
    "exact": jpeg,
    "encoded at another quality": lambda image: jpeg(image, 40),
    "halved": lambda image: jpeg(image.resize((80, 60), Image.Resampling.LANCZOS)),
    "as PNG": lambda image: encoded(image, "PNG"),
    "a little brighter": lambda image: jpeg(image.point(lambda v: min(255, int(v * 1.06)))),
}


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_across_train_and_test_is_found_and_kept_out_of_training(tmp_path, how):
    sound(tmp_path / "train", 12)
    write(tmp_path, {f"test/cat/t{i}.jpg": jpeg(photo(500 + i)) for i in range(3)})
    write(tmp_path, {f"test/dog/t{i}.jpg": jpeg(photo(600 + i)) for i in range(3)})
    suffix = ".png" if how == "as PNG" else ".jpg"
    write(tmp_path, {f"train/cat/copy{suffix}": COPIES[how](photo(501))})
    checkup = check(tmp_path)
    kind = "exact-across-parts" if how == "exact" else "near-across-parts"
    pair = ("test/cat/t1.jpg", f"train/cat/copy{suffix}")
    assert [one.groups for one in checkup.findings if one.kind == kind] == [(pair,)]
    assert checkup.not_used == {"also in the validation or test part": (pair[1],)}
    assert [one.kind for one in checkup.findings] == ["leak", kind]

    dataset = open_dataset(tmp_path)
    decoded = decode_dataset(dataset, 48, 3)
    _, keys = examine_decoded(dataset, decoded)
    split = split_dataset(dataset, decoded.rows, keys)
    assert split.left_out == checkup.not_used
    assert dataset.names.index(pair[1]) not in split.train


def test_copies_across_classes_and_within_one_are_told_apart(tmp_path):
    sound(tmp_path, 12)
    write(
        tmp_path,
        {
            "dog/cat3.jpg": jpeg(photo(3)),
            "dog/cat4.jpg": jpeg(photo(4), 50),
            "cat/cat5.jpg": jpeg(photo(5)),
            "cat/cat6.jpg": jpeg(photo(6), 50),
        },
    )
    groups = {one.kind: one.groups for one in check(tmp_path).findings}
    assert groups == {
        "exact-across-classes": (("cat/3.jpg", "dog/cat3.jpg"),),
        "near-across-classes": (("cat/4.jpg", "dog/cat4.jpg"),),
        "exact-duplicate": (("cat/5.jpg", "cat/cat5.jpg"),),
        "near-duplicate": (("cat/6.jpg", "cat/cat6.jpg"),),
    }


def test_near_duplicates_stay_on_one_side_of_every_split(tmp_path):
    sound(tmp_path, 20)
    write(tmp_path, {f"cat/again{i}.jpg": jpeg(photo(i), 45) for i in range(20)})
    dataset = open_dataset(tmp_path)
    decoded = decode_dataset(dataset, 48, 3)
    _, keys = examine_decoded(dataset, decoded)
    assert len(set(keys)) == 40
    for seed in range(20):
        split = split_dataset(dataset, decoded.rows, keys, validation=0.2, test=0.2, seed=seed)
        sides = [
            {keys[row] for row in part} for part in (split.train, split.validation, split.test)
        ]
        assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
        assert len(split.validation) == len(split.test) == 12
    # Without keys the same split would tear pairs apart.
    torn = split_dataset(dataset, decoded.rows, decoded.hashes, validation=0.2, test=0.2)
    assert {keys[row] for row in torn.train} & {keys[row] for row in torn.test}


def test_similar_images_of_different_things_are_not_flagged():
    checkup = check("digits")
    flagged = {n for one in checkup.findings if "duplicate" in one.kind for n in one.names}
    assert len(flagged) < 0.01 * 1797


def test_different_photographs_are_not_flagged(tmp_path):
    sound(tmp_path, 60)
    assert check(tmp_path).findings == ()


def test_arrays_are_checked_as_files_are():
    images = np.stack([np.asarray(photo(i, (32, 32))) for i in range(10)])
    images[7] = images[2]
    images[9] = 200
    checkup = check((images, np.arange(10) % 2))
    groups = {one.kind: one.groups or one.names for one in checkup.findings}
    assert groups == {
        "exact-across-classes": (("images[2]", "images[7]"),),
        "grey": ("images[9]",),
        "blank": ("images[9]",),
    }


def test_classes_that_training_lacks_are_named(tmp_path):
    sound(tmp_path / "train", 3)
    sound(tmp_path / "test", 2, classes=("cat", "cow"))
    kinds = {one.kind: one.names for one in check(tmp_path).findings}
    assert kinds["untrained-class"] == ("cow",)


def test_one_class_is_told(tmp_path):
    sound(tmp_path, 3, classes=("cat",))
    assert check(tmp_path).find("one-class") == ("cat",)


def test_a_list_excludes_what_it_names_and_survives_odd_names(zoo, tmp_path):
    checkup = check(zoo)
    file = tmp_path / "list.txt"
    listed = list_exclusions(checkup, open_dataset(zoo))
    assert listed.describe_spared() == ""
    file.write_text(listed.text, encoding="utf-8")
    again = check(zoo, exclude=file)
    assert "cat/cut.jpg" in again.not_used["excluded by you"]
    assert "dog/blank.png" in again.not_used["excluded by you"]
    assert "cannot be read" not in again.not_used
    assert again.used == checkup.used - 1

    file.write_text(f"# mine\n\n{escape_name(chr(10).join(['dog/two', 'lines.jpg']))}\r\n")
    one = open_dataset(zoo, exclude=file)
    assert one.left_out["excluded by you"] == ("dog/two\nlines.jpg",)
    assert "dog/two\nlines.jpg" not in one.names
    assert len(one) == checkup.images - 1


def test_a_list_leaves_every_class_an_image_to_train_on(tmp_path):
    """A class of copies, one that is blank, one of which only the test part is sound."""
    sound(tmp_path / "train", 3, classes=("cat", "dog"))
    sound(tmp_path / "test", 1, classes=("cat", "dog", "sky", "twin", "owl"))
    for name in ("sky", "twin", "owl"):
        (tmp_path / "train" / name).mkdir()
    for number in range(2):
        Image.new("RGB", (40, 40), "blue").save(tmp_path / f"train/sky/{number}.png")
    (tmp_path / "train/owl/empty.png").write_bytes(b"")
    copied = sorted((tmp_path / "train" / "cat").iterdir())[0]
    (tmp_path / "train/twin/copy.png").write_bytes(copied.read_bytes())
    dataset, checkup = open_dataset(tmp_path), check(tmp_path)
    listed = list_exclusions(checkup, dataset)
    assert listed.spared == ("owl", "sky", "twin")
    assert listed.describe_spared() == (
        "Every image to learn 'owl', 'sky', 'twin' from has a finding. A class needs at least one, "
        "so in the list these names stand behind a # and are not left out."
    )
    lines = listed.text.splitlines()
    assert "#train/twin/copy.png" in lines
    assert f"train/cat/{copied.name}" in lines
    assert "#train/owl/empty.png" in lines
    file = tmp_path.with_name("list.txt")
    file.write_text(listed.text, encoding="utf-8")
    again = open_dataset(tmp_path, exclude=file)
    assert again.classes == dataset.classes
    trained_on = {again.labels[row] for row, part in enumerate(again.parts) if part == "train"}
    assert len(trained_on) == 5


@pytest.mark.parametrize(
    "name", ["a.jpg", "#a", " a ", "a\nb", "a\\nb", "é\u202e\u2028", "\t", "\\", "\udc80", "a\r"]
)
def test_escaped_names_are_one_line_and_come_back(name):
    line = escape_name(name)
    line.encode("utf-8")
    assert len(line.splitlines()) == 1
    assert line == line.strip()
    assert not line.startswith("#")
    assert unescape_name(line) == name


def refusal(call):
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


def test_lists_that_do_not_fit_are_refused(tmp_path):
    sound(tmp_path / "pets", 2)
    data = open_dataset(tmp_path / "pets")
    file = tmp_path / "list.txt"
    file.write_text("cat/0.jpg\ncat/11.jpg\n")
    assert refusal(lambda: open_dataset(data, exclude=file)) == (
        f"The list '{file}' names an image that 'pets' does not hold: 'cat/11.jpg'. "
        "Did you mean 'cat/1.jpg'?"
    )
    assert refusal(lambda: exclude_images(data, ["x", "y"])) == (
        "The list names 2 images that 'pets' does not hold: 'x', 'y'."
    )
    file.write_text("cat\\0.jpg\n")
    assert refusal(lambda: open_dataset(data, exclude=file)) == (
        f"The list '{file}' is wrong in line 1: '\\0' is no escape; a backslash is written '\\\\'."
    )
    file.write_bytes(b"\xff\xfe\x00")
    assert refusal(lambda: open_dataset(data, exclude=file)) == (
        f"The list '{file}' is no text in UTF-8; one name a line is needed."
    )
    missing = tmp_path / "no.txt"
    assert refusal(lambda: open_dataset(data, exclude=missing)) == (
        f"Cannot read the list '{missing}': No such file or directory."
    )
    assert refusal(lambda: exclude_images(data, data.names)) == (
        "The list excludes every image of 'pets'; none is left to use."
    )


def test_the_public_names_are_there():
    assert skipcat.check is check
    assert skipcat.Checkup.__name__ == "Checkup"


@pytest.mark.parametrize("width", [5, 12, 40])
def test_shortened_names_keep_their_ends_and_fit(width):
    name = "folder/花花花花花花花花花花花花花/a very long name indeed.jpg"
    short = shorten(name, width)
    assert sum(2 if c in "花" else 1 for c in short) <= width
    assert short.count("…") == 1
    assert shorten("ok", width) == "ok"
    assert shorten("a\nb", width) == "a\N{REPLACEMENT CHARACTER}b"
