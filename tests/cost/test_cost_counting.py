"""Costs against the papers' arithmetic: parameters and multiply-adds, row by row."""

import json

import pytest
import torch
from torch import nn

from skipcat.cost.counting import count_module, measure_cost
from skipcat.errors import NetworkError
from skipcat.networks.catalogue import build_network, make_spec

TOTALS = {
    # name: parameters, auxiliary parameters, MMAC
    "googlenet": (7_005_832, 6_379_984, 1582.67),
    "googlenet_2014": (6_998_552, 3_188_840 + 3_190_888, 1582.67),
    "googlenet_3x3": (6_624_904, 13_004_888 - 6_624_904, 1498.38),
    "inception_v3": (23_834_568, 3_326_696, 5713.2),
    "resnet18": (11_689_512, 0, 1814.07),
    "resnet34": (21_797_672, 0, 3663.76),
    "resnet50": (25_557_032, 0, 4089.18),
    "resnet101": (44_549_160, 0, 7801.41),
    "resnet152": (60_192_808, 0, 11513.63),
    "resnet50_2015": (25_557_032, 0, 3857.97),
    "resnet101_2015": (44_549_160, 0, 7570.19),
    "resnet152_2015": (60_192_808, 0, 11282.42),
    "bn_inception": (11_188_288, 0, 1934.86),
    "inception_v4": (42_679_816, 0, 12253.97),
    "inception_resnet_v1": (22_756_328, 0, 6206.36),
    "inception_resnet_v2": (55_843_464, 0, 13155.79),
    "resnet34_a": (21_623_848, 0, 3644.49),
    "resnet34_c": (22_716_840, 0, 3830.75),
    "plain18": (11_515_688, 0, 1794.81),
    "plain34": (21_623_848, 0, 3644.49),
    "preact_resnet18": (11_687_720, 0, 1814.07),
    "preact_resnet34": (21_795_880, 0, 3663.76),
    "preact_resnet50": (25_549_352, 0, 4089.18),
    "preact_resnet101": (44_541_480, 0, 7801.41),
    "preact_resnet152": (60_185_128, 0, 11513.63),
    "preact_resnet200": (64_666_152, 0, 15007.48),
    "preact_cifar110": (1_727_962, 0, 252.89),
    "preact_cifar164": (1_703_258, 0, 244.50),
    "preact_cifar1001": (10_327_706, 0, 1487.85),
    "wide_resnet28_10": (36_479_194, 0, 5243.33),
    "wide_resnet40_4": (8_949_210, 0, 1298.58),
    "wide_resnet50_2": (68_883_240, 0, 11398.02),
    "wide_resnet101_2": (126_886_696, 0, 22753.05),
    "resnext50_32x4d": (25_028_904, 0, 4230.48),
    "resnext101_32x8d": (88_791_336, 0, 16414.02),
    "resnet50_d": (25_576_264, 0, 4328.82),
    "resnet_cifar20": (269_722, 0, 40.55),
    "resnet_cifar32": (464_154, 0, 68.86),
    "resnet_cifar44": (658_586, 0, 97.17),
    "resnet_cifar56": (853_018, 0, 125.49),
    "resnet_cifar110": (1_727_962, 0, 252.89),
    "resnet_cifar1202": (19_421_274, 0, 2829.24),
}
# Without shortcuts that cost anything, a plain network is as costly as its twin.
TOTALS |= {
    f"plain_cifar{depth}": TOTALS[f"resnet_cifar{depth}"] for depth in (20, 32, 44, 56, 110, 1202)
}

