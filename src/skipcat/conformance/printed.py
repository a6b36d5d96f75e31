"""What the papers print: their tables' columns, figure by figure, independent of our networks.

A printed line stands for all of our rows since the line before, up to the row it names. Figures are
strings, as printed: "159K" (K is 1024 in GoogLeNet's Table 1, the table says which), "1.5B".
Multiply-adds, whatever a paper calls them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PrintedLine:
    """One line of a table: the paper's words, our last row of it, and its columns."""

    words: str
    row: str
    output: str = ""  # "28x28x256", or "28x28" where the paper prints the grid only
    depth: int | None = None
    parameters: str = ""
    macs: str = ""


@dataclass(frozen=True)
class PrintedTable:
    """A table or a figure of a paper; totals are those that it or its text prints."""

    source: str
    lines: tuple[PrintedLine, ...]
    kilo: int = 1000
    parameters: str = ""
    macs: str = ""


def _modules(*lines: tuple[str, str, str, str]) -> tuple[PrintedLine, ...]:
    return tuple(
        PrintedLine(f"inception ({name})", f"inception{name}", output, 2, parameters, macs)
        for name, output, parameters, macs in lines
    )


_GOOGLENET = PrintedTable(
    "Szegedy et al. 2014, Table 1",
    (
        PrintedLine("convolution 7x7/2", "conv1", "112x112x64", 1, "2.7K", "34M"),
        PrintedLine("max pool 3x3/2", "pool1", "56x56x64", 0),
        PrintedLine("convolution 3x3/1", "conv2", "56x56x192", 2, "112K", "360M"),
        PrintedLine("max pool 3x3/2", "pool2", "28x28x192", 0),
        *_modules(("3a", "28x28x256", "159K", "128M"), ("3b", "28x28x480", "380K", "304M")),
        PrintedLine("max pool 3x3/2", "pool3", "14x14x480", 0),
        *_modules(
            ("4a", "14x14x512", "364K", "73M"),
            ("4b", "14x14x512", "437K", "88M"),
            ("4c", "14x14x512", "463K", "100M"),
            ("4d", "14x14x528", "580K", "119M"),
            ("4e", "14x14x832", "840K", "170M"),
        ),
        PrintedLine("max pool 3x3/2", "pool4", "7x7x832", 0),
        *_modules(("5a", "7x7x832", "1072K", "54M"), ("5b", "7x7x1024", "1388K", "71M")),
        PrintedLine("avg pool 7x7/1", "pool5", "1x1x1024", 0),
        PrintedLine("dropout (40%)", "dropout", "1x1x1024", 0),
        PrintedLine("linear", "linear", "1x1x1000", 1, "1000K", "1M"),
    ),
    kilo=1024,
    macs="1502M",  # the column's sum; the text says "1.5 billion"
)
_BN_INCEPTION = PrintedTable(
    "Ioffe and Szegedy 2015, appendix",
    (
        PrintedLine("convolution 7x7/2", "conv1", "112x112x64", 1),
        PrintedLine("max pool 3x3/2", "pool1", "56x56x64", 0),
        PrintedLine("convolution 3x3/1", "conv2", "56x56x192", 1),
        PrintedLine("max pool 3x3/2", "pool2", "28x28x192", 0),
        *(
            PrintedLine(f"inception ({name})", f"inception{name}", output, 3)
            for name, output in (
                *(("3a", "28x28x256"), ("3b", "28x28x320"), ("3c", "28x28x576")),
                *(("4a", "14x14x576"), ("4b", "14x14x576"), ("4c", "14x14x576")),
                *(("4d", "14x14x576"), ("4e", "14x14x1024")),
                *(("5a", "7x7x1024"), ("5b", "7x7x1024")),
            )
        ),
        PrintedLine("avg pool 7x7/1", "pool5", "1x1x1024", 0),
    ),
)
# The table prints each line's input; here it stands as the output of the line before.
_INCEPTION_V3 = PrintedTable(
    "Szegedy et al. 2015, Table 1",
    (
        PrintedLine("conv 3x3/2", "Conv2d_1a", "149x149x32"),
        PrintedLine("conv 3x3/1", "Conv2d_2a", "147x147x32"),
        PrintedLine("conv padded 3x3/1", "Conv2d_2b", "147x147x64"),
        PrintedLine("pool 3x3/2", "MaxPool_3a", "73x73x64"),
        PrintedLine("conv 3x3/1", "Conv2d_3b", "71x71x80"),
        PrintedLine("conv 3x3/2", "Conv2d_4a", "35x35x192"),
        PrintedLine("conv 3x3/1", "MaxPool_5a", "35x35x288"),
        PrintedLine("3 x Inception, fig. 5", "Mixed_6a", "17x17x768"),
        PrintedLine("5 x Inception, fig. 6", "Mixed_7a", "8x8x1280"),
        PrintedLine("2 x Inception, fig. 7", "Mixed_7c", "8x8x2048"),
        PrintedLine("pool 8x8", "AvgPool", "1x1x2048"),
        PrintedLine("linear", "fc", "1x1x1000"),
    ),
    macs="5B",
)
_INCEPTION_V4 = PrintedTable(
    "Szegedy et al. 2017, Fig. 9",
    (
        PrintedLine("stem", "Mixed_5a", "35x35x384"),
        PrintedLine("4 x Inception-A", "Mixed_5e", "35x35x384"),
        PrintedLine("Reduction-A", "Mixed_6a", "17x17x1024"),
        PrintedLine("7 x Inception-B", "Mixed_6h", "17x17x1024"),
        PrintedLine("Reduction-B", "Mixed_7a", "8x8x1536"),
        PrintedLine("3 x Inception-C", "Mixed_7d", "8x8x1536"),
        PrintedLine("average pooling", "AvgPool", "1x1x1536"),
        PrintedLine("softmax", "fc", "1x1x1000"),
    ),
)
_INCEPTION_RESNET_V1 = PrintedTable(
    "Szegedy et al. 2017, Fig. 15",
    (
        PrintedLine("stem", "Conv2d_4b", "35x35x256"),
        PrintedLine("5 x Inception-resnet-A", "inception_resnet_a", "35x35x256"),
        PrintedLine("Reduction-A", "reduction_a", "17x17x896"),
        PrintedLine("10 x Inception-resnet-B", "inception_resnet_b", "17x17x896"),
        PrintedLine("Reduction-B", "reduction_b", "8x8x1792"),
        PrintedLine("5 x Inception-resnet-C", "inception_resnet_c", "8x8x1792"),
        PrintedLine("average pooling", "AvgPool", "1x1x1792"),
        PrintedLine("softmax", "fc", "1x1x1000"),
    ),
)
# The widths that Fig. 16 to 19 print at the end of each unit.
_INCEPTION_RESNET_V2 = PrintedTable(
    "Szegedy et al. 2017, Fig. 15 to 19",
    (
        PrintedLine("stem", "Mixed_5b", "35x35x384"),
        PrintedLine("5 x Inception-resnet-A", "inception_resnet_a", "35x35x384"),
        PrintedLine("Reduction-A", "reduction_a", "17x17"),
        PrintedLine("10 x Inception-resnet-B", "inception_resnet_b", "17x17x1154"),
        PrintedLine("Reduction-B", "reduction_b", "8x8"),
        PrintedLine("5 x Inception-resnet-C", "inception_resnet_c", "8x8x2048"),
        PrintedLine("softmax", "fc", "1x1x1000"),
    ),
)


