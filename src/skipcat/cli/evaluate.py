"""skipcat evaluate DIR DATA: how good a classifier is on labelled images."""

from skipcat.cli.console import Reporter
from skipcat.cli.options import DataArgument, FolderArgument, JsonOption, print_json

MOST_NAMES = 5


def evaluate_command(folder: FolderArgument, data: DataArgument, json: JsonOption = False) -> None:
    """Judge a classifier on all of DATA, or on its test part; images it was trained on are out."""
    import skipcat

    with Reporter() as reporter:
        evaluation = skipcat.load(folder).evaluate(data, progress=reporter.progress)
    if json:
        print_json(evaluation.to_dict())
        return
    print(evaluation)
    for reason, names in evaluation.left_out.items():
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        print(f"Left out, {reason}: {len(names)} ({', '.join(names[:MOST_NAMES])}{more})")