GOOGLENET_ROWS = {
    # row: weights without biases and norms, MMAC
    "conv1": (9_408, 118.01),
    "conv2": (114_688, 359.66),
    "inception3a": (163_328, 128.05),
    "inception3b": (388_096, 304.27),
    "inception4a": (375_552, 73.61),
    "inception4b": (448_512, 87.91),
    "inception4c": (509_440, 99.85),
    "inception4d": (604_672, 118.52),
    "inception4e": (867_328, 170.00),
    "inception5a": (1_042_432, 51.08),
    "inception5b": (1_442_816, 70.70),
    "linear": (1_024_000, 1.02),
}
INCEPTION_V3_ROWS = {
    # row: parameters, MMAC
    "Conv2d_1a": (928, 19.18),
    "Conv2d_2a": (9_280, 199.15),
    "Conv2d_2b": (18_560, 398.30),
    "Conv2d_3b": (5_280, 27.28),
    "Conv2d_4a": (138_624, 696.87),
    "Mixed_5b": (255_904, 312.35),
    "Mixed_5c": (277_472, 338.69),
    "Mixed_5d": (285_152, 348.10),
    "Mixed_6a": (1_153_280, 401.94),
    "Mixed_6b": (1_297_408, 374.06),
    "Mixed_6c": (1_691_008, 487.70),
    "Mixed_6d": (1_691_008, 487.70),
    "Mixed_6e": (2_141_952, 617.91),
    "Mixed_7a": (1_698_304, 291.00),
    "Mixed_7b": (5_044_608, 322.44),
    "Mixed_7c": (6_076_800, 388.50),
    "fc": (2_049_000, 2.05),
}


def mmacs(macs: int, digits: int = 2) -> float:
    return round(macs / 1e6, digits)


@pytest.mark.parametrize("name", TOTALS)
def test_totals_are_the_papers(name: str) -> None:
    cost = measure_cost(name)
    parameters, auxiliary, expected_mmacs = TOTALS[name]
    assert cost.parameters == parameters
    assert cost.auxiliary_parameters == auxiliary
    digits = 1 if name == "inception_v3" else 2
    assert mmacs(cost.macs, digits) == expected_mmacs
    for figure in ("parameters", "macs", "activations"):
        assert sum(getattr(row, figure) for row in cost.rows) == getattr(cost, figure)


def test_every_network_is_in_the_table() -> None:
    from skipcat.networks.catalogue import list_networks

    assert set(TOTALS) == set(list_networks())


def test_googlenet_s_rows() -> None:
    with torch.device("meta"):
        net = build_network("googlenet")
    weights = {
        row: sum(m.weight.numel() for m in stage.modules() if isinstance(m, nn.Conv2d | nn.Linear))
        for row, stage in net.stages()
    }
    rows = {row.name: (weights[row.name], mmacs(row.macs)) for row in measure_cost(net).rows}
    assert {name: rows[name] for name in GOOGLENET_ROWS} == GOOGLENET_ROWS


def test_googlenet_s_separable_stem_is_what_the_paper_counted() -> None:
    """2.7K parameters and 34M operations in row one; with them the column sums to 1,502M."""
    separable = 7 * 7 * 3 * 8 + 24 * 64
    assert separable == 2_712
    rest = sum(row.macs for row in measure_cost("googlenet").rows if row.name != "conv1")
    assert mmacs(separable * 112 * 112) == 34.02
    # The column prints 54M for 5a where the widths give 51.08M: see docs/differences.md.
    printed = (34, 360, 128, 304, 73, 88, 100, 119, 170, 54, 71, 1)
    assert sum(printed) == 1502
    assert abs((rest + separable * 112 * 112) / 1e6 - (1502 - 2.92)) < 1


def test_googlenet_s_heads() -> None:
    with torch.device("meta"):
        net = build_network("googlenet_2014")
    heads = [sum(p.numel() for p in head.parameters()) for head in net.auxiliary.values()]
    assert heads == [3_188_840, 3_190_888]


def test_inception_v3_s_rows() -> None:
    rows = {r.name: (r.parameters, mmacs(r.macs)) for r in measure_cost("inception_v3").rows}
    assert {name: rows[name] for name in INCEPTION_V3_ROWS} == INCEPTION_V3_ROWS
    assert sum(parameters for parameters, _ in INCEPTION_V3_ROWS.values()) == 23_834_568


