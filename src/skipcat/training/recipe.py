"""Every choice of a training run, in one frozen dataclass; every field is a flag of `train`."""

import math
from dataclasses import asdict, dataclass, fields
from types import SimpleNamespace
from typing import Annotated, Literal, get_args

from skipcat.errors import RecipeError, did_you_mean

Augment = Literal["auto", "none", "shifts", "photo"]
Precision = Literal["auto", "float32", "mixed"]
Mirror = Literal["auto", "yes", "no"]
Balance = Literal["none", "weights", "sampling"]
ActivationMemory = Literal["all", "sqrt"]
Preset = Literal["fast", "thorough"]

EPOCHS_BY_DEFAULT, MOST_EPOCHS = 20, 100_000
BATCH_BY_DEFAULT = 64


@dataclass(frozen=True)
class Recipe:
    """Every choice of a training run; the defaults need no choices.

    Stochastic gradient descent with Nesterov momentum; the rate rises linearly from a tenth over
    `warmup` of the steps and falls along a cosine to nothing (Loshchilov & Hutter 2017, arXiv
    1608.03983); weight decay spares norms and biases; what is kept is an exponential moving
    average of the weights, of the epoch that was best on the validation images.

    Raises:
        RecipeError: fields that are out of range or contradict each other, all at once.
    """

    epochs: Annotated[
        int | None,
        "Times that every training image is seen; 20 where neither this nor minutes is given.",
    ] = None
    minutes: Annotated[
        float | None,
        "Time for the training; sizes and epochs are then planned from measured speed.",
    ] = None
    preset: Annotated[
        Preset,
        "What a time budget is spent on. fast: enough epochs, of smaller images where the time is "
        "short; thorough: images of the full size, however few epochs fit.",
    ] = "fast"
    seed: Annotated[
        int, "Of the split, the weights, the order of images and every augmentation draw."
    ] = 0
    split_seed: Annotated[
        int | None, "Of the split alone, where other seeds are to keep it; else it is seed."
    ] = None
    seeds: Annotated[
        int,
        "Networks trained with seed, seed + 1, ... on one split: how much of the accuracy is "
        "chance. The first is kept.",
    ] = 1
    image_px: Annotated[
        int | None,
        "Side of the network's input; by default the smaller of its native size and the data's.",
    ] = None
    batch: Annotated[
        int | None,
        "Images in one step; by default 64, and fewer where a run would take too few steps.",
    ] = None
    learning_rate: Annotated[
        float | None,
        "Highest rate, for a batch of 64, scaled in proportion to the batch; 0.05 from scratch, "
        "0.01 from pretrained weights.",
    ] = None
    momentum: Annotated[float, "Of Nesterov's method."] = 0.9
    weight_decay: Annotated[
        float | None,
        "Per step, on weights of convolutions and linear layers only; 0.005 from scratch, 0.0005 "
        "from pretrained weights.",
    ] = None
    label_smoothing: Annotated[
        float, "Share of the target spread over all classes (Szegedy et al. 2016, section 7)."
    ] = 0.1
    warmup: Annotated[float, "Share of the steps over which the rate rises."] = 0.15
    ema_decay: Annotated[
        float, "Of the moving average of the weights, per step; 0 keeps the last weights."
    ] = 0.99
    patience: Annotated[
        int, "Epochs without a better validation loss, past half of the run, before it stops early."
    ] = 15
    augment: Annotated[
        Augment,
        "photo: crops, light; shifts: by an eighth; none; auto: photo from 40 px on, else shifts.",
    ] = "auto"
    mirror: Annotated[
        Mirror,
        "Does a mirrored image mean the same? yes, no; auto: no where classes are characters.",
    ] = "auto"
    mixup: Annotated[
        float, "Mix images with each other in shares of Beta(a, a) (Zhang et al. 2018: 0.2); 0: no."
    ] = 0.0
    cutmix: Annotated[
        float, "Paste a box of another image, its share of Beta(a, a) (Yun et al. 2019: 1); 0: no."
    ] = 0.0
    erase: Annotated[
        float, "Share of the images of which a rectangle is hidden (Zhong et al. 2020: 0.5)."
    ] = 0.0
    balance: Annotated[
        Balance,
        "For unequal classes: none; sampling: all are drawn equally often, which from 10:1 on "
        "names the rare ones far better, perhaps the common ones less well; weights: in the loss.",
    ] = "none"
    validation: Annotated[
        float, "Share of the images that decide: best epoch, temperature, fit."
    ] = 0.1
    test: Annotated[float, "Share of the images that report, once."] = 0.1
    activation_memory: Annotated[
        ActivationMemory,
        "all: keep every activation; sqrt: keep about the square root of the depth and compute the "
        "others again (Chen et al. 2016), for a third more time.",
    ] = "all"
    parts: Annotated[
        int, "In which a batch is computed, one after the other; the gradients are added up."
    ] = 1
    precision: Annotated[
        Precision, "float32; mixed: float16 where it is safe, on CUDA; auto: mixed where it can be."
    ] = "auto"
    compile: Annotated[
        bool,
        "Let torch compile the network for its steps: a minute or more goes before the first one.",
    ] = False
    folds: Annotated[
        int,
        "Networks trained beside, that judge every image in turn; 0: the test part judges, but "
        "fit takes 5 below 300 images.",
    ] = 0
    stochastic_depth: Annotated[
        float,
        "Share of the steps that leave out the last residual unit, falling to 0 at the first "
        "(Huang et al. 2016: 0.5).",
    ] = 0.0
    only_auxiliary: Annotated[
        bool,
        "Teach the auxiliary heads to answer as the main head, and leave all else as it came "
        "(Hinton et al. 2015); needs pretrained weights.",
    ] = False
    device: Annotated[str, "auto, cpu, cuda or mps."] = "auto"

    def __new__(cls, *values: object, **given: object) -> "Recipe":
        """Refuse fields that no recipe has, together with all else that is wrong."""
        names = [field.name for field in fields(cls)]
        strange = [name for name in given if name not in names]
        if strange:
            defaults = {field.name: field.default for field in fields(cls)}
            known = defaults | dict(zip(names, values, strict=False)) | given
            unknown = [f"there is no field {n!r}{_hint(n, names)}" for n in strange]
            _refuse([*unknown, *_problems(SimpleNamespace(**known))])
        return super().__new__(cls)

    def __post_init__(self) -> None:
        _refuse(_problems(self))

    @property
    def batch_size(self) -> int:
        """The images in one step, where nothing makes them fewer."""
        return self.batch or BATCH_BY_DEFAULT

    @property
    def seed_of_split(self) -> int:
        """The seed that divides the images."""
        return self.seed if self.split_seed is None else self.split_seed

    def to_dict(self) -> dict[str, object]:
        """Return the fields as plain values, for JSON."""
        return asdict(self)


