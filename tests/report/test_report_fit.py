import numpy as np
import pytest
from PIL import Image

import skipcat
from skipcat.evaluation.intervals import wilson_interval
from skipcat.report.fit import describe_fit
from skipcat.report.render import render_fit_page
from trainings import train_unsaved

HOSTILE = ('<script>alert("x")</script>', "a & b", "'; rm -rf ~")


def finish(data, out, **recipe):
    recipe = skipcat.Recipe(**{"epochs": 1, "batch": 16, **recipe})
    return train_unsaved(
        data, "resnet_cifar8", recipe=recipe, out=out, resume=False, pretrained=None
    )


@pytest.fixture
def page(photos, tmp_path):
    (photos / "red" / "00.png").write_bytes(b"")
    for colour, hostile in zip(("blue", "green", "red"), HOSTILE, strict=True):
        (photos / colour).rename(photos / hostile.replace("/", "|"))
    trained = finish(photos, tmp_path / "a 'b\" c", image_px=32)
    return describe_fit(trained, reason="Because.", seconds=12.5, notes=("A note.",)), trained


def test_the_page_tells_what_was_done(page):
    shown, trained = page
    assert shown.title == "photos"
    assert shown.network == "resnet_cifar8"
    assert (shown.reason, shown.seconds) == ("Because.", 12.5)
    assert shown.notes[0] == "A note."
    counts = np.array(list(shown.data.values()))
    split = trained.prepared.split
    assert counts.sum(0).tolist() == [len(split.train), len(split.validation), len(split.test)]
    assert counts.sum() == 35
    assert shown.left_out == trained.prepared.left_out
    assert shown.test is trained.classifier.evaluation
    assert shown.machine["device"] == "cpu"
    assert len(shown.history) == 1
    assert shown.plan[0].startswith("1 epoch, images at 32 px; the stem shrinks an image by ")


def test_pictures_are_of_held_out_images_and_fit_their_answers(page):
    shown, trained = page
    held = {trained.prepared.dataset.names[row] for row in trained.held_rows}
    assert 0 < len(shown.answered) <= len(held)
    assert {one.picture.caption for one in shown.answered} <= held
    wrong = [one for one in shown.answered if not one.right]
    assert len(shown.mistakes) == trained.classifier.evaluation.images - (
        trained.classifier.evaluation.correct
    )
    assert {one.picture.caption for one in wrong} == {one.picture.caption for one in shown.mistakes}
    confidences = [one.probability for one in shown.mistakes]
    assert confidences == sorted(confidences, reverse=True)
    for before, after in shown.preprocessing:
        assert after.pixels.shape == (32, 32, 3)
        assert before.pixels.shape != after.pixels.shape


def test_confused_classes_are_those_of_the_confusion_matrix_with_their_pictures(page):
    shown, trained = page
    evaluation = trained.classifier.evaluation
    places = {name: i for i, name in enumerate(evaluation.classes)}
    assert sum(pair.images for pair in shown.confused) == evaluation.images - evaluation.correct
    counts = [pair.images for pair in shown.confused]
    assert counts == sorted(counts, reverse=True)
    for pair in shown.confused:
        assert pair.of == sum(evaluation.per_class[name].images for name in pair.names)
        assert pair.interval == wilson_interval(pair.images, pair.of)
        assert pair.images == sum(way.images for way in pair.ways)
        for way in pair.ways:
            assert {way.true, way.predicted} == set(pair.names)
            assert way.images == evaluation.confusion[places[way.true], places[way.predicted]] > 0
            assert 0 < len(way.pictures) == min(way.images, 6)
            assert {(p.true, p.predicted) for p in way.pictures} == {(way.true, way.predicted)}
            sure = [picture.probability for picture in way.pictures]
            assert sure == sorted(sure, reverse=True)
            assert max(max(p.picture.pixels.shape) for p in way.pictures) <= 160


def test_many_confusions_keep_the_page_small(flowers_like, tmp_path):
    """A network that has learnt nothing, large photographs, more classes than are shown."""
    trained = finish(flowers_like, tmp_path / "run", epochs=1, image_px=16, test=0.6)
    shown = describe_fit(trained, reason="", seconds=1)
    assert len(shown.confused) == 5
    assert max(len(way.pictures) for pair in shown.confused for way in pair.ways) == 6
    assert len(render_fit_page(shown)) < 2_500_000


@pytest.fixture
def flowers_like(tmp_path):
    """Give six classes of twenty pictures of 300 px, all much alike."""
    generator = np.random.default_rng(0)
    for number in range(120):
        place = tmp_path / "many" / f"class {number % 6}"
        place.mkdir(parents=True, exist_ok=True)
        small = generator.integers(0, 256, (12, 12, 3), dtype=np.uint8)
        Image.fromarray(small).resize((300, 300)).save(place / f"{number}.jpg")
    return tmp_path / "many"


def test_commands_can_be_pasted_whatever_the_folder_is_called(page):
    commands = dict(page[0].commands)
    assert commands["Name what a picture shows"] == ("skipcat predict 'a '\"'\"'b\" c' photo.jpg")
    assert commands["Use it in Python"] == (
        'import skipcat; skipcat.load("a \'b\\" c").predict(["photo.jpg"])'
    )


def test_hostile_names_stay_text(page):
    html = render_fit_page(page[0])
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_equal_runs_give_equal_pages_but_for_times(digits, tmp_path):
    pages = []
    for name in ("a", "b"):
        trained = finish(digits, tmp_path / name / "run", epochs=1)
        history = tuple({**row, "images_per_second": 1, "seconds": 1} for row in trained.history)
        object.__setattr__(trained, "history", history)
        pages.append(render_fit_page(describe_fit(trained, reason="", seconds=1)))
    assert pages[0] == pages[1]


def test_without_a_test_part_the_page_says_so(digits, tmp_path):
    trained = finish(digits, tmp_path / "run", validation=0, test=0)
    shown = describe_fit(trained, reason="", seconds=1)
    assert shown.test is None
    assert shown.validation is None
    assert "nobody knows yet" in render_fit_page(shown)


@pytest.mark.parametrize(
    ("validation", "said"),
    [
        (0.1, "24 validation images are too few to calibrate the probabilities by, 30 would do: "
         "they are shown as the network gives them."),
        (0.2, ""),
        (0, ""),
    ],
)  # fmt: skip
def test_where_images_are_too_few_to_calibrate_the_page_says_so(validation, said, digits, tmp_path):
    trained = finish(digits, tmp_path / "run", validation=validation)
    html = render_fit_page(describe_fit(trained, reason="", seconds=1))
    assert ("too few to calibrate" in html) == bool(said)
    assert said in html
    assert (trained.classifier.temperature == 1.0) == (validation < 0.2)