def test_a_plain_hand_count() -> None:
    """ResNet-8 on one channel, by hand: 3x3 convolutions on grids of 8, 4 and 2."""
    cost = measure_cost(make_spec("resnet_cifar8", 2, 8, 1))
    conv1 = 8 * 8 * 9 * 1 * 16
    conv2 = 2 * 8 * 8 * 9 * 16 * 16
    conv3 = 4 * 4 * 9 * 32 * (16 + 32)
    conv4 = 2 * 2 * 9 * 64 * (32 + 64)
    assert [row.macs for row in cost.rows] != []
    by_name = {row.name: row for row in measure_cost(make_spec("resnet_cifar8", 2, 8, 1), 8).rows}
    assert by_name["conv1"].macs == conv1
    assert by_name["conv2_x"].macs == conv2
    assert by_name["conv3_x"].macs == conv3
    assert by_name["conv4_x"].macs == conv4
    assert by_name["fc"].macs == 128
    assert by_name["conv3_x"].activations == 2 * 32 * 4 * 4
    assert by_name["conv3_x"].output_shape == (32, 4, 4)
    assert by_name["pool"].output_shape == (64,)


def test_a_built_network_is_counted_as_it_stands_and_left_as_it_was() -> None:
    net = build_network("googlenet", classes=5, image_px=64).train()
    weight = net.conv1.conv.weight.clone()
    cost = measure_cost(net, image_px=64)
    assert cost.to_dict() == measure_cost("googlenet", 64, 5).to_dict()
    assert net.training and torch.equal(net.conv1.conv.weight, weight)
    net.inception5b = nn.Identity()
    net.linear = nn.Linear(832, 5)
    assert measure_cost(net, image_px=64).macs < cost.macs


@pytest.mark.parametrize(
    "name", ["resnet_cifar56", "preact_cifar164", "resnet50_d", "inception_resnet_v1", "resnet34_c"]
)
def test_deep_stages_cost_what_they_cost_when_all_units_are_built(name: str) -> None:
    with torch.device("meta"):
        net = build_network(name)
    assert measure_cost(name).to_dict() == measure_cost(net).to_dict()


def test_defaults_are_the_entry_s_own() -> None:
    cost = measure_cost(build_network("resnet18", classes=5, image_px=64))
    assert (cost.image_px, cost.classes, cost.parameters) == (224, 5, 11_179_077)
    assert measure_cost("resnet_cifar20").image_px == 32


def test_result_is_json() -> None:
    found = json.loads(json.dumps(measure_cost("resnet_cifar20").to_dict()))
    assert found["parameters"] == 269_722
    assert found["rows"][1] == {
        "name": "conv2_x",
        "description": "[3x3 16, 3x3 16] x3",
        "output_shape": [16, 32, 32],
        "parameters": 14_016,
        "macs": 14_155_776,
        "activations": 98_304,
        "receptive_field_px": 15,
    }


def test_figures_that_are_refused() -> None:
    net = build_network("resnet_cifar8", classes=5)
    with pytest.raises(NetworkError) as caught:
        measure_cost(net, classes=4)
    assert str(caught.value) == (
        "This resnet_cifar8 was built for 5 classes; to count it with 4, give its name."
    )
    with pytest.raises(NetworkError) as caught:
        measure_cost(net, image_px=4)
    assert str(caught.value) == (
        "resnet_cifar8 with stem reduction 1 takes images of 8 px or more, but was given 4x4."
    )


def test_any_module_is_counted_with_the_depth_of_its_longest_way() -> None:
    chain = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 5, 1))
    found = count_module(chain, (3, 8, 8))
    assert found.parameters == 3 * 4 * 9 + 4 + 4 * 5 + 5
    assert found.macs == 64 * (3 * 4 * 9 + 4 * 5)
    assert found.activations == 64 * (4 + 5)
    assert found.depth == 2
    for name, depth in (("resnet18", 18), ("resnet152", 152), ("googlenet", 22)):
        with torch.device("meta"):
            assert count_module(build_network(name), (3, 224, 224)).depth == depth
