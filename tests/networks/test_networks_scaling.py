"""Width and depth multipliers: proportions, rounding, and what a spec records."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter

from skipcat.cost.counting import measure_cost
from skipcat.errors import NetworkError
from skipcat.networks.catalogue import (
    Spec,
    build_network,
    find_entry,
    list_networks,
    make_spec,
)
from skipcat.networks.rows.pruned import UnequalStage


def test_widths_are_scaled_and_recorded_plainly() -> None:
    spec = make_spec("googlenet", width_multiplier=0.5)
    module = dict(spec.rows)["inception4a"]
    assert str(module) == "1x1 96 | 3x3 48-104 | 5x5 8-24 | pool 32"
    assert spec.auxiliary_widths == (64, 512)
    assert make_spec(spec, classes=3).rows == spec.rows
    adapter = TypeAdapter(Spec)
    assert adapter.validate_json(adapter.dump_json(spec)) == spec


def test_a_multiplier_of_one_changes_nothing() -> None:
    for name in list_networks():
        spec = make_spec(name)
        assert make_spec(name, width_multiplier=1.0, depth_multiplier=1.0) == spec
        doubled = make_spec(name, width_multiplier=2)
        assert make_spec(doubled, width_multiplier=0.5) == spec, name


@pytest.mark.parametrize(
    ("name", "width", "expected"),
    [
        ("resnet18", 0.5, (32, 32, 64, 128, 256)),
        ("resnet18", 1.5, (96, 96, 192, 384, 768)),
        ("resnet_cifar20", 0.25, (4, 4, 8, 16)),
        ("resnet_cifar20", 0.1, (4, 4, 4, 8)),  # never less than 4
    ],
)
def test_widths_are_multiples_of_four(name: str, width: float, expected: tuple[int, ...]) -> None:
    spec = make_spec(name, width_multiplier=width)
    assert tuple(row.width for _, row in spec.rows if hasattr(row, "width")) == expected


@pytest.mark.parametrize("multiplier", [0.3, 0.55, 1.7])
def test_groups_still_divide(multiplier: float) -> None:
    spec = make_spec("resnext50_32x4d", 2, width_multiplier=multiplier)
    stages = [row for _, row in spec.rows if hasattr(row, "groups")]
    assert all(stage.groups == 32 and stage.width % 32 == 0 for stage in stages)
    assert build_network(spec, image_px=32)(torch.zeros(2, 3, 32, 32)).shape == (2, 2)


@pytest.mark.parametrize(
    ("name", "depth", "units"),
    [
        ("resnet18", 2, [4, 4, 4, 4]),
        ("resnet50", 0.5, [2, 2, 3, 2]),  # halves round up
        ("resnet_cifar20", 0.1, [1, 1, 1]),
        ("inception_resnet_v1", 0.4, [2, 4, 2]),
    ],
)
def test_units_are_scaled_stage_by_stage(name: str, depth: float, units: list[int]) -> None:
    spec = make_spec(name, depth_multiplier=depth)
    assert [row.units for _, row in spec.rows if hasattr(row, "units")] == units


def modules(name: str, depth: float) -> list[str]:
    spec = make_spec(name, depth_multiplier=depth)
    return [row for row, _ in spec.rows if row.startswith(("inception", "Mixed"))]


def test_modules_are_thinned_or_repeated_within_their_stage() -> None:
    assert modules("googlenet", 0.5) == [
        *("inception3a", "inception4a", "inception4b", "inception4c", "inception5a")
    ]
    rows = dict(make_spec("googlenet", depth_multiplier=2).rows)
    assert rows["inception3a"] == rows["inception3b"] != rows["inception3c"] == rows["inception3d"]
    assert [row for row in modules("googlenet", 2) if row[-2] == "4"][-1] == "inception4j"
    # Reductions stay what they are, at the end of their stage (BN) or at its head (v3, v4).
    assert modules("bn_inception", 2)[:5] == [
        *("inception3a", "inception3b", "inception3c", "inception3d", "inception3e")
    ]
    assert dict(make_spec("bn_inception", depth_multiplier=2).rows)["inception3e"].reduction == 2
    assert modules("inception_v3", 0.5) == [
        *("Mixed_5b", "Mixed_5c", "Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_7a", "Mixed_7b")
    ]
    assert len(modules("inception_v4", 4)) == 3 + 16 + 1 + 28 + 1 + 12


def test_heads_stay_at_their_share_of_the_depth() -> None:
    assert make_spec("googlenet", depth_multiplier=0.5).auxiliary_rows == (
        *("inception4a", "inception4c"),
    )
    assert make_spec("googlenet", depth_multiplier=0.2).auxiliary_rows == ("inception4a",)
    assert make_spec("inception_v3", depth_multiplier=2).auxiliary_rows == ("Mixed_6i",)


@pytest.mark.parametrize(
    "name",
    [
        *("googlenet", "bn_inception", "inception_v3", "inception_v4", "inception_resnet_v2"),
        *("resnet34_a", "preact_cifar110", "wide_resnet40_4", "resnet50_d"),
    ],
)
def test_scaled_networks_build_and_train(name: str) -> None:
    net = build_network(name, 2, 32, width_multiplier=0.25, depth_multiplier=0.4)
    logits = net.forward_with_auxiliary(torch.randn(2, 3, 32, 32))
    sum(answer.sum() for answer in (logits.main, *logits.auxiliary)).backward()
    assert all(p.grad is not None for p in net.parameters())
    cost, paper_s = measure_cost(net.spec, 32), measure_cost(name, 32, 2)
    assert cost.parameters < 0.1 * paper_s.parameters
    assert cost.macs < 0.15 * paper_s.macs


@pytest.mark.parametrize("value", [0, -1, 17, float("nan")])
def test_multipliers_out_of_range(value: float) -> None:
    with pytest.raises(NetworkError) as caught:
        build_network("resnet18", width_multiplier=value)
    assert str(caught.value) == f"width_multiplier is {value:g}, allowed: 0.0625 to 16."


def test_a_name_may_end_in_its_width() -> None:
    named = find_entry("googlenet_x0.5")
    assert named.spec.rows == make_spec("googlenet", width_multiplier=0.5).rows
    assert named.introduced == "0.5 times the width of googlenet"
    net = build_network("resnet_cifar20_x2", 10, 32)
    assert net.spec == make_spec("resnet_cifar20_x2", 10, 32)
    assert (
        measure_cost("resnet_cifar20_x2", 32).macs
        == measure_cost(make_spec("resnet_cifar20", image_px=32, width_multiplier=2), 32).macs
    )


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("googlenett_x0.5", "No network is called 'googlenett'. Did you mean 'googlenet'? "
                            "'skipcat list' shows all."),
        ("googlenet_x100", "width_multiplier is 100, allowed: 0.0625 to 16."),
    ],
)  # fmt: skip
def test_names_with_widths_that_are_none(name: str, says: str) -> None:
    with pytest.raises(NetworkError) as caught:
        find_entry(name)
    assert str(caught.value) == says


def unequal_spec(inner: tuple[tuple[int, ...], ...]) -> Any:
    spec = make_spec("resnet_cifar20", image_px=32)
    rows = [
        (name, UnequalStage(row, inner) if name == "conv3_x" else row) for name, row in spec.rows
    ]
    return replace(spec, name="resnet_cifar20_pruned", rows=tuple(rows))


def test_units_with_widths_of_their_own_scale_too() -> None:
    spec = unequal_spec(((8,), (12,), (32,)))
    net = build_network(spec, 10)
    widths = [unit.branch.conv1.conv.out_channels for unit in net.conv3_x]
    assert widths == [8, 12, 32]
    assert measure_cost(spec, 32).parameters == measure_cost(net, 32).parameters
    scaled = dict(make_spec(spec, width_multiplier=2, depth_multiplier=2).rows)["conv3_x"]
    assert scaled.inner == ((16,), (16,), (24,), (24,), (64,), (64,))
    assert (scaled.stage.width, scaled.stage.units) == (64, 6)
    assert str(dict(spec.rows)["conv3_x"]) == "[3x3 32, 3x3 32] x3 /2, inside 8 12 32"


def test_as_many_inner_widths_as_units() -> None:
    with pytest.raises(NetworkError) as caught:
        build_network(unequal_spec(((8,), (12,))), 10)
    assert str(caught.value) == (
        "The spec of resnet_cifar20_pruned describes no network: 3 units have 2 inner widths."
    )


def test_a_network_of_no_catalogue_has_no_size_of_its_own() -> None:
    with pytest.raises(NetworkError) as caught:
        measure_cost(build_network(unequal_spec(((8,), (12,), (32,))), 10))
    assert str(caught.value) == (
        "resnet_cifar20_pruned is not in the catalogue, so no size is its own; give image_px."
    )
