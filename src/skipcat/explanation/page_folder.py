"""Where a page about a classifier goes: a folder that holds nothing else."""

from pathlib import Path

from skipcat.errors import RunError
from skipcat.explanation.heatmaps.result import Explanations
from skipcat.files import is_file, write_json
from skipcat.training.run_folder.folder import choose_folder, refuse_classifier

FIGURES = "explanation.json"


def place_page(
    classifier: str | Path, data: object, out: str | Path | None, figures: str = FIGURES
) -> Path:
    """Return the folder: `out`, or NAME.explain for the classifier NAME.skipcat.

    `figures` is the file that tells a page of ours, which may be replaced.

    Raises:
        RunError: it cannot be written, lies in the data or in the classifier's folder, or holds
            other files.
    """
    stem = Path(classifier).resolve().name.removesuffix(".skipcat")
    folder = choose_folder(data, "", out if out is not None else f"{stem}.explain")
    refuse_inside(folder, classifier)
    refuse_classifier(folder)
    others = folder.is_dir() and any(not one.name.startswith(".") for one in folder.iterdir())
    if others and not (folder / figures).is_file():
        raise RunError(f"'{folder}' already holds other files; choose another --out.")
    return folder


def refuse_inside(folder: Path, classifier: str | Path) -> None:
    """Refuse a folder that is the classifier's, or lies in it.

    Raises:
        RunError: it does.
    """
    whole = Path(classifier).resolve()
    if is_file(whole / "classifier.json") and folder.resolve().is_relative_to(whole):
        raise RunError(f"'{folder}' lies in the classifier's folder; choose another --out.")


def write_figures(folder: Path, found: Explanations) -> None:
    """Write all but the pixels and the maps as JSON."""
    write_json(folder / FIGURES, found.to_dict())
