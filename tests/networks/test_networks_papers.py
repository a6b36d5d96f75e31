"""Networks against the papers' printed tables: shapes, counts, order."""

import time
from functools import partial

import pytest
import torch
import torchvision
from torch import nn

from skipcat.networks.catalogue import build_network, find_entry, list_networks

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
BN_INCEPTION_OUTPUTS = {
    **{"conv1": (64, 112), "pool1": (64, 56), "conv2": (192, 56), "pool2": (192, 28)},
    **{"inception3a": (256, 28), "inception3b": (320, 28), "inception3c": (576, 14)},
    **{"inception4a": (576, 14), "inception4b": (576, 14), "inception4c": (576, 14)},
    # 3c and 4e print the grid before their stride.
    **{"inception4d": (576, 14), "inception4e": (1024, 7)},
    **{"inception5a": (1024, 7), "inception5b": (1024, 7)},
}
INCEPTION_V4_OUTPUTS = {
    **{"Conv2d_1a": (32, 149), "Conv2d_2a": (32, 147), "Conv2d_2b": (64, 147)},
    **{"Mixed_3a": (160, 73), "Mixed_4a": (192, 71), "Mixed_5a": (384, 35)},
    **{f"Mixed_5{letter}": (384, 35) for letter in "bcde"},
    **{f"Mixed_6{letter}": (1024, 17) for letter in "abcdefgh"},
    **{f"Mixed_7{letter}": (1536, 8) for letter in "abcd"},
}
INCEPTION_RESNET_V1_OUTPUTS = {
    **{"MaxPool_3a": (64, 73), "Conv2d_3b": (80, 73), "Conv2d_4a": (192, 71)},
    **{"Conv2d_4b": (256, 35), "inception_resnet_a": (256, 35), "reduction_a": (896, 17)},
    **{"inception_resnet_b": (896, 17), "reduction_b": (1792, 8)},
    "inception_resnet_c": (1792, 8),
}
INCEPTION_RESNET_V2_OUTPUTS = {
    **{"Mixed_5b": (320, 35), "inception_resnet_a": (320, 35), "reduction_a": (1088, 17)},
    **{"inception_resnet_b": (1088, 17), "reduction_b": (2080, 8)},
    **{"inception_resnet_c": (2080, 8), "Conv2d_7b": (1536, 8)},
}
CIFAR_OUTPUTS = {"conv1": (16, 32), "conv2_x": (16, 32), "conv3_x": (32, 16), "conv4_x": (64, 8)}

BASIC_NETWORKS = ("resnet18", "resnet34", "resnet34_a", "resnet34_c", "plain18", "plain34")
OUTPUTS = {
    **{name: GOOGLENET_OUTPUTS for name in ("googlenet", "googlenet_2014", "googlenet_3x3")},
    "bn_inception": BN_INCEPTION_OUTPUTS,
    "inception_v3": INCEPTION_V3_OUTPUTS,
    "inception_v4": INCEPTION_V4_OUTPUTS,
    "inception_resnet_v1": INCEPTION_RESNET_V1_OUTPUTS,
    "inception_resnet_v2": INCEPTION_RESNET_V2_OUTPUTS,
    **{name: BASIC_OUTPUTS for name in (*BASIC_NETWORKS, "preact_resnet18", "preact_resnet34")},
    **{
        f"resnet{depth}{suffix}": BOTTLENECK_OUTPUTS
        for depth in (50, 101, 152)
        for suffix in ("", "_2015")
    },
    **{f"preact_resnet{depth}": BOTTLENECK_OUTPUTS for depth in (50, 101, 152, 200)},
    **{f"wide_resnet{depth}_2": BOTTLENECK_OUTPUTS for depth in (50, 101)},
    **{name: BOTTLENECK_OUTPUTS for name in ("resnext50_32x4d", "resnext101_32x8d")},
    "resnet50_d": {
        **{key: value for key, value in BOTTLENECK_OUTPUTS.items() if key != "conv1"},
        **{"conv1_1": (32, 112), "conv1_2": (32, 112), "conv1_3": (64, 112)},
    },
    **{
        f"{family}_cifar{depth}": CIFAR_OUTPUTS
        for family in ("resnet", "plain")
        for depth in (20, 32, 44, 56, 110, 1202)
    },
    "preact_cifar110": CIFAR_OUTPUTS,
    **{
        f"preact_cifar{depth}": {
            **{"conv1": (16, 32), "conv2_x": (64, 32), "conv3_x": (128, 16)},
            **{"conv4_x": (256, 8), "activation": (256, 8)},
        }
        for depth in (164, 1001)
    },
    **{
        f"wide_resnet{depth}_{k}": {
            **{"conv1": (16, 32), "conv2": (16 * k, 32), "conv3": (32 * k, 16)},
            "conv4": (64 * k, 8),
        }
        for depth, k in ((28, 10), (40, 4))
    },
}
GIANTS = {"resnet_cifar1202", "plain_cifar1202", "preact_cifar1001", "preact_resnet200"}
DEPTHS = {
    **{"googlenet_2014": 22, "resnet18": 18, "resnet50": 50, "resnet152_2015": 152},
    **{"plain34": 34, "resnet34_a": 34, "resnet34_c": 34, "preact_resnet200": 200},
    **{"preact_cifar110": 110, "preact_cifar164": 164, "plain_cifar56": 56},
    **{"wide_resnet50_2": 50, "resnext101_32x8d": 101},
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow if n in GIANTS else ()) for n in OUTPUTS],
)
def test_every_row_leaves_the_paper_s_output(name: str) -> None:
    px = find_entry(name).image_px
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


