import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from report.test_report_fit import finish
from report.test_report_page import check, picture
from skipcat.explanation.explain import explain
from skipcat.report.explain import render_explanations
from skipcat.report.explained_images import explain_answers, show_images
from skipcat.report.fit import describe_fit
from skipcat.report.page import AnsweredPicture, FitPage, Picture
from skipcat.report.render import render_fit_page
from skipcat.report.thumbnails import find_source, show_photo, show_prepared, shows_more

RECALLED = (
    "The files of some pictures could not be read again when this page was made; the small copies "
    "that the training kept of them are shown instead."
)
SECRET = b"Made at home"
TURNED = 6  # a camera held upright: 300x200 as it is stored, 200x300 as it is seen


def save_photograph(path, colour, number):
    """Write a photograph with all that a telephone writes into one, lying on its side."""
    noise = np.random.default_rng(number).integers(-60, 60, (20, 30, 3))
    pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
    pixels[:, :3] = 255  # a white stripe on the left, and on top once it is turned
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = TURNED
    exif[ExifTags.Base.Make] = SECRET.decode()
    places = exif.get_ifd(ExifTags.IFD.GPSInfo)
    places[ExifTags.GPS.GPSLatitudeRef] = "N"
    places[ExifTags.GPS.GPSLatitude] = (48.0, 51.0, 29.0)
    places[ExifTags.GPS.GPSAreaInformation] = SECRET
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.fromarray(pixels).resize((300, 200), Image.Resampling.NEAREST)
    image.save(
        path, quality=90, exif=exif, comment=SECRET, icc_profile=profile,
        xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>",
    )  # fmt: skip
    assert path.read_bytes().count(SECRET) == 4


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    """Give the folder of two classes that look alike, and a training of one epoch on them."""
    folder = tmp_path_factory.mktemp("album") / "photographs"
    for number in range(30):
        place = folder / ("left", "right")[number % 2] / f"{number:02d}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        save_photograph(place, (120, 110, 100), number)
    return folder, finish(folder, folder.parent / "run", image_px=16, test=0.4)


@pytest.fixture
def gone(album):
    """Give the training with every file away for the test."""
    folder, trained = album
    away = folder.rename(folder.with_name("away"))
    yield trained
    away.rename(folder)


def list_pictures(html):
    found = re.findall(r"data:image/(?:png|jpeg);base64,([^\"]+)", html)
    return [base64.b64decode(one) for one in found]


def test_photographs_come_from_their_files_whole_and_upright(album):
    _, trained = album
    page = describe_fit(trained, reason="", seconds=1)
    assert page.mistakes  # the classes look alike
    for one in (*page.answered, *page.mistakes):
        assert one.picture.pixels.shape == (224, 149, 3)
        assert one.picture.pixels[:10].mean() > 240  # the stripe is on top
    assert [one.seen.pixels.shape for one in page.mistakes] == [(16, 16, 3)] * len(page.mistakes)
    assert [one.seen for one in page.answered] == [None] * len(page.answered)
    for pair in page.confused:
        assert {one.picture.pixels.shape for one in pair.pictures} == {(160, 107, 3)}
    assert RECALLED not in page.notes
    text = check(render_fit_page(page))
    assert (
        "The small picture beside each is all that reached the network: 16 by 16 pixels. What you "
        "cannot see in it, it could not see."
    ) in text


def test_nothing_of_a_photograph_but_its_pixels_enters_a_page(album):
    folder, trained = album
    explained = explain(trained.classifier, sorted(folder.rglob("*.jpg"))[:2])
    for html in (
        render_fit_page(describe_fit(trained, reason="", seconds=1)),
        render_explanations(explained),
    ):
        assert SECRET.decode() not in html
        pictures = list_pictures(html)
        assert pictures
        for data in pictures:
            assert SECRET not in data
            with Image.open(io.BytesIO(data)) as image:
                assert not image.getexif()
                assert not {"exif", "icc_profile", "xmp", "comment"} & image.info.keys()


