"""skipcat prune DIR DATA: a smaller classifier that answers about as well."""

from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from skipcat.cli import arguments
from skipcat.cli.flags import add_fields
from skipcat.cli.output import print_json
from skipcat.files import find_classifier
from skipcat.reporting import Display
from skipcat.text.translation import _
from skipcat.training.recipe import Recipe

# What of a recipe means something where a trained network learns a little more.
OF_RECIPE = frozenset(field.name for field in fields(Recipe)) & {
    "seed", "learning_rate", "weight_decay", "label_smoothing", "ema_decay", "augment", "mirror",
    "mixup", "cutmix", "device",
}  # fmt: skip


@add_fields({Recipe: OF_RECIPE})
def prune_command(
    folder: arguments.Folder,
    data: arguments.Data,
    *,
    lose_at_most: Annotated[
        float | None, Option(help="Points of accuracy that may go: 0.5.")
    ] = None,
    latency_ms: Annotated[
        float | None, Option(help="How fast it shall be, for --batch images.")
    ] = None,
    speedup: Annotated[float | None, Option(help="How many times as fast it shall be: 2.")] = None,
    batch: Annotated[int, Option(help="Images that are timed at once.")] = 1,
    minutes: Annotated[
        float | None,
        Option("--fine-tune-minutes", help="Time for the smaller network to learn again."),
    ] = None,
    epochs: Annotated[int | None, Option(help="Epochs of fine-tuning, instead of minutes.")] = None,
    certain: Annotated[
        bool, Option("--certain", help="Stop where a larger loss cannot be excluded at 95 %.")
    ] = False,
    out: Annotated[
        Path | None, Option(metavar="DIR", help="Where it goes. [default: DIR-pruned.skipcat]")
    ] = None,
    json: arguments.Json = False,
    given: dict[str, Any],
) -> None:
    """Cut a trained network into a smaller one.

    Branches, residual units and channels that are worth least are removed, by what they cost on
    the images that decided in training, or on half of those that it has not seen; the other
    images report.
    """
    recipe = Recipe(**given)  # what is wrong with it is told before anything is read
    find_classifier(folder)
    import skipcat
    from skipcat.explanation.page_folder import refuse_inside
    from skipcat.files import write_json, write_text
    from skipcat.report.pruning import render_pruning
    from skipcat.training.run_folder.folder import choose_folder, claim
    from skipcat.training.run_folder.lock import hold_folder

    path = choose_folder(data, "", out or _name_out(folder))
    refuse_inside(path, folder)
    with Display() as reporter, hold_folder(path, reporter.tell):
        claim(path, resume=False)
        pruned = skipcat.prune(
            skipcat.load(folder),
            data,
            lose_at_most=lose_at_most,
            latency_ms=latency_ms,
            speedup=speedup,
            batch=batch,
            minutes=minutes,
            epochs=epochs,
            certain=certain,
            recipe=recipe,
            progress=reporter.progress,
            tell=reporter.tell,
        )
        pruned.classifier.save(path)
        write_json(path / "pruning.json", pruned.to_dict())
        page = path / "report.html"
        write_text(page, render_pruning(pruned))
    if json:
        print_json({**pruned.to_dict(), "classifier": str(path), "report": str(page)})
        return
    print(pruned)
    print("\n" + _("Classifier: {folder}", folder=path))
    print(_("Report:     {page}", page=page))


def _name_out(folder: Path) -> Path:
    name = folder.resolve().name.removesuffix(".skipcat")
    return Path(f"{name}-pruned.skipcat")