def _resnet(
    source: str, layers: int, units: tuple[int, ...], macs: str = "", parameters: str = ""
) -> PrintedTable:
    """Return Table 1 of the ResNet paper and its followers: grids, layers in brackets, totals."""
    stages = tuple(
        PrintedLine(
            f"[{layers} layers] x {count}", f"conv{i + 2}_x", f"{grid}x{grid}", layers * count
        )
        for i, (count, grid) in enumerate(zip(units, (56, 28, 14, 7), strict=True))
    )
    first = PrintedLine("7x7, 64, stride 2", "conv1", "112x112", 1)
    last = PrintedLine("average pool, 1000-d fc", "fc", "1x1x1000", 1)
    return PrintedTable(source, (first, *stages, last), macs=macs, parameters=parameters)


_HE = "He et al. 2016, Table 1"
_UNITS_18, _UNITS_34, _UNITS_101 = (2, 2, 2, 2), (3, 4, 6, 3), (3, 4, 23, 3)
_RESNETS = {
    "resnet18": _resnet(_HE, 2, _UNITS_18, "1.8B"),
    "resnet34": _resnet(_HE, 2, _UNITS_34, "3.6B"),
    "resnet50": _resnet(_HE, 3, _UNITS_34, "3.8B"),
    "resnet101": _resnet(_HE, 3, _UNITS_101, "7.6B"),
    "resnet152": _resnet(_HE, 3, (3, 8, 36, 3), "11.3B"),
}