def test_every_network_is_held_to_its_outputs() -> None:
    assert set(OUTPUTS) == set(list_networks())


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


def test_bn_inception_s_first_convolution_is_separable() -> None:
    with torch.device("meta"):
        net = build_network("bn_inception")
    depthwise, pointwise = net.conv1.depthwise, net.conv1.pointwise.conv
    assert (depthwise.out_channels, depthwise.groups, depthwise.stride) == (24, 3, (2, 2))
    assert depthwise.weight.numel() + pointwise.weight.numel() == 2_712
    assert pointwise.kernel_size == (1, 1) and depthwise.bias is None
    assert isinstance(net.inception5b.branch_pool[0], nn.MaxPool2d)
    assert isinstance(net.inception5a.branch_pool[0], nn.AvgPool2d)


def test_inception_resnets_scale_their_branches() -> None:
    with torch.device("meta"):
        nets = [build_network(f"inception_resnet_{version}") for version in ("v1", "v2")]
    for net, units in zip(nets, ((5, 10, 5), (10, 20, 10)), strict=True):
        stages = (net.inception_resnet_a, net.inception_resnet_b, net.inception_resnet_c)
        assert tuple(len(stage) for stage in stages) == units
        assert [stage[0].scale for stage in stages] == [0.17, 0.1, 0.2]
        assert all(unit.branch.up.norm is None and not unit.branch.up.relu for unit in stages[0])
    ends = [(net.inception_resnet_c[-1].relu, net.inception_resnet_c[-1].scale) for net in nets]
    assert ends == [(True, 0.2), (False, 1.0)]


def test_plain_and_residual_twins_start_from_the_same_weights() -> None:
    plain, residual = (build_network(f"{kind}_cifar20", 2) for kind in ("plain", "resnet"))
    states = plain.state_dict(), residual.state_dict()
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(tensor, states[1][key]) for key, tensor in states[0].items())
    x = torch.randn(2, 3, 16, 16)
    assert not torch.allclose(plain.eval()(x), residual.eval()(x))


def test_preactivation_leaves_the_shortcut_free() -> None:
    """A unit whose branch gives nothing passes its input on, from the second unit of a stage on."""
    net = build_network("preact_cifar29", 2).eval()
    stage = net.conv3_x
    assert stage[0].activation is not None and stage[1].activation is None
    assert net.conv2_x[0].activation is None  # conv1 has activated
    nn.init.zeros_(stage[1].branch.conv3.weight)
    x = torch.randn(1, 128, 8, 8)
    assert torch.equal(stage[1](x), x)
    assert stage[0].shortcut.stride == (2, 2) and stage[0].branch.conv1.stride == (2, 2)


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
