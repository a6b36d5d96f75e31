"""Arguments and flags that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

if TYPE_CHECKING:
    from skipcat.data.dataset import Dataset

Data = Annotated[
    str,
    Argument(
        metavar="DATA",
        help="A folder of class folders, a CSV with path,label, or digits, fashion-mnist, cifar10.",
    ),
]
Folder = Annotated[Path, Argument(metavar="DIR", help="A classifier's folder.")]
Out = Annotated[
    Path | None,
    Option("--out", metavar="DIR", help="Where everything goes. [default: NAME.skipcat]"),
]
Resume = Annotated[
    bool, Option("--resume", help="Go on with what stands in --out; start it if nothing does.")
]
AllowChanges = Annotated[
    bool,
    Option(
        "--allow-changes",
        help="Resume on another machine, version or recipe all the same, and note it.",
    ),
]
Exclude = Annotated[
    Path | None,
    Option(
        "--exclude", metavar="FILE", help="A list of images to leave out, as check --out writes it."
    ),
]
Json = Annotated[
    bool, Option("--json", help="Print the result as JSON on stdout, and nothing else there.")
]
PRETRAINED_HELP = (
    "Where weights to start from come from: torchvision, none, a file, or the folder of a "
    "classifier."
)


def open_data(data: str, exclude: Path | None = None) -> "Dataset":
    """Open DATA before anything that imports torch, so that what is wrong with it is said at once.

    Raises:
        DataError: there is no such data, or it cannot be used.
    """
    from skipcat.data.dataset import open_dataset

    return open_dataset(data, exclude=exclude)


def check_network(name: str | None) -> None:
    """Check the name of a network before torch is imported; a classifier's folder has its own.

    Raises:
        NetworkError: there is no such network.
    """
    from skipcat.files import is_folder
    from skipcat.networks.listing import check_name

    if name and not is_folder(Path(name)):
        check_name(name)
