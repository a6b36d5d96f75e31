"""Why a built network differs from what its paper prints; the ledger is docs/differences.md.

The first reason whose network, row and column fit is the one. A "deviation" is ours, a "misprint"
the paper's: figures that its own table contradicts, or that are of another network.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

TOTAL = "sum"  # the row of a table's totals


@dataclass(frozen=True)
class Reason:
    """One explained difference; network, row and column are patterns, as of file names."""

    network: str
    row: str
    column: str
    kind: Literal["deviation", "misprint"]
    why: str


_SEPARABLE = "a full 7x7, as all published models; 2.7K and 34M are of a separable one"
_SUM = "the full 7x7 takes 84M more than the separable one; 1502M is the text's 1.5 billion"
_CODE_V3 = (
    "the published code, whose weights circulate: 1x1 to 80, 3x3 to 192, max pool; four modules "
    "of fig. 6"
)
_OPS_V3 = "the authors' code, whose accuracy the paper reports, takes 5.7B at 299 px"
_CODE_IR = (
    "the published code, whose weights circulate: 10, 20, 10 units of 320, 1088, 2080 channels"
)
_STRIDE = "stride in the 3x3, as weights circulate; the figure is of {}_2015's"
_WIDTHS = "the widths printed in the same row give what is built, and its operations agree"
_GRID = "prints the grid before its own stride of 2; the next line's grid needs it"

REASONS = (
    Reason("googlenet*", "conv1", "parameters", "deviation", _SEPARABLE),
    Reason("googlenet*", "conv1", "macs", "deviation", _SEPARABLE),
    Reason("googlenet_3x3", "inception*", "parameters", "deviation", "3x3 for 5x5: torchvision's"),
    Reason("googlenet_3x3", "inception*", "macs", "deviation", "3x3 for 5x5: torchvision's"),
    Reason("googlenet*", "inception4[cd]", "parameters", "misprint", _WIDTHS),
    Reason("googlenet*", "inception5b", "parameters", "misprint", _WIDTHS),
    Reason(
        *("googlenet*", "inception5a", "*", "misprint"),
        "both figures carry the same excess: they are of other widths than those printed",
    ),
    Reason("googlenet", TOTAL, "macs", "deviation", _SUM),
    Reason("googlenet_2014", TOTAL, "macs", "deviation", _SUM),
    Reason("bn_inception", "conv2", "depth", "misprint", "its 3x3 reduce is a layer as well"),
    Reason("bn_inception", "inception3c", "output", "misprint", _GRID),
    Reason("bn_inception", "inception4e", "output", "misprint", _GRID),
    Reason("inception_v3", "Conv2d_3b", "output", "deviation", _CODE_V3),
    Reason("inception_v3", "Conv2d_4a", "output", "deviation", _CODE_V3),
    Reason("inception_v3", "MaxPool_5a", "output", "deviation", _CODE_V3),
    Reason("inception_v3", TOTAL, "macs", "misprint", _OPS_V3),
    Reason(
        *("inception_resnet_v2", "inception_resnet_b", "output", "deviation"),
        _CODE_IR + "; 1154 is a misprint besides: reduction A leaves 1152",
    ),
    Reason(
        *("inception_resnet_v2", "inception_resnet_c", "output", "deviation"),
        _CODE_IR + "; 2048 is a misprint besides: reduction B leaves 2144",
    ),
    Reason("inception_resnet_v2", "*", "output", "deviation", _CODE_IR),
    *(
        Reason(name, TOTAL, "macs", "deviation", _STRIDE.format(name))
        for name in ("resnet50", "resnet101", "resnet152")
    ),
    Reason("resnet34_c", TOTAL, "macs", "deviation", "every shortcut projects (option C)"),
)


def find_reason(network: str, row: str, column: str) -> Reason | None:
    """Return the reason for a difference, None where none is known."""
    asked = (network, row, column)
    for reason in REASONS:
        if all(map(fnmatchcase, asked, (reason.network, reason.row, reason.column))):
            return reason
    return None
