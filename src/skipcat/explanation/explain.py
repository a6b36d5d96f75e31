"""Why a classifier answered so: heat maps that are judged, and the branches that answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from skipcat.classifier import Classifier, Judged, as_classifier
from skipcat.data.builtin import SETS
from skipcat.data.dataset import Dataset, open_dataset
from skipcat.data.images import ImageLike
from skipcat.data.preprocessing import prepare_image
from skipcat.engines.device import pick_device
from skipcat.engines.torch_engine import normalise
from skipcat.errors import ClassifierError, DataError, RecipeError, did_you_mean
from skipcat.evaluation.calibration import softmax
from skipcat.explanation import sampling as sample
from skipcat.explanation.branches.attribution import measure_shares
from skipcat.explanation.heatmaps.faithfulness import Faithfulness, Judge
from skipcat.explanation.heatmaps.features import take_features
from skipcat.explanation.heatmaps.gradcam import compute_gradcam, enlarge
from skipcat.explanation.heatmaps.occlusion import compute_occlusion, count_squares
from skipcat.explanation.heatmaps.result import (
    Explanation,
    Explanations,
    HeatMap,
    Method,
    Sheet,
    SheetKind,
)
from skipcat.explanation.heatmaps.target_layer import GridRow, choose_row
from skipcat.files import is_file, is_folder
from skipcat.reporting import Auto, Progress, open_reporter
from skipcat.runtime.prediction import Prediction
from skipcat.text.translation import Message

PER_CLASS, MISTAKES = 4, 6
GIVEN = Message("Every picture that was given.")


@dataclass(frozen=True, eq=False)
class Wanted:
    """An image to be explained, and for which classes: its answer's, and others."""

    source: ImageLike
    prediction: Prediction
    classes: tuple[str, ...]
    true: str | None = None


@dataclass(frozen=True, eq=False)
class _Plan:
    """A sheet before its maps are made."""

    kind: SheetKind
    title: str
    chosen: Message
    wanted: list[Wanted]


def explain(  # noqa: PLR0913  the public face, by keyword
    classifier: Classifier | str | Path,
    images: object,
    *,
    of_class: str | None = None,
    row: str | None = None,
    features: str | None = None,
    per_class: int = PER_CLASS,
    mistakes: int = MISTAKES,
    seed: int = 0,
    progress: Progress | Auto | None = "auto",
) -> Explanations:
    """Explain answers: Grad-CAM and occlusion maps, each with how far it can be believed.

    `classifier` may be named by its folder; `progress` is that of `train`.

    `images` are images, as `Classifier.predict` takes them: each is explained. Or they are labelled
    data, as `Classifier.evaluate` takes them, less the images that the classifier has used: then
    `per_class` right answers of each class and the surest `mistakes` are. `of_class` explains that
    class instead of the answers. `row` is the row that Grad-CAM is made of (`choose_row` finds
    one); `features` names a row whose feature maps are wanted. Nothing is written.

    Raises:
        DataError: no image, or one that cannot be read.
        ClassifierError: a class that is not known; data that cannot judge.
        NetworkError: no such row, or one without a grid.
        RecipeError: a count or a seed below 0.
    """
    classifier = as_classifier(classifier)
    _check(classifier, of_class, per_class=per_class, mistakes=mistakes, seed=seed)
    network, side = classifier.network, classifier.preprocessing.image_px
    chosen = choose_row(network, side, row)
    if features is not None:
        choose_row(network, side, features)
    data, judged = None, None
    with open_reporter(progress) as reporter:
        if is_data(images):
            data = open_dataset(images)
            judged = classifier.judge_images(data, progress=reporter.progress)
            plans = _plan_data(classifier, data, judged, of_class, per_class, mistakes)
        else:
            plans = [_plan_images(classifier, _list_images(images), of_class, reporter.progress)]
        total, done = sum(len(plan.wanted) for plan in plans), 0
        sheets = []
        for plan in plans:
            found = []
            for one in plan.wanted:
                found.append(
                    explain_image(classifier, one, chosen, features=features, seed=seed, index=done)
                )
                done += 1
                reporter.progress(Message("Explaining"), done, total)
            sheets.append(Sheet(plan.kind, plan.title, plan.chosen, tuple(found)))
    return Explanations(
        network.spec.name,
        chosen,
        side,
        seed,
        tuple(sheets),
        data=data.name if data else "",
        judged=len(judged.rows) if judged else 0,
        left_out={**data.left_out, **judged.left_out} if data and judged else {},
    )


def explain_image(
    classifier: Classifier,
    wanted: Wanted,
    row: GridRow,
    *,
    features: str | None = None,
    with_occlusion: bool = True,
    seed: int = 0,
    index: int = 0,
) -> Explanation:
    """Explain one image: a function of the classifier, the image, the seed and the index.

    Raises:
        DataError: it cannot be read.
    """
    pixels = np.stack([prepare_image(wanted.source, classifier.preprocessing)])  # a copy
    picture = pixels[0].astype(np.float32) / 255
    side = picture.shape[-1]
    numbers = [classifier.classes.index(name) for name in wanted.classes]
    images, targets = _to_tensors(classifier, pixels, numbers)
    judge = Judge(classifier, picture, seed=seed, index=index)
    coarse = compute_gradcam(classifier.network, images, targets, row.name)
    maps = [
        _make_map("Grad-CAM", name, large, row.grid, judge.measure(large, row.grid, number))
        for name, number, large in zip(wanted.classes, numbers, enlarge(coarse, side), strict=True)
    ]
    if with_occlusion:
        squares = count_squares(row.grid, side)
        hidden = compute_occlusion(classifier, picture, squares, numbers)
        grid = (squares, squares)
        maps += [
            _make_map("Occlusion", name, one, grid, judge.measure(one, grid, number))
            for name, number, one in zip(wanted.classes, numbers, hidden, strict=True)
        ]
    return Explanation(
        wanted.prediction,
        wanted.true,
        pixels[0],
        tuple(maps),
        measure_shares(classifier.network, images[:1], targets[:1])[0],
        take_features(classifier.network, images[:1], features)[0] if features else None,
        source=wanted.source,
    )