def test_where_files_are_gone_the_page_shows_what_was_kept_and_says_so(gone):
    page = describe_fit(gone, reason="", seconds=1)
    assert page.notes[-1] == RECALLED
    for one in (*page.answered, *page.mistakes):
        assert one.seen is None
        assert one.picture.recalled
        height, width = one.picture.pixels.shape[:2]
        assert (height, width) == (gone.prepared.decoded.pixels.shape[-1], round(height * 2 / 3))
        assert one.picture.pixels[0].mean() > 200
    assert RECALLED in check(render_fit_page(page))


def test_where_files_are_gone_what_was_kept_is_explained(album, gone):
    explained, _ = explain_answers(gone, 3600)
    assert explained
    for one in explained:
        assert isinstance(one.source, Image.Image)
        assert one.pixels[:, 0].mean() > 200  # the stripe: not an empty picture


def test_a_file_that_is_there_is_its_own_source(album):
    folder, trained = album
    assert find_source(trained.prepared, 0) == folder / "left" / "00.jpg"


def test_explained_pictures_are_shown_as_they_are_and_as_they_were_seen(album):
    folder, trained = album
    found = explain(trained.classifier, [folder / "left" / "00.jpg"])
    shown = show_images(found.explanations)[0]
    assert shown.photo.pixels.shape == (224, 149, 3)
    assert shown.seen.pixels.shape == (16, 16, 3)
    assert "What it saw 16 by 16 pixels" in check(render_explanations(found))
    missing = replace(found.explanations[0], source=folder / "gone.jpg")
    assert show_images([missing])[0].photo is None


def test_pictures_that_reach_the_network_as_they_are_stand_alone(digits, tmp_path):
    trained = finish(digits, tmp_path / "run", epochs=1)
    page = describe_fit(trained, reason="", seconds=1)
    assert page.mistakes
    assert {one.seen for one in page.mistakes} == {None}
    found = explain(trained.classifier, [digits[0][0]])
    assert show_images(found.explanations)[0].photo is None


def test_a_grey_network_is_shown_the_photograph_in_colour(digits, album, tmp_path):
    folder, _ = album
    trained = finish(digits, tmp_path / "run", epochs=1)
    found = explain(trained.classifier, [folder / "left" / "00.jpg"])
    shown = show_images(found.explanations)[0]
    assert shown.photo.pixels.shape == (224, 149, 3)
    assert shown.seen.pixels.shape == (8, 8)


@pytest.mark.parametrize(
    ("photo", "seen", "more"),
    [
        ((224, 224, 3), (224, 224, 3), False),
        ((224, 224, 3), (299, 299, 3), False),
        ((224, 224, 3), (128, 128, 3), True),
        ((224, 150, 3), (224, 224, 3), True),
        ((8, 8, 3), (8, 8), False),
        ((8, 8), (8, 8), False),
    ],
)
def test_a_photograph_is_shown_beside_what_was_seen_where_it_shows_more(photo, seen, more):
    photo, seen = (Picture(np.zeros(shape, np.uint8)) for shape in (photo, seen))
    assert shows_more(photo, seen) == more


def test_a_photograph_is_never_enlarged(album):
    folder, trained = album
    assert show_photo(folder / "left" / "00.jpg", px=1000).pixels.shape == (300, 200, 3)
    assert show_prepared(trained.prepared, 0, px=50).pixels.shape == (50, 33, 3)


def test_a_page_of_many_photographs_stays_small():
    """Pure noise, which no encoder makes small: eighteen and thirty-six of the largest shown."""
    draw = np.random.default_rng(0)

    def answer():
        pixels = draw.integers(0, 256, (224, 224, 3), dtype=np.uint8)
        return AnsweredPicture(replace(picture(), pixels=pixels), "a", "b", 0.5)

    page = FitPage(
        title="x", network="y",
        answered=tuple(answer() for _ in range(18)), mistakes=tuple(answer() for _ in range(36)),
    )  # fmt: skip
    assert len(render_fit_page(page)) < 2_000_000
