import json

import numpy as np
import pytest
from PIL import Image

import skipcat
from skipcat.errors import ClassifierError, DataError, NetworkError, RecipeError
from skipcat.explanation import sampling as sample
from skipcat.explanation.explain import is_data
from skipcat.explanation.heatmaps.result import average

ROWS = "conv1, conv2_x, conv3_x, conv4_x"


@pytest.fixture(scope="module")
def classifier(trained):
    return skipcat.load(trained)


@pytest.fixture(scope="module")
def of_data(classifier, digits):
    return skipcat.explain(classifier, digits, per_class=1, mistakes=2, features="conv2_x")


def test_images_are_explained_as_predict_answers_them(classifier, digits):
    images = list(digits[0][:2])
    found = skipcat.explain(classifier, images)
    assert [one.prediction for one in found.explanations] == classifier.predict(images)
    assert [sheet.kind for sheet in found.sheets] == ["images"]
    assert (found.row.name, found.row.grid, found.data) == ("conv3_x", (4, 4), "")
    for one in found.explanations:
        assert [m.method for m in one.maps] == ["Grad-CAM", "Occlusion"]
        assert one.classes == (one.prediction.label,)
        assert one.pixels.shape == (1, 8, 8)
        assert one.true is None
        for each in one.maps:
            assert each.values.shape == (8, 8)
            assert each.values.max() == (1 if each.faithfulness else 0)
        assert [m.module for m in one.shares] == ["conv2_x.0", "conv3_x.0", "conv4_x.0"]


def test_an_explanation_is_a_function_of_its_seed(classifier, digits):
    def figures(**settings):
        return skipcat.explain(classifier, list(digits[0][:1]), **settings).to_dict()

    assert figures() == figures()
    assert figures(seed=1) != figures()


def test_files_of_any_mode_are_explained(classifier, digits, tmp_path):
    grey = Image.fromarray(digits[0][0])
    for mode in ("RGBA", "P", "LA"):
        grey.convert(mode).save(tmp_path / f"{mode}.png")
    Image.fromarray(digits[0][0].astype(np.uint16) * 257).save(tmp_path / "16 bits.png")
    paths = sorted(tmp_path.iterdir())
    assert len(paths) == 4
    found = skipcat.explain(classifier, paths)
    assert [one.prediction.name for one in found.explanations] == [str(path) for path in paths]
    one = skipcat.explain(classifier, str(paths[0])).explanations
    assert [each.prediction.name for each in one] == [str(paths[0])]


def test_another_class_than_the_answer_is_explained(classifier, digits):
    found = skipcat.explain(classifier, list(digits[0][:1]), of_class="7").explanations[0]
    assert found.classes == ("7",)
    assert found.find_map("Grad-CAM", "7") is found.maps[0]


def test_of_data_every_class_and_the_surest_mistakes_have_a_sheet(of_data, classifier, digits):
    kinds = [sheet.kind for sheet in of_data.sheets]
    assert kinds == ["class"] * 10 + ["mistake"] * 2
    evaluation = classifier.evaluate(digits)
    assert of_data.judged == evaluation.images
    assert of_data.left_out == evaluation.left_out
    assert len(of_data.left_out["trained on"]) > 100
    surest = [(one.name, one.predicted) for one in evaluation.mistakes[:2]]
    mistakes = [sheet.explanations[0] for sheet in of_data.sheets[10:]]
    assert [(one.prediction.name, one.prediction.label) for one in mistakes] == surest
    for one in mistakes:
        assert one.classes == (one.prediction.label, one.true)
        assert len(one.maps) == 4
    for sheet, name in zip(of_data.sheets, classifier.classes, strict=False):
        assert sheet.title == name
        for one in sheet.explanations:
            assert one.true == one.prediction.label == name


def test_feature_maps_are_of_the_channels_with_the_greatest_mean(of_data):
    for one in of_data.explanations:
        features = one.features
        assert (features.row, features.maps.shape) == ("conv2_x", (16, 8, 8))
        means = features.maps.mean((1, 2))
        assert np.array_equal(means, np.sort(means)[::-1])


def test_a_class_without_pictures_or_right_answers_says_so(classifier, digits):
    images, labels = digits
    only = np.isin(labels, [0, 1])
    found = skipcat.explain(classifier, (images[only], labels[only]), per_class=1, mistakes=0)
    chosen = {sheet.title: sheet.chosen for sheet in found.sheets}
    assert chosen["7"] == "No picture that may judge is of this class."
    assert sample.say_right(0, 0, 5) == "Not one of the 5 pictures of this class was named right."
    assert found.sheets[7].explanations == ()
    assert found.sheets[7].mean_faithfulness("Grad-CAM") is None


