"""GoogLeNet (Inception v1).

Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich 2014, "Going deeper with
convolutions", arXiv 1409.4842. Here: Table 1 in three forms. `googlenet` has the paper's widths and
batch normalisation, `googlenet_2014` is as printed, `googlenet_3x3` is torchvision's port. Not
here: the separable first convolution that the parameter column of Table 1 betrays.
"""

from dataclasses import replace

from skipcat.blocks.auxiliary import GoogLeNetHead
from skipcat.blocks.initialisation import caffe_xavier, he_normal
from skipcat.networks.entry import Entry, Family
from skipcat.networks.network import Network
from skipcat.networks.rows.convolution import Conv, MaxPool
from skipcat.networks.rows.googlenet import Inception
from skipcat.networks.rows.heads import Dropout, GlobalPool, Linear, LocalResponseNorm
from skipcat.networks.specs import GoogLeNetSpec, TableRow, TableRows

FAMILY = Family(
    "GoogLeNet",
    2014,
    GoogLeNetSpec.paper,
    "parallel branches behind 1x1 bottlenecks; auxiliary classifiers",
)


# fmt: off
# The paper says neither "valid" nor "same" for its pools; only rounding up gives its grids.
GOOGLENET_TABLE_1: dict[str, TableRow] = {
    # Deviation: a full 7x7; the paper's 2.7K parameters are those of a separable one.
    "conv1":       Conv(kernel=7, width=64, stride=2),
    "pool1":       MaxPool(kernel=3, stride=2, rounding="up"),
    "conv2":       Conv(kernel=3, width=192, reduce=64),
    "pool2":       MaxPool(kernel=3, stride=2, rounding="up"),
    #                       1x1  3x3r  3x3  5x5r  5x5  pool
    "inception3a": Inception(64,   96, 128,  16,   32,  32),
    "inception3b": Inception(128, 128, 192,  32,   96,  64),
    "pool3":       MaxPool(kernel=3, stride=2, rounding="up"),
    "inception4a": Inception(192,  96, 208,  16,   48,  64),
    "inception4b": Inception(160, 112, 224,  24,   64,  64),
    "inception4c": Inception(128, 128, 256,  24,   64,  64),
    "inception4d": Inception(112, 144, 288,  32,   64,  64),
    "inception4e": Inception(256, 160, 320,  32,  128, 128),
    "pool4":       MaxPool(kernel=3, stride=2, rounding="up"),
    "inception5a": Inception(256, 160, 320,  32,  128, 128),
    "inception5b": Inception(384, 192, 384,  48,  128, 128),
    "pool5":       GlobalPool(),
    "dropout":     Dropout(0.4),
    "linear":      Linear(),
}
# fmt: on


def _rows_2014() -> TableRows:
    """Return Table 1 with the two normalisations that §5's figure and the published model have."""
    rows: list[tuple[str, TableRow]] = []
    for name, row in GOOGLENET_TABLE_1.items():
        rows.append((name, row))
        if name == "pool1":
            rows.append(("norm1", LocalResponseNorm()))
        if name == "conv2":
            rows.append(("norm2", LocalResponseNorm()))
    return tuple(rows)


def _rows_3x3() -> TableRows:
    """Return torchvision's table, which its weights need."""
    changed = {
        name: replace(row, large_kernel=3) if isinstance(row, Inception) else row
        for name, row in GOOGLENET_TABLE_1.items()
    }
    # Deviation: 3x3 for 5x5, 2x2 in the fourth pool, less dropout: torchvision's, not the paper's.
    changed["pool4"] = MaxPool(kernel=2, stride=2, rounding="up")
    changed["dropout"] = Dropout(0.2)
    return tuple(changed.items())


# Deviation: batch normalisation, which the paper came a year too early for.
GOOGLENET = GoogLeNetSpec("googlenet", tuple(GOOGLENET_TABLE_1.items()))
GOOGLENET_2014 = GoogLeNetSpec("googlenet_2014", _rows_2014(), norm_eps=None)
GOOGLENET_3X3 = GoogLeNetSpec("googlenet_3x3", _rows_3x3(), auxiliary_pool="adaptive")

ENTRIES = (
    Entry(FAMILY, 224, GOOGLENET, "paper's widths, with batch norm"),
    Entry(FAMILY, 224, GOOGLENET_2014, "as printed: biases, no batch norm"),
    Entry(FAMILY, 224, GOOGLENET_3X3, "torchvision's port: 3x3 for 5x5"),
)


def build_googlenet(spec: GoogLeNetSpec) -> Network:
    """Build the network of a spec."""

    def build_head(in_width: int) -> GoogLeNetHead:
        return GoogLeNetHead(
            in_width,
            spec.classes,
            widths=spec.auxiliary_widths,
            dropout=spec.auxiliary_dropout,
            pool_rule=spec.auxiliary_pool,
            norm_eps=spec.norm_eps,
        )

    return Network(
        spec,
        # The paper gives no initialisation: the published model's without norms, He's with them.
        initialise=caffe_xavier if spec.norm_eps is None else he_normal,
        build_head=build_head,
        head_rows=spec.auxiliary_rows,
    )
