"""An evaluation as a few lines of text, at most 80 columns wide."""

from collections.abc import Mapping, Sequence
from typing import Any

from skipcat.text.numbers import percent
from skipcat.text.translation import _, ngettext
from skipcat.text.width import pad, shorten

NAME_COLUMNS = 24
MOST_CLASSES = 20
# Largest class against smallest from which on plain accuracy hides the small ones.
UNEQUAL = 5


def describe(plain: Mapping[str, Any]) -> str:
    """Describe accuracy, calibration and the classes; of many, those with least recall.

    `plain` is what `Evaluation.to_dict` gives. The language is that in use.
    """
    lines = [
        _(
            "Accuracy {accuracy} ({correct} of {images} images; 95 % interval {low} to {high})",
            accuracy=percent(plain["accuracy"]),
            correct=plain["correct"],
            images=plain["images"],
            **_ends(plain["accuracy_interval"]),
        ),
        _(
            "Calibration error {ece:.3f} at temperature {temperature:.2f} ({ece_before:.3f} before)"
            "; loss {loss:.3f}",
            **{key: plain[key] for key in ("ece", "temperature", "ece_before", "loss")},
        ),
    ]
    counts = {name: figures["images"] for name, figures in plain["per_class"].items()}
    balanced = plain["balanced_accuracy_interval"]
    if may_be_one_answer(list(counts.values()), plain["accuracy_interval"][0], balanced[0]):
        common = max(counts, key=lambda name: counts[name])
        lines.append(
            _(
                "Not shown to be better than always answering {common} ({share})",
                common=_fit(common).rstrip(),
                share=percent(counts[common] / plain["images"]),
            )
        )
    if is_unequal(list(counts.values())):
        lines.insert(
            1,
            _(
                "Balanced accuracy {accuracy} (mean recall; 95 % interval {low} to {high})",
                accuracy=percent(plain["balanced_accuracy"]),
                **_ends(balanced),
            ),
        )
    if plain["seeds"]:
        lines += _describe_spread(plain["seeds"])
    left_out = sum(len(names) for names in plain["left_out"].values())
    if left_out:
        lines.append(ngettext("Left out: {n} image", "Left out: {n} images", left_out))
    rows = list(plain["per_class"].items())
    if len(rows) > MOST_CLASSES:
        rows.sort(key=lambda row: 2.0 if row[1]["recall"] is None else row[1]["recall"])
        lines.append(
            _(
                "The {shown} of {classes} classes that are recognised least:",
                shown=MOST_CLASSES,
                classes=len(rows),
            )
        )
        rows = rows[:MOST_CLASSES]
    head = (_("class"), _("images"), _("precision"), _("recall"), _("95 % interval"), _("F1"))
    lines += ["", _row(*head)]
    lines += [_class_row(name, figures) for name, figures in rows]
    return "\n".join(lines)


def _ends(interval: Sequence[float]) -> dict[str, str]:
    return {"low": percent(interval[0]), "high": percent(interval[1])}


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
    deviations = (spread["deviation"], *spread["deviation_interval"])
    deviation, least, most = (100 * share for share in deviations)
    return [
        _(
            "Over {count} seeds, on the same images: {low} to {high}, mean {mean},",
            count=count,
            mean=percent(spread["mean"]),
            **_ends((min(found), max(found))),
        ),
        _(
            "standard deviation {deviation:.1f} points ({count} seeds know it as {least:.1f} to "
            "{most:.1f})",
            deviation=deviation,
            count=count,
            least=least,
            most=most,
        ),
    ]


def _class_row(name: str, figures: Mapping[str, Any]) -> str:
    precision, recall, f1 = (_cell(figures[key]) for key in ("precision", "recall", "f1"))
    ends = "-"
    if figures["recall_interval"]:
        low, high = (percent(end, 0) for end in figures["recall_interval"])
        ends = _("{low} to {high}", low=low, high=high)
    return _row(name, str(figures["images"]), precision, recall, ends, f1)


def _cell(share: float | None) -> str:
    return "-" if share is None else _(percent(share))


def _row(name: str, *figures: str) -> str:
    widths = (7, 10, 9, 15, 9)
    cells = (pad(cell, width, right=True) for cell, width in zip(figures, widths, strict=True))
    return " ".join((_fit(name), *cells)).rstrip()


def _fit(name: str) -> str:
    """Pad or cut a name to its column."""
    name = "".join(character if character.isprintable() else "?" for character in name)
    return pad(shorten(name, NAME_COLUMNS), NAME_COLUMNS)