def test_what_programs_get_is_json_without_pixels(of_data):
    told = json.loads(json.dumps(of_data.to_dict(), allow_nan=False))
    assert (told["row"], told["grid"], told["judged"]) == ("conv3_x", [4, 4], of_data.judged)
    assert set(told["faithfulness"]) == {"Grad-CAM", "Occlusion"}
    image = told["sheets"][10]["images"][0]
    assert set(image) == {
        "name", "answered", "probability", "true", "maps", "branches", "channels",
    }  # fmt: skip
    for one in image["maps"]:
        figures = one["faithfulness"]
        if figures:
            above = figures["insertion"] - figures["deletion"]
            random = figures["insertion_at_random"] - figures["deletion_at_random"]
            assert figures["difference"] == pytest.approx(above - random)
            assert figures["p_value"] == pytest.approx(1 - figures["beats"] / 20)


def test_the_mean_has_students_interval(of_data):
    ones = of_data.explanations
    mean = average(ones, "Occlusion")
    values = [one.find_map("Occlusion", one.classes[0]).faithfulness for one in ones]
    values = np.array([value.difference for value in values if value])
    assert mean.maps == len(values)
    assert mean.difference == pytest.approx(values.mean())
    low, high = mean.interval
    half = {3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228}[
        len(values) - 1
    ]
    half *= values.std(ddof=1) / len(values) ** 0.5
    assert (low, high) == pytest.approx((mean.difference - half, mean.difference + half), abs=1e-3)
    assert average(ones[:2], "Occlusion").interval is None
    assert average((), "Occlusion") is None


def test_right_answers_are_chosen_by_sureness_alone():
    probabilities = np.array([[p, 1 - p] for p in (0.9, 0.6, 0.8, 0.7, 0.99, 0.2)])
    labels = np.zeros(6, int)
    assert sample.take_right(probabilities, labels, 0, 2) == [4, 2]
    assert sample.take_right(probabilities, labels, 0, 3) == [4, 0, 2]
    assert sample.take_right(probabilities, labels, 0, 9) == [4, 0, 2, 3, 1]
    assert sample.take_right(probabilities, labels, 1, 9) == []
    assert sample.take_mistakes(probabilities, labels, 9) == [5]
    assert sample.say_right(2, 5, 6) == (
        "5 of 6 were named right; of the surer half of these, 2 at equal steps from the surest "
        "down. No map was looked at in choosing."
    )


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"of_class": "77"}, ClassifierError,
         "This classifier knows no class '77'. Did you mean '7'? It knows: 0, 1, 2, 3, 4, 5, 6, 7, "
         "…."),
        ({"row": "conv33_x"}, NetworkError,
         "resnet_cifar8 has no row 'conv33_x'. Did you mean 'conv3_x'? Its rows with a grid: "
         f"{ROWS}."),
        ({"features": "pool"}, NetworkError,
         f"The row 'pool' of resnet_cifar8 comes after the pool over the grid, so it has no map. "
         f"Rows with a grid: {ROWS}."),
        ({"per_class": -1}, RecipeError, "per_class is -1; a whole number, 0 or more, is needed."),
        ({"seed": -1}, RecipeError, "seed is -1; a whole number, 0 or more, is needed."),
        ({"per_class": "4"}, RecipeError,
         "per_class is '4'; a whole number, 0 or more, is needed."),
        ({"per_class": 0, "mistakes": 0}, RecipeError,
         "per_class and mistakes are both 0, which leaves nothing to explain."),
    ],
)  # fmt: skip
def test_wrong_settings_are_one_line(classifier, digits, settings, kind, message):
    with pytest.raises(kind) as caught:
        skipcat.explain(classifier, list(digits[0][:1]), **settings)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([], "No image was given; one or more are needed, or labelled data."),
        (3, "Images are paths, Pillow images or uint8 arrays; int was given."),
        ("nowhere.png", "Cannot read 'nowhere.png': No such file or directory."),
        (
            np.zeros((3, 8, 8, 2), np.uint8),
            "Image 0: An image array has shape (8, 8, 2); (H, W), (H, W, 1), (H, W, 3) or "
            "(H, W, 4) is needed. (2 more cannot be used either.)",
        ),
    ],
)
def test_images_that_cannot_be_used(classifier, images, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as caught:
        skipcat.explain(classifier, images)
    assert str(caught.value) == message


def test_data_of_other_classes_are_refused_as_evaluate_does(classifier, photos):
    with pytest.raises(ClassifierError) as caught:
        skipcat.explain(classifier, photos)
    with pytest.raises(ClassifierError) as of_evaluate:
        classifier.evaluate(photos)
    assert str(caught.value) == str(of_evaluate.value)


def test_labelled_data_are_told_from_images(digits, photos, tmp_path):
    (tmp_path / "a.csv").write_text("path,label\n")
    (tmp_path / "a.png").write_bytes(b"")
    for data in (digits, photos, "digits", tmp_path / "a.csv", skipcat.open_dataset(digits)):
        assert is_data(data)
    for images in (digits[0], list(digits[0]), str(tmp_path / "a.png"), "nowhere", ("a", "b")):
        assert not is_data(images)
    assert not is_data((digits[0][0], digits[0][1]))
