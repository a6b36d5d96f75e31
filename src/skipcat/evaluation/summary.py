"""An evaluation as a few lines of text, at most 80 columns wide."""

from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import east_asian_width

NAME_COLUMNS = 24
MOST_CLASSES = 20
# Largest class against smallest from which on plain accuracy hides the small ones.
UNEQUAL = 5


def describe(plain: Mapping[str, Any]) -> str:
    """Give accuracy, calibration and a table of the classes; of many, those with least recall.

    `plain` is what `Evaluation.to_dict` gives.
    """
    low, high = plain["accuracy_interval"]
    lines = [
        f"Accuracy {_percent(plain['accuracy'])} ({plain['correct']} of {plain['images']}"
        f" images; 95 % interval {_percent(low)} to {_percent(high)})",
        f"Calibration error {plain['ece']:.3f} at temperature {plain['temperature']:.2f}"
        f" ({plain['ece_before']:.3f} before); loss {plain['loss']:.3f}",
    ]
    counts = {name: figures["images"] for name, figures in plain["per_class"].items()}
    if may_be_one_answer(list(counts.values()), low, plain["balanced_accuracy_interval"][0]):
        common = max(counts, key=lambda name: counts[name])
        share = _percent(counts[common] / plain["images"])
        lines.append(
            f"Not shown to be better than always answering {_fit(common).rstrip()} ({share})"
        )
    if is_unequal(list(counts.values())):
        low, high = plain["balanced_accuracy_interval"]
        lines.insert(
            1,
            f"Balanced accuracy {_percent(plain['balanced_accuracy'])}"
            f" (mean recall; 95 % interval {_percent(low)} to {_percent(high)})",
        )
    if plain["seeds"]:
        lines += _describe_spread(plain["seeds"])
    left_out = sum(len(names) for names in plain["left_out"].values())
    if left_out:
        lines.append(f"Left out: {left_out} images")
    rows = list(plain["per_class"].items())
    if len(rows) > MOST_CLASSES:
        rows.sort(key=lambda row: 2.0 if row[1]["recall"] is None else row[1]["recall"])
        lines.append(f"The {MOST_CLASSES} of {len(rows)} classes that are recognised least:")
        rows = rows[:MOST_CLASSES]
    lines += ["", _row("class", "images", "precision", "recall", "95 % interval", "F1")]
    lines += [_class_row(name, figures) for name, figures in rows]
    return "\n".join(lines)


def may_be_one_answer(images: Sequence[int], low: float, balanced_low: float) -> bool:
    """Tell whether the same answer for every image may be as good, all in all and class by class.

    `images` are those of each class; the others are the lower ends of both accuracies' intervals.
    """
    filled = [count for count in images if count]
    return len(filled) > 1 and low <= max(filled) / sum(filled) and balanced_low <= 1 / len(filled)


def is_unequal(images: Sequence[int]) -> bool:
    """Tell whether classes differ so much in size that each should count alike as well."""
    filled = [count for count in images if count]
    return len(filled) > 1 and max(filled) >= UNEQUAL * min(filled)


def _describe_spread(spread: Mapping[str, Any]) -> list[str]:
    found, count = spread["accuracies"], len(spread["seeds"])
    deviation, least, most = (
        100 * share for share in (spread["deviation"], *spread["deviation_interval"])
    )
    return [
        f"Over {count} seeds, on the same images: {_percent(min(found))} to {_percent(max(found))},"
        f" mean {_percent(spread['mean'])},",
        f"standard deviation {deviation:.1f} points ({count} seeds know it as {least:.1f} to "
        f"{most:.1f})",
    ]


def _class_row(name: str, figures: Mapping[str, Any]) -> str:
    interval = figures["recall_interval"]
    return _row(
        name,
        str(figures["images"]),
        _percent(figures["precision"]),
        _percent(figures["recall"]),
        f"{interval[0]:.0%} to {interval[1]:.0%}".replace("%", " %") if interval else "-",
        _percent(figures["f1"]),
    )


def _row(*cells: str) -> str:
    name, images, precision, recall, interval, f1 = cells
    return (f"{_fit(name)} {images:>7} {precision:>10} {recall:>9} {interval:>15} {f1:>9}").rstrip()


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _fit(name: str) -> str:
    """Pad or cut a name to its column; Chinese, Japanese and Korean characters take two."""
    name = "".join(character if character.isprintable() else "?" for character in name)
    columns = [2 if east_asian_width(character) in "WF" else 1 for character in name]
    if sum(columns) > NAME_COLUMNS:
        kept, used = "", 0
        for character, width in zip(name, columns, strict=True):
            if used + width > NAME_COLUMNS - 1:
                break
            kept, used = kept + character, used + width
        name, columns = kept + "…", [used, 1]
    return name + " " * (NAME_COLUMNS - sum(columns))