def _hint(name: str, names: list[str]) -> str:
    near = did_you_mean(name, names).strip()
    return f" ({near[0].lower()}{near[1:]})" if near else ""


def _refuse(problems: list[str]) -> None:
    """Raise a RecipeError of all problems, where there are some."""
    if problems:
        count = "A field" if len(problems) == 1 else f"{len(problems)} fields"
        raise RecipeError(f"{count} of the recipe cannot be used: {'; '.join(problems)}.")


_RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, math.inf),
    "minutes": (0.05, math.inf),
    "seed": (0, 2**32 - 1),
    "split_seed": (0, 2**32 - 1),
    "seeds": (1, 20),
    "image_px": (1, 4096),
    "batch": (2, math.inf),
    "learning_rate": (1e-9, 100),
    "momentum": (0, 0.9999),
    "weight_decay": (0, 1),
    "label_smoothing": (0, 0.9),
    "warmup": (0, 0.9),
    "ema_decay": (0, 0.99999),
    "patience": (1, math.inf),
    "stochastic_depth": (0, 0.9),
    "mixup": (0, 10),
    "cutmix": (0, 10),
    "erase": (0, 1),
    "parts": (1, 1024),
    "validation": (0, 0.9),
    "test": (0, 0.9),
    "folds": (0, 20),
}
_WHOLE = frozenset(
    {"epochs", "seed", "split_seed", "seeds", "image_px", "batch", "patience", "folds", "parts"}
)
_FLAGS = ("compile", "only_auxiliary")
_CHOICES = {
    "augment": get_args(Augment),
    "mirror": get_args(Mirror),
    "precision": get_args(Precision),
    "balance": get_args(Balance),
    "activation_memory": get_args(ActivationMemory),
    "preset": get_args(Preset),
}


def _problems(recipe: Recipe | SimpleNamespace) -> list[str]:
    found = []
    for field in fields(Recipe):
        value = getattr(recipe, field.name)
        if field.name in _RANGES and value is not None:
            found += _out_of_range(field.name, value)
        elif field.name in _CHOICES and value not in _CHOICES[field.name]:
            found.append(f"{field.name} is {value!r}, allowed: {', '.join(_CHOICES[field.name])}")
    if not found and (recipe.epochs or 0) > MOST_EPOCHS:
        found.append(f"epochs is {recipe.epochs:,}, allowed: 1 to {MOST_EPOCHS:,}")
    if recipe.folds == 1:
        found.append("folds is 1, allowed: 0, or 2 to 20")
    elif not found and recipe.folds and recipe.seeds > 1:
        found.append("folds and seeds are both given, one of them judges")
    if recipe.epochs is not None and recipe.minutes is not None:
        found.append("epochs and minutes are both given, one of them plans the run")
    strange = [name for name in _FLAGS if not isinstance(getattr(recipe, name), bool)]
    found += [f"{name} is {getattr(recipe, name)!r}, allowed: True, False" for name in strange]
    if recipe.only_auxiliary and not strange:
        usual = {"folds": 0, "seeds": 1, "stochastic_depth": 0, "activation_memory": "all"}
        others = [name for name, value in usual.items() if getattr(recipe, name) != value]
        if others:
            found.append(f"only_auxiliary trains no trunk, which {', '.join(others)} would change")
    if not found and recipe.validation + recipe.test >= 1:
        found.append(
            f"validation {recipe.validation:g} and test {recipe.test:g} leave nothing to train on"
        )
    return found


def _out_of_range(name: str, value: object) -> list[str]:
    low, high = _RANGES[name]
    kind = "a whole number" if name in _WHOLE else "a finite number"
    numeric = isinstance(value, int if name in _WHOLE else int | float)
    strange = isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value))
    if not numeric or strange:
        return [f"{name} is {value!r}, {kind} is needed"]
    if low <= value <= high:  # type: ignore[operator]
        return []
    least, most = (f"{end:,}" if isinstance(end, int) else f"{end:g}" for end in (low, high))
    bounds = f"{least} or more" if math.isinf(high) else f"{least} to {most}"
    return [f"{name} is {value!r}, allowed: {bounds}"]
