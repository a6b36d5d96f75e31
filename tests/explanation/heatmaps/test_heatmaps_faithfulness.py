import numpy as np
import pytest
import torch
from torch import nn

from skipcat.classifier import Classifier
from skipcat.data.preprocessing import Preprocessing
from skipcat.explanation.heatmaps.faithfulness import Faithfulness, Judge
from skipcat.explanation.heatmaps.gradcam import enlarge
from skipcat.explanation.heatmaps.occlusion import compute_occlusion, count_squares
from skipcat.explanation.heatmaps.perturbation import ask, blur, paint_mean
from skipcat.explanation.heatmaps.result import HeatMap
from skipcat.explanation.sentences import say_map
from skipcat.networks.catalogue import build_network

SIDE = 16
CORNER = (slice(0, 5), slice(0, 5))


class Corner(nn.Module):
    """Answers by the brightness of one corner; knows nothing else."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(6.0))

    def forward(self, x):
        bright = x[:, :, CORNER[0], CORNER[1]].mean((1, 2, 3)) * self.scale
        return torch.stack([bright, -bright], 1)


@pytest.fixture
def corner():
    """Give a classifier that looks at one corner alone."""
    network = build_network("resnet_cifar8", classes=2, image_px=SIDE, channels=1)
    classifier = Classifier(network, ("bright", "dark"), Preprocessing(SIDE, 1, (0.5,), (0.25,)))
    classifier.network = Corner().eval()
    return classifier


@pytest.fixture
def picture():
    pixels = np.random.default_rng(0).random((1, SIDE, SIDE)).astype(np.float32)
    pixels[0][CORNER] = 1
    return pixels


def corner_map():
    values = np.zeros((SIDE, SIDE), np.float32)
    values[CORNER] = 1
    return values


def test_a_map_of_what_the_answer_rests_on_is_believable(corner, picture):
    found = Judge(corner, picture, seed=0, index=0).measure(corner_map(), (4, 4), 0)
    assert found.explains
    assert found.beaten == found.random_maps == 19
    assert found.p_value == pytest.approx(1 / 20)
    assert found.difference > 0.2
    assert found.deletion < min(found.random_deletion)
    assert found.insertion > max(found.random_insertion)


def test_a_map_of_all_else_explains_nothing(corner, picture):
    found = Judge(corner, picture, seed=0, index=0).measure(1 - corner_map(), (4, 4), 0)
    assert found.difference < -0.05
    assert found.beaten == 0
    assert found.p_value == 1


def test_a_map_that_marks_nothing_or_speaks_against_gets_no_figure(corner, picture):
    judge = Judge(corner, picture, seed=0, index=0)
    assert judge.measure(np.zeros((SIDE, SIDE), np.float32), (4, 4), 0) is None
    assert judge.measure(-corner_map(), (4, 4), 0) is None


def test_of_random_maps_one_in_twenty_is_called_believable(corner, picture):
    """The rank's promise: maps that know nothing pass by luck alone."""
    draw = np.random.default_rng(7)
    passed = 0
    for index in range(60):
        judge = Judge(corner, picture, seed=1, index=index)
        values = enlarge(draw.random((1, 4, 4)), SIDE)[0]
        passed += judge.measure(values, (4, 4), 0).explains
    assert passed <= 8  # more have a chance of 0.3 %


def test_figures_are_a_function_of_seed_and_index(corner, picture):
    def measure(seed, index):
        return Judge(corner, picture, seed=seed, index=index).measure(corner_map(), (4, 4), 0)

    assert measure(3, 1) == measure(3, 1)
    assert measure(3, 1).random_deletion != measure(3, 2).random_deletion
    assert measure(3, 1).random_deletion != measure(4, 1).random_deletion


def test_areas_are_those_of_petsiuk(corner, picture):
    """Deletion in ten steps, by hand."""
    values = corner_map() + np.linspace(0, 0.1, SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE)
    found = Judge(corner, picture, seed=0, index=0).measure(values, (4, 4), 0)
    order = np.argsort(-values.ravel(), kind="stable")
    curve = []
    for step in range(11):
        gone = picture.copy()
        gone.reshape(-1)[order[: int(np.ceil(step / 10 * SIDE * SIDE))]] = 0.5
        curve.append(ask(corner, iter([gone]))[0, 0])
    assert found.deletion == pytest.approx(np.trapezoid(curve, dx=0.1))
    assert found.whole == pytest.approx(curve[0])
    assert found.deleted == pytest.approx(curve[-1])
    assert found.deleted == pytest.approx(0.5)


def test_occlusion_marks_the_corner_alone(corner, picture):
    bright, dark = compute_occlusion(corner, picture, 4, [0, 1])
    assert bright.shape == (SIDE, SIDE)
    assert np.unravel_index(bright.argmax(), bright.shape) < (5, 5)
    assert bright[CORNER].min() > 0
    assert np.abs(bright[8:, 8:]).max() < 1e-6
    assert dark[CORNER].max() < 0


@pytest.mark.parametrize(
    ("grid", "side", "squares"),
    [((7, 7), 224, 7), ((1, 1), 64, 4), ((56, 56), 224, 8), ((4, 4), 8, 4), ((8, 8), 8, 4)],
)
def test_squares_are_as_coarse_as_the_grid(grid, side, squares):
    assert count_squares(grid, side) == squares


def test_what_pictures_are_filled_with():
    picture = np.random.default_rng(0).random((3, 32, 32)).astype(np.float32)
    blurred = blur(picture)
    assert blurred.std() < picture.std() / 4
    assert np.allclose(blurred.mean((1, 2)), picture.mean((1, 2)), atol=0.05)
    assert np.unique(paint_mean(picture, (0.1, 0.2, 0.3))).tolist() == pytest.approx(
        [0.1, 0.2, 0.3]
    )


def figures(difference, beaten, *, whole=0.9, deleted=0.1, blurred=0.2):
    """Give figures whose map beats so many random maps, each by half a point."""
    scores = (difference - 0.5,) * beaten + (difference + 0.01,) * (19 - beaten)
    return Faithfulness(0.0, difference, (0.0,) * 19, scores, whole, deleted, blurred)


def heat(found):
    return HeatMap("Grad-CAM", "rose", np.ones((4, 4), np.float32), (4, 4), found)


@pytest.mark.parametrize(
    ("found", "verdict", "english"),
    [
        (
            figures(0.3, 19), "believable",
            "Believable: taking away what it marks costs more than at random (+0.50), better than "
            "19 of 19 random maps.",
        ),
        (
            figures(0.3, 17), "doubtful",
            "Doubtful: taking away what it marks costs a little more than at random (+0.45), but "
            "it is better than 17 of 19 random maps only.",
        ),
        (
            figures(0.3, 2), "nothing",
            "Explains nothing that chance would not: 17 of 19 random maps do as well or better "
            "(+0.04).",
        ),
        (
            figures(0.3, 0), "nothing",
            "Explains nothing: taking away what it marks costs no more than at random (-0.01), "
            "better than 0 of 19 random maps.",
        ),
        (
            figures(0.3, 19, deleted=0.85, blurred=0.9), "unjudged",
            "Cannot be judged: without the picture it says “rose” as surely (90 % with it, 85 % or "
            "more without).",
        ),
        (
            None, "empty",
            "Nothing speaks for “rose” here: the map is zero everywhere, so there is nothing to "
            "judge.",
        ),
    ],
)  # fmt: skip
def test_verdicts_in_words(found, verdict, english):
    one = heat(found)
    assert one.verdict == verdict
    assert say_map(one) == english
