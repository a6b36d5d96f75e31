"""What the user keeps: network, weights, class names, preprocessing and calibration, one folder.

JSON and safetensors only: loading a classifier cannot run code.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from skipcat.classifier_folder import (
    FILES,
    FORMAT,
    Stored,
    build_stored,
    check_weights,
    compute_sha256,
    find_problems,
    read_evaluation,
    read_stored,
    read_used,
)
from skipcat.data.cache import prepare_images
from skipcat.data.dataset import Dataset, open_dataset
from skipcat.data.images import ImageLike, hash_image
from skipcat.data.preprocessing import Preprocessing
from skipcat.data.subgroups import peek_sizes, slice_images
from skipcat.engines.torch_engine import run_network
from skipcat.errors import ClassifierError, DataError, SkipcatError, did_you_mean
from skipcat.evaluation.compare import Comparison, compare_answers
from skipcat.evaluation.metrics import Evaluation, evaluate_logits
from skipcat.files import (
    find_classifier,
    is_file,
    is_folder,
    replaced_together,
    whole_file,
    write_json,
)
from skipcat.networks.network import Network
from skipcat.networks.weights.load_save import load_weights, write_weights
from skipcat.reporting import Auto, Progress, no_progress, open_reporter
from skipcat.runtime.prediction import Prediction
from skipcat.text.translation import Message

BATCH = 64
# Why images must not judge.
DECIDED, TRAINED = Message("used to decide (validation)"), Message("trained on")


@dataclass(frozen=True)
class Origin:
    """What a classifier was made from: the data, and the images that must not judge it."""

    data: str = ""
    fingerprint: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    trained_on: tuple[str, ...] = ()
    decided_on: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Judged:
    """The images of a dataset that may judge, by their rows in it, and what was answered.

    Shapes: `logits` (N, classes); `labels` (N,) in the classifier's classes.
    """

    rows: list[int]
    logits: np.ndarray
    labels: np.ndarray
    left_out: dict[str, tuple[str, ...]]


class Classifier:
    """A trained network with all that is needed to ask it about an image.

    `temperature` divides the logits, so that the probabilities are calibrated (Guo et al. 2017).

    Raises:
        ClassifierError: the parts do not fit each other, or hold numbers that are not finite.
    """

    def __init__(
        self,
        network: Network,
        classes: Sequence[str],
        preprocessing: Preprocessing,
        *,
        temperature: float = 1.0,
        evaluation: Evaluation | None = None,
        origin: Origin | None = None,
    ) -> None:
        for problem in find_problems(network, classes, preprocessing, temperature):
            raise ClassifierError(problem)
        # One memory format, so that a classifier answers alike before it is saved and after.
        self.network = network.eval()
        self.network.to(memory_format=torch.channels_last)
        self.classes = tuple(classes)
        self.preprocessing = preprocessing
        self.temperature = temperature
        self.evaluation = evaluation
        self.origin = origin or Origin()

    def __repr__(self) -> str:
        return (
            f"Classifier({self.network.spec.name}, {len(self.classes)} classes, "
            f"{self.preprocessing.image_px} px)"
        )

    def predict(
        self, images: Iterable[ImageLike] | ImageLike, *, progress: Progress = no_progress
    ) -> list[Prediction]:
        """Name what each image shows: paths, Pillow images or uint8 arrays (H, W[, C]).

        An array (N, H, W, C) is N images.

        Raises:
            DataError: an image cannot be read; the message names it.
        """
        one = isinstance(images, ImageLike) and getattr(images, "ndim", 0) != 4
        sources: list[ImageLike] = [images] if one else list(images)  # type: ignore[list-item,arg-type]
        if not sources:
            return []
        logits, broken = self.compute_logits(sources, progress=progress)
        if broken:
            row, why = next(iter(broken.items()))
            more = f" ({len(broken) - 1} more cannot be used either.)" if len(broken) > 1 else ""
            raise DataError(why + more if _is_file(sources[row]) else f"Image {row}: {why}{more}")
        names = [str(s) if _is_file(s) else f"image {i}" for i, s in enumerate(sources)]
        return [self.name_answer(name, row) for name, row in zip(names, logits, strict=True)]

    def evaluate(self, data: object, *, progress: Progress | Auto | None = "auto") -> Evaluation:
        """Judge the answers on labelled images: all of `data`, or its test part if it has one.

        Images that this classifier was trained on, or that decided something about it, are
        counted, named and left out. Nothing is written. `progress` is that of `train`.

        Raises:
            DataError: there are no such data.
            ClassifierError: they hold other classes, or no image that may judge.
        """
        dataset = open_dataset(data)
        with open_reporter(progress) as reporter:
            judged = self.judge_images(dataset, progress=reporter.progress)
        rows = judged.rows
        evaluation = evaluate_logits(
            judged.logits,
            judged.labels,
            self.classes,
            names=[dataset.names[row] for row in rows],
            temperature=self.temperature,
            slices=slice_images(peek_sizes(dataset, rows)),
        )
        return replace(evaluation, left_out={**dataset.left_out, **judged.left_out})

    def compare(
        self, other: "Classifier", data: object, *, progress: Progress | Auto | None = "auto"
    ) -> Comparison:
        """Compare with another classifier on the same images, those that neither has used.

        `progress` is that of `train`.

        Raises:
            DataError: there are no such data.
            ClassifierError: they hold other classes, or no image that may judge both.
        """
        dataset = open_dataset(data)
        used = {**self.used_images(), **other.used_images()}
        right = []
        with open_reporter(progress) as reporter:
            for classifier in (self, other):
                judged = classifier._judge(dataset, used, reporter.progress)
                right.append(judged.logits.argmax(1) == judged.labels)
        return compare_answers(*right)

    def judge_images(self, dataset: Dataset, *, progress: Progress = no_progress) -> Judged:
        """Answer the images that `evaluate` would judge by; which were left out is named.

        Raises:
            ClassifierError: they hold other classes, or no image that may judge.
        """
        return self._judge(dataset, self.used_images(), progress)

    def used_images(self) -> dict[str, Message]:
        """Return why each image, by its hash, must not judge this classifier."""
        used = dict.fromkeys(self.origin.decided_on, DECIDED)
        return used | dict.fromkeys(self.origin.trained_on, TRAINED)

    def _judge(self, dataset: Dataset, used: Mapping[str, str], progress: Progress) -> Judged:
        """Answer the images that may judge: not those whose hash is in `used`, nor broken ones."""
        labels = self.match_labels(dataset)
        rows = [i for i, part in enumerate(dataset.parts) if part == "test"] or range(len(dataset))
        left_out: dict[str, list[str]] = {}
        kept = []
        for row in rows:
            reason = used.get(_hash_or_nothing(dataset.images[row])) if used else None
            if reason:
                left_out.setdefault(reason, []).append(dataset.names[row])
            else:
                kept.append(row)
        logits, broken = self.compute_logits([dataset.images[r] for r in kept], progress=progress)
        for place in broken:
            left_out.setdefault("cannot be read", []).append(dataset.names[kept[place]])
        places = [place for place in range(len(kept)) if place not in broken]
        named = {reason: tuple(names) for reason, names in left_out.items()}
        if not places:
            counts = ", ".join(f"{len(names)} {reason}" for reason, names in named.items())
            raise ClassifierError(
                f"No image of '{dataset.name}' may judge this classifier ({counts}); give images "
                "that it has not seen."
            )
        kept = [kept[place] for place in places]
        return Judged(kept, logits[places], labels[kept], named)

    def compute_logits(
        self, sources: Sequence[ImageLike], *, progress: Progress = no_progress
    ) -> tuple[np.ndarray, dict[int, str]]:
        """Return the network's logits for each image, and why which of them cannot be read.

        Shapes: (N, classes) float32; zeros where unreadable.

        Raises:
            ClassifierError: the answers are no finite numbers.
        """
        logits = np.zeros((len(sources), len(self.classes)), np.float32)
        broken: dict[int, str] = {}
        for start in range(0, len(sources), BATCH):
            pixels, faults = prepare_images(sources[start : start + BATCH], self.preprocessing)
            broken |= {start + row: why for row, why in faults.items()}
            logits[start : start + BATCH] = run_network(
                self.network, pixels, self.preprocessing.mean, self.preprocessing.std
            )
            if not np.isfinite(logits[start : start + BATCH]).all():
                raise ClassifierError(
                    "The network's answers are no finite numbers, so its weights are damaged; "
                    "train it again."
                )
            progress(Message("Answering"), min(start + BATCH, len(sources)), len(sources))
        return logits, broken

    def save(self, folder: str | Path) -> None:
        """Write the classifier into `folder`, all of it or nothing.

        A folder that holds something else than a classifier or a run is refused. Every file is
        whole beside its place before the first of them takes it; where that fails, or the process
        is killed, what was there before still loads.

        Raises:
            ClassifierError: the folder holds something else, or is a file.
            RunError: it cannot be written.
        """
        path = Path(folder)
        if is_file(path):
            raise ClassifierError(f"'{path}' is a file; a classifier is saved as a folder.")
        if is_folder(path) and not is_file(path / "recipe.json"):
            ours = (*FILES, "report.html", "choice.json")
            others = [e.name for e in path.iterdir() if e.name not in ours and e.name[0] != "."]
            if others and not is_file(path / FILES[0]):
                raise ClassifierError(f"'{path}' holds other files; save into a new folder.")
        files = dict[str, object]()
        if self.origin.trained_on or self.origin.decided_on:
            used = {"trained_on": self.origin.trained_on, "decided_on": self.origin.decided_on}
            files["used_images.json"] = used
        if self.evaluation:
            files["evaluation.json"] = self.evaluation.to_dict()
        with replaced_together(path, FILES):
            self._write(path, files)
            for name in FILES[2:]:
                if name not in files:  # an older classifier's
                    with suppress(FileNotFoundError):
                        (path / name).unlink()

    def _write(self, path: Path, files: dict[str, object]) -> None:
        with ExitStack() as stack:
            # The first that is opened takes its place last.
            about = stack.enter_context(whole_file(path / "classifier.json"))
            weights = stack.enter_context(whole_file(path / "weights.safetensors"))
            write_weights(self.network, weights)
            for name, content in files.items():
                write_json(stack.enter_context(whole_file(path / name)), content)
            origin = self.origin
            stored = Stored(
                FORMAT, self.network.spec, self.classes, self.preprocessing, self.temperature,
                compute_sha256(weights), origin.data, origin.fingerprint, origin.versions,
            )  # fmt: skip
            write_json(about, asdict(stored))

    def match_labels(self, dataset: Dataset) -> np.ndarray:
        """Return a dataset's labels as indices into this classifier's classes.

        Raises:
            ClassifierError: it holds a class that this classifier does not know.
        """
        number = {name: i for i, name in enumerate(self.classes)}
        strange = [name for name in dataset.classes if name not in number]
        if strange:
            raise ClassifierError(
                f"'{dataset.name}' holds the class {strange[0]!r}, which this classifier does not "
                f"know.{did_you_mean(strange[0], self.classes)} It knows: "
                f"{', '.join(self.classes[:8])}{', …' if len(self.classes) > 8 else ''}."
            )
        numbers = np.array([number[name] for name in dataset.classes], np.int64)
        return np.take(numbers, dataset.labels)

    def name_answer(self, name: str, logits: np.ndarray) -> Prediction:
        """Return the answer that logits stand for.

        Shapes: (classes,).
        """
        scaled = torch.from_numpy(logits.astype(np.float64)) / self.temperature
        values = torch.softmax(scaled, 0).tolist()
        best = int(np.argmax(values))
        probabilities = dict(zip(self.classes, values, strict=True))
        return Prediction(name, self.classes[best], values[best], probabilities)


def load(folder: str | Path) -> Classifier:
    """Load a classifier folder; nothing in it can run code.

    Raises:
        ClassifierError: there is none, or one of its files is missing, damaged or of another
            version.
    """
    path = find_classifier(Path(folder))
    stored = read_stored(path / "classifier.json")
    weights = path / "weights.safetensors"
    check_weights(stored, weights)
    network = build_stored(stored, weights)
    origin = Origin(
        stored.data, stored.fingerprint, stored.versions, *read_used(path / "used_images.json")
    )
    try:
        load_weights(network, weights)
        return Classifier(
            network,
            stored.classes,
            stored.preprocessing,
            temperature=stored.temperature,
            evaluation=read_evaluation(path / "evaluation.json", stored.classes),
            origin=origin,
        )
    except SkipcatError as error:
        raise ClassifierError(f"'{path}' cannot be loaded: {error}") from error


def as_classifier(given: "Classifier | str | Path") -> Classifier:
    """Return a classifier as it is, or that of a folder.

    Raises:
        ClassifierError: it is neither, or the folder's cannot be loaded.
    """
    if isinstance(given, Classifier):
        return given
    if isinstance(given, str | Path):
        return load(given)
    raise ClassifierError(
        f"A classifier is asked for, or its folder; {type(given).__name__} was given."
    )


def _is_file(source: object) -> bool:
    return isinstance(source, str | Path)


def _hash_or_nothing(source: Path | np.ndarray) -> str:
    try:
        return hash_image(source)
    except OSError:
        return ""
