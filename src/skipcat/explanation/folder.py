"""Where the page of an explanation goes: a folder that holds nothing else."""

from pathlib import Path

from skipcat.errors import RunError
from skipcat.explanation.explanations import Explanations
from skipcat.files import write_json

FIGURES = "explanation.json"


def choose_folder(classifier: str | Path, out: str | Path | None) -> Path:
    """Give the folder: `out`, or NAME.explain for the classifier NAME.skipcat.

    Raises:
        RunError: it holds other files, or is one.
    """
    stem = Path(classifier).resolve().name.removesuffix(".skipcat")
    folder = Path(out) if out is not None else Path(f"{stem}.explain")
    if folder.is_file():
        raise RunError(f"'{folder}' is a file; --out is a folder.")
    refuse_others(folder, FIGURES)
    return folder


def refuse_others(folder: Path, figures: str) -> None:
    """Refuse a folder that holds anything but a page of ours, which the file of figures tells.

    Raises:
        RunError: it does.
    """
    others = folder.is_dir() and any(not one.name.startswith(".") for one in folder.iterdir())
    if others and not (folder / figures).is_file():
        raise RunError(f"'{folder}' already holds other files; choose another --out.")


def write_figures(folder: Path, found: Explanations) -> None:
    """Write all but the pixels and the maps as JSON."""
    write_json(folder / FIGURES, found.to_dict())
