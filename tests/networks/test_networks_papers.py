"""Networks against the papers' printed tables: shapes, counts, order."""

import time
from functools import partial

import pytest
import torch
import torchvision
from torch import nn

from skipcat.networks.catalogue import build_network

GOOGLENET_OUTPUTS = {
    **{"conv1": (64, 112), "pool1": (64, 56), "conv2": (192, 56), "pool2": (192, 28)},
    **{"inception3a": (256, 28), "inception3b": (480, 28), "pool3": (480, 14)},
    **{"inception4a": (512, 14), "inception4b": (512, 14), "inception4c": (512, 14)},
    **{"inception4d": (528, 14), "inception4e": (832, 14), "pool4": (832, 7)},
    **{"inception5a": (832, 7), "inception5b": (1024, 7)},
}
INCEPTION_V3_OUTPUTS = {
    **{"Conv2d_1a": (32, 149), "Conv2d_2a": (32, 147), "Conv2d_2b": (64, 147)},
    **{"MaxPool_3a": (64, 73), "Conv2d_3b": (80, 73), "Conv2d_4a": (192, 71)},
    **{"MaxPool_5a": (192, 35), "Mixed_5b": (256, 35), "Mixed_5c": (288, 35)},
    **{"Mixed_5d": (288, 35), "Mixed_6a": (768, 17), "Mixed_6b": (768, 17)},
    **{"Mixed_6c": (768, 17), "Mixed_6d": (768, 17), "Mixed_6e": (768, 17)},
    **{"Mixed_7a": (1280, 8), "Mixed_7b": (2048, 8), "Mixed_7c": (2048, 8)},
}
BASIC_OUTPUTS = {
    **{"conv1": (64, 112), "pool1": (64, 56), "conv2_x": (64, 56), "conv3_x": (128, 28)},
    **{"conv4_x": (256, 14), "conv5_x": (512, 7)},
}
BOTTLENECK_OUTPUTS = {
    **{"conv1": (64, 112), "pool1": (64, 56), "conv2_x": (256, 56), "conv3_x": (512, 28)},
    **{"conv4_x": (1024, 14), "conv5_x": (2048, 7)},
}
CIFAR_OUTPUTS = {"conv1": (16, 32), "conv2_x": (16, 32), "conv3_x": (32, 16), "conv4_x": (64, 8)}

OUTPUTS = {
    **{name: GOOGLENET_OUTPUTS for name in ("googlenet", "googlenet_2014", "googlenet_3x3")},
    "inception_v3": INCEPTION_V3_OUTPUTS,
    **{name: BASIC_OUTPUTS for name in ("resnet18", "resnet34")},
    **{
        f"resnet{depth}{suffix}": BOTTLENECK_OUTPUTS
        for depth in (50, 101, 152)
        for suffix in ("", "_2015")
    },
    **{f"resnet_cifar{depth}": CIFAR_OUTPUTS for depth in (20, 32, 44, 56, 110, 1202)},
}
DEPTHS = {"googlenet_2014": 22, "resnet18": 18, "resnet50": 50, "resnet152_2015": 152}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow if n == "resnet_cifar1202" else ()) for n in OUTPUTS],
)
def test_every_row_leaves_the_paper_s_output(name: str) -> None:
    px = {"inception_v3": 299}.get(name, 32 if "cifar" in name else 224)
    with torch.device("meta"):
        net = build_network(name)
        x = torch.empty(1, 3, px, px)
    expected = dict(OUTPUTS[name])
    for row, stage in net.stages():
        x = stage(x)
        if row in expected:
            width, grid = expected.pop(row)
            assert x.shape == (1, width, grid, grid), row
    assert not expected
    assert x.shape == (1, net.spec.classes)


@pytest.mark.parametrize(("name", "depth"), DEPTHS.items())
def test_depth_is_the_paper_s(name: str, depth: int) -> None:
    """The longest way through layers with weights; projection shortcuts are not on it."""
    with torch.device("meta"):
        net = build_network(name)
    if name == "googlenet_2014":  # two layers in each of nine modules, three in the stem, one last
        rows = [row for row in net.row_names if row.startswith("inception")]
        assert 2 * len(rows) + 3 + 1 == depth
        return
    layers = [
        key
        for key, module in net.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear) and "shortcut" not in key
    ]
    assert len(layers) == depth


def test_googlenet_forms_differ_where_they_say() -> None:
    with torch.device("meta"):
        true, port, printed = (
            build_network(name) for name in ("googlenet", "googlenet_3x3", "googlenet_2014")
        )
    assert true.inception3a.branch5x5.conv.conv.kernel_size == (5, 5)
    assert port.inception3a.branch5x5.conv.conv.kernel_size == (3, 3)
    assert (true.pool4.kernel_size, port.pool4.kernel_size) == (3, 2)
    assert (true.dropout.p, port.dropout.p) == (0.4, 0.2)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in printed.modules())
    assert all(m.bias is not None for m in printed.modules() if isinstance(m, nn.Conv2d))
    order = ("conv1", "pool1", "norm1", "conv2", "norm2", "pool2", "inception3a")
    assert printed.row_names[:7] == order
    norm = printed.norm1
    assert (norm.size, norm.alpha, norm.beta, norm.k) == (5, 1e-4, 0.75, 1.0)


def test_resnet_stride_stands_where_it_should() -> None:
    with torch.device("meta"):
        ours, paper = build_network("resnet50"), build_network("resnet50_2015")
    for net, strides in ((ours, [1, 2, 1]), (paper, [2, 1, 1])):
        for stage in (net.conv3_x, net.conv4_x, net.conv5_x):
            branch = stage[0].branch
            assert [c.conv.stride[0] for c in (branch.conv1, branch.conv2, branch.conv3)] == strides
            assert stage[0].shortcut.conv.stride == (2, 2)
            assert all(m.conv.stride == (1, 1) for m in stage[1].branch)


def test_googlenet_s_first_weights_keep_the_printed_net_alive() -> None:
    net = build_network("googlenet_2014", classes=10)
    assert (net.inception3a.branch1x1.conv.bias == 0.2).all()
    assert (net.linear.bias == 0).all()
    assert (net.auxiliary["inception4a"].hidden.bias == 0.2).all()
    assert (net.auxiliary["inception4a"].linear.bias == 0).all()


def test_inception_v3_starts_from_a_truncated_normal() -> None:
    net = build_network("inception_v3", classes=10)
    head = net.auxiliary["Mixed_6e"]
    for layer, std in (
        (net.Mixed_7c.branch3x3[0].conv, 0.1),
        (net.fc, 0.01),
        (head.project.conv, 0.1),
        (head.spread.conv, 0.01),
        (head.linear, 0.001),
    ):
        weight = layer.weight.detach()
        assert weight.abs().max() <= 2 * std
        # A normal distribution cut at two deviations has 0.8796 of its deviation left.
        assert float(weight.std()) == pytest.approx(0.8796 * std, rel=0.03)
        assert weight.abs().max() > 1.9 * std


@pytest.mark.slow
def test_inception_v3_builds_no_slower_than_torchvision_s() -> None:
    def best_of_three(build) -> float:
        seconds = []
        for _ in range(4):  # the first warms up
            start = time.perf_counter()
            build()
            seconds.append(time.perf_counter() - start)
        return min(seconds[1:])

    reference = partial(torchvision.models.inception_v3, init_weights=True)
    assert best_of_three(lambda: build_network("inception_v3")) <= best_of_three(reference)