def is_data(images: object) -> bool:
    """Tell labelled data from images: a folder, a CSV, a named set, a pair (images, labels)."""
    if isinstance(images, Dataset):
        return True
    if isinstance(images, tuple):
        return (
            len(images) == 2 and not isinstance(images[1], str | Path) and np.ndim(images[1]) == 1
        )
    if not isinstance(images, str | Path):
        return False
    path = Path(images).expanduser()
    if is_file(path):
        return path.suffix.lower() == ".csv"
    return is_folder(path) or str(images) in SETS


def _check(
    classifier: Classifier, of_class: str | None, *, per_class: int, mistakes: int, seed: int
) -> None:
    if of_class is not None and of_class not in classifier.classes:
        raise ClassifierError(
            f"This classifier knows no class {of_class!r}."
            f"{did_you_mean(of_class, classifier.classes)} It knows: "
            f"{', '.join(classifier.classes[:8])}{', …' if len(classifier.classes) > 8 else ''}."
        )
    for name, count in (("per_class", per_class), ("mistakes", mistakes), ("seed", seed)):
        if isinstance(count, bool) or not isinstance(count, Integral) or count < 0:
            raise RecipeError(f"{name} is {count!r}; a whole number, 0 or more, is needed.")
    if not per_class and not mistakes:
        raise RecipeError("per_class and mistakes are both 0, which leaves nothing to explain.")


def _list_images(images: object) -> list[ImageLike]:
    if isinstance(images, ImageLike) and getattr(images, "ndim", 0) != 4:
        return [images]
    if not isinstance(images, Iterable):
        raise DataError(
            f"Images are paths, Pillow images or uint8 arrays; {type(images).__name__} was given."
        )
    found: list[ImageLike] = list(images)
    if not found:
        raise DataError("No image was given; one or more are needed, or labelled data.")
    return found


def _plan_images(
    classifier: Classifier, images: Sequence[ImageLike], of_class: str | None, progress: Progress
) -> _Plan:
    answers = classifier.predict(images, progress=progress)
    wanted = [
        Wanted(image, answer, (of_class or answer.label,))
        for image, answer in zip(images, answers, strict=True)
    ]
    return _Plan("images", "", GIVEN, wanted)


def _plan_data(
    classifier: Classifier,
    dataset: Dataset,
    judged: Judged,
    of_class: str | None,
    per_class: int,
    mistakes: int,
) -> list[_Plan]:
    probabilities = softmax(judged.logits, classifier.temperature)
    right = probabilities.argmax(1) == judged.labels

    def want(place: int, classes: tuple[str, ...]) -> Wanted:
        row = judged.rows[place]
        answer = classifier.name_answer(dataset.names[row], judged.logits[place])
        true = classifier.classes[judged.labels[place]]
        return Wanted(dataset.images[row], answer, classes, true)

    plans = []
    for number, name in enumerate(classifier.classes if per_class else ()):
        places = sample.take_right(probabilities, judged.labels, number, per_class)
        of = judged.labels == number
        words = sample.say_right(len(places), int(right[of].sum()), int(of.sum()))
        wanted = [want(place, (of_class or name,)) for place in places]
        plans.append(_Plan("class", name, words, wanted))
    wrong = sample.take_mistakes(probabilities, judged.labels, mistakes)
    for count, place in enumerate(wrong, 1):
        given = classifier.classes[int(probabilities[place].argmax())]
        true = classifier.classes[judged.labels[place]]
        classes = tuple(dict.fromkeys((of_class or given, true)))
        words = sample.say_mistake(count, int((~right).sum()))
        one = want(place, classes)
        plans.append(_Plan("mistake", one.prediction.name, words, [one]))
    return plans


def _to_tensors(
    classifier: Classifier, pixels: np.ndarray, numbers: list[int]
) -> tuple[Tensor, Tensor]:
    """Return the image once for each class, normalised, where the network lies."""
    place = next(classifier.network.parameters()).device
    if place.type == "cpu":
        pick_device("cpu")  # flushes denormals
    preprocessing = classifier.preprocessing
    image = normalise(torch.from_numpy(pixels).to(place), preprocessing.mean, preprocessing.std)
    images = image.expand(len(numbers), -1, -1, -1).contiguous(memory_format=torch.channels_last)
    return images, torch.tensor(numbers, device=place)


def _make_map(
    method: Method, name: str, values: np.ndarray, grid: tuple[int, int], found: Faithfulness | None
) -> HeatMap:
    most = float(values.max())
    scaled = values / most if most > 0 else np.zeros_like(values)
    return HeatMap(method, name, scaled, grid, found)