def _cifar(source: str, depth: int, parameters: str = "") -> PrintedTable:
    layers = (depth - 2) // 3
    lines = (
        PrintedLine("3x3, 16", "conv1", "32x32x16", 1),
        PrintedLine("output map 32x32", "conv2_x", "32x32x16", layers),
        PrintedLine("16x16", "conv3_x", "16x16x32", layers),
        PrintedLine("8x8", "conv4_x", "8x8x64", layers),
        PrintedLine("average pool, 10-way fc", "fc", "1x1x10", 1),
    )
    return PrintedTable(source, lines, parameters=parameters)


_TABLE_6 = {20: "0.27M", 32: "0.46M", 44: "0.66M", 56: "0.85M", 110: "1.7M", 1202: "19.4M"}


def _preact(parameters: str) -> PrintedTable:
    return PrintedTable("He et al. 2016b, Table 4", (), parameters=parameters)


def _wide(depth: int, widen: int, parameters: str) -> PrintedTable:
    layers = (depth - 4) // 3
    lines = (
        PrintedLine("[3x3, 16]", "conv1", "32x32x16", 1),
        PrintedLine("conv2", "conv2", f"32x32x{16 * widen}", layers),
        PrintedLine("conv3", "conv3", f"16x16x{32 * widen}", layers),
        PrintedLine("conv4", "conv4", f"8x8x{64 * widen}", layers),
        PrintedLine("avg-pool", "pool", f"1x1x{64 * widen}", 0),
    )
    return PrintedTable(
        "Zagoruyko and Komodakis 2016, Tables 1 and 4", lines, parameters=parameters
    )


TABLES: dict[str, PrintedTable] = {
    **{name: _GOOGLENET for name in ("googlenet", "googlenet_2014", "googlenet_3x3")},
    "bn_inception": _BN_INCEPTION,
    "inception_v3": _INCEPTION_V3,
    "inception_v4": _INCEPTION_V4,
    "inception_resnet_v1": _INCEPTION_RESNET_V1,
    "inception_resnet_v2": _INCEPTION_RESNET_V2,
    **_RESNETS,
    **{f"{name}_2015": _RESNETS[name] for name in ("resnet50", "resnet101", "resnet152")},
    **{name: _RESNETS["resnet34"] for name in ("resnet34_a", "resnet34_c", "plain34")},
    "plain18": _RESNETS["resnet18"],
    **{
        f"resnet_cifar{depth}": _cifar("He et al. 2016, §4.2 and Table 6", depth, parameters)
        for depth, parameters in _TABLE_6.items()
    },
    **{f"plain_cifar{depth}": _cifar("He et al. 2016, §4.2", depth) for depth in _TABLE_6},
    "preact_cifar110": _preact("1.7M"),
    "preact_cifar164": _preact("1.7M"),
    "preact_cifar1001": _preact("10.2M"),
    "wide_resnet28_10": _wide(28, 10, "36.5M"),
    "wide_resnet40_4": _wide(40, 4, "8.9M"),
    "wide_resnet50_2": _resnet(
        "Zagoruyko and Komodakis 2016, Table 8", 3, _UNITS_34, parameters="68.9M"
    ),
    "resnext50_32x4d": _resnet("Xie et al. 2017, Table 1", 3, _UNITS_34, "4.2B", "25.0M"),
    "resnet50_d": PrintedTable("He et al. 2019, Table 5", (), macs="4.3B"),
}
