"""Networks against the graphs that travel with the onnx package: models of 2014 to 2016.

They are conversions of the published Caffe models, weights left out: an oracle that is neither
torchvision nor timm. Layer by layer: kernel, stride, widths, in order; and what each graph has.
"""

from collections import Counter
from pathlib import Path

import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import nn

from skipcat.networks.catalogue import build_network

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
Layer = tuple[tuple[int, ...], int]


def graph(name: str) -> onnx.GraphProto:
    return onnx.load(LIGHT / f"light_{name}.onnx").graph


def weight_shapes(g: onnx.GraphProto) -> dict[str, tuple[int, ...]]:
    constants = {t.name: tuple(numpy_helper.to_array(t).tolist()) for t in g.initializer if t.dims}
    return {
        node.output[0]: constants[node.input[0]]
        for node in g.node
        if node.op_type == "ConstantOfShape"
    }


def ints(node: onnx.NodeProto, name: str) -> list[int]:
    return next((list(a.ints) for a in node.attribute if a.name == name), [])


def convolutions_of_graph(g: onnx.GraphProto) -> list[Layer]:
    shapes = weight_shapes(g)
    return [
        (shapes[node.input[1]], ints(node, "strides")[0])
        for node in g.node
        if node.op_type == "Conv"
    ]


def convolutions_of(net: nn.Module) -> list[Layer]:
    return [(tuple(m.weight.shape), m.stride[0]) for m in net.modules() if isinstance(m, nn.Conv2d)]


def build(name: str) -> nn.Module:
    with torch.device("meta"):
        net = build_network(name)
    net.auxiliary = nn.ModuleDict()
    return net


@pytest.mark.parametrize(
    ("ours", "theirs", "left_out"),
    # The graph's Inception v2 has a full 7x7; the paper's separable one is two layers.
    [("googlenet_2014", "inception_v1", 0), ("bn_inception", "inception_v2", 1)],
)
def test_inceptions_layer_by_layer(ours: str, theirs: str, left_out: int) -> None:
    expected = convolutions_of_graph(graph(theirs))[left_out:]
    given = convolutions_of(build(ours))[2 * left_out :]
    assert given == expected


def test_resnet50_has_the_same_layers_with_shortcuts_last() -> None:
    """The graph lists a projection after its branch, as ours does."""
    assert convolutions_of(build("resnet50")) == convolutions_of_graph(graph("resnet50"))
    assert convolutions_of(build("resnet50_2015")) != convolutions_of_graph(graph("resnet50"))


@pytest.mark.parametrize(
    ("ours", "theirs", "counts"),
    [
        ("googlenet_2014", "inception_v1", {"MaxPool": 13, "LRN": 2, "Concat": 9, "Gemm": 1}),
        ("bn_inception", "inception_v2", {"MaxPool": 5, "AveragePool": 8, "Concat": 10}),
        ("resnet50", "resnet50", {"MaxPool": 1, "Sum": 16, "BatchNormalization": 53}),
    ],
)
def test_the_graph_has_what_the_network_has(ours: str, theirs: str, counts: dict) -> None:
    from skipcat.blocks.inception import Concatenation
    from skipcat.blocks.residual import Residual

    found = Counter(node.op_type for node in graph(theirs).node)
    assert {op: found[op] for op in counts} == counts
    kinds = {
        "MaxPool": nn.MaxPool2d,
        "AveragePool": nn.AvgPool2d,
        "LRN": nn.LocalResponseNorm,
        "Concat": Concatenation,
        "Gemm": nn.Linear,
        "Sum": Residual,
        "BatchNormalization": nn.BatchNorm2d,
    }
    modules = list(build(ours).modules())
    for op, count in counts.items():
        given = sum(isinstance(module, kinds[op]) for module in modules)
        # The pool over the whole grid is an AveragePool there and a module of its own here.
        assert given == count - (op == "AveragePool"), op


def test_googlenet_s_norms_stand_where_the_graph_has_them() -> None:
    spatial = [
        node for node in graph("inception_v1").node if node.op_type in {"Conv", "MaxPool", "LRN"}
    ]
    assert [node.op_type for node in spatial[:7]] == [
        *("Conv", "MaxPool", "LRN", "Conv", "Conv", "LRN", "MaxPool")
    ]
    names = build("googlenet_2014").row_names[:6]
    assert names == ("conv1", "pool1", "norm1", "conv2", "norm2", "pool2")
    attributes = {a.name: a for a in spatial[2].attribute}
    assert attributes["size"].i == 5 and attributes["alpha"].f == pytest.approx(1e-4)
    assert attributes["beta"].f == 0.75 and attributes["bias"].f == 1.0


def test_parameters_of_the_printed_googlenet_are_the_graph_s() -> None:
    g = graph("inception_v1")
    shapes = weight_shapes(g)
    convolutions = [shapes[node.input[1]] for node in g.node if node.op_type == "Conv"]
    # Its linear layer's weight is the one constant that a Reshape turns into 1000 x 1024.
    linear = (1000, 1024)
    total = sum(torch.Size(s).numel() + s[0] for s in (*convolutions, linear))  # and a bias each
    assert total == sum(p.numel() for p in build("googlenet_2014").parameters()) == 6_998_552
