"""Everything that the page of a fit shows, and the page itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skipcat.choice.result import Choice
from skipcat.errors import DataError
from skipcat.evaluation.metrics import Evaluation
from skipcat.explanation.heatmaps.result import Explanation
from skipcat.text.translation import Message


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels to be shown, with a few words below them.

    `recalled` where the file could not be read again, and these are what the training kept of it.

    Shapes: pixels (H, W) or (H, W, 3), uint8.
    """

    pixels: np.ndarray
    caption: str = ""
    recalled: bool = False

    def __post_init__(self) -> None:
        shape, dtype = np.shape(self.pixels), getattr(self.pixels, "dtype", None)
        colours = len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)
        if dtype != np.uint8 or not colours or 0 in shape:
            raise DataError(
                f"A picture is uint8 of shape (H, W) or (H, W, 3); given {dtype} of {shape}."
            )


@dataclass(frozen=True, eq=False)
class AnsweredPicture:
    """A picture with the class that it is of and the class that it was given.

    `seen` is what reached the network, where that is another picture and worth a look.
    """

    picture: Picture
    true: str
    predicted: str
    probability: float
    seen: Picture | None = None

    @property
    def right(self) -> bool:
        """Whether the answer is the true class."""
        return self.true == self.predicted


@dataclass(frozen=True, eq=False)
class TakenFor:
    """How many pictures of one class were taken for another, and some of them."""

    true: str
    predicted: str
    images: int
    pictures: tuple[AnsweredPicture, ...]


@dataclass(frozen=True, eq=False)
class ConfusedClasses:
    """Two classes that were taken for each other: so many `images` `of` all that both have.

    `interval` is the 95 % interval of that share. `ways` holds the one or two directions in which
    it happened.
    """

    names: tuple[str, str]
    images: int
    of: int
    interval: tuple[float, float]
    ways: tuple[TakenFor, ...]

    @property
    def pictures(self) -> tuple[AnsweredPicture, ...]:
        """The pictures of both directions."""
        return tuple(picture for way in self.ways for picture in way.pictures)


@dataclass(frozen=True, eq=False)
class FitPage:
    """What the page of a fit shows; whatever was not known or not done is left at its default.

    `reason`, `notes`, `plan`, `preprocessing_note` and `explained_note` are plain sentences.
    `data` maps each class to its images in (training, validation, test). `left_out` maps a reason
    to the names left out for it.
    `history` holds one mapping for each epoch, of the keys epoch, step, seconds, image_px,
    learning_rate, train_loss, train_accuracy, validation_loss, validation_accuracy and
    images_per_second; a value may be None or missing.
    `preprocessing` holds pairs: a picture as it is on disk, and as the network sees it.
    `cost` has the keys parameters, macs, receptive_field_px, and rows: tuples of plain values,
    whose cells `columns` names; a key may be missing or None.
    `commands` holds pairs: what a command does, and the command line.
    """

    title: str
    network: str
    reason: str = ""
    choice: Choice | None = None
    seconds: float | None = None
    data: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    test: Evaluation | None = None
    validation: Evaluation | None = None
    notes: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    history: tuple[Mapping[str, float | None], ...] = ()
    cost: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, object] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    samples: Mapping[str, tuple[Picture, ...]] = field(default_factory=dict)
    augmentation: tuple[Picture, ...] = ()
    preprocessing: tuple[tuple[Picture, Picture], ...] = ()
    preprocessing_note: str = ""
    answered: tuple[AnsweredPicture, ...] = ()
    mistakes: tuple[AnsweredPicture, ...] = ()
    confused: tuple[ConfusedClasses, ...] = ()
    explained: tuple[Explanation, ...] = ()
    explained_note: str = ""
    commands: tuple[tuple[Message, str], ...] = ()
