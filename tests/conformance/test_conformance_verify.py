"""Every printed figure is met, or its difference is explained; no reason is idle."""

from functools import cache

import pytest
import torch
from torch import nn

from skipcat.conformance import verify as verify_module
from skipcat.conformance.printed import TABLES
from skipcat.conformance.reasons import REASONS
from skipcat.conformance.verify import FigureCheck, count_depth
from skipcat.conformance.verify import verify as verify_anew
from skipcat.errors import NetworkError
from skipcat.networks.catalogue import build_network, list_networks

verify = cache(verify_anew)


@pytest.mark.parametrize("name", TABLES)
def test_nothing_is_unexplained(name: str) -> None:
    conformance = verify(name)
    assert conformance.comparisons
    assert [each for each in conformance.comparisons if each.kind == "unexplained"] == []


def test_tables_are_of_networks_that_are_listed() -> None:
    assert set(TABLES) <= set(list_networks())


def test_every_reason_is_needed() -> None:
    needed = {
        each.why for name in TABLES for each in verify(name).comparisons if each.kind != "equal"
    }
    assert {reason.why for reason in REASONS} == needed


def kinds(name: str) -> dict[tuple[str, str], str]:
    return {(each.row, each.column): each.kind for each in verify(name).comparisons}


def test_googlenet_s_separable_stem_and_its_misprints() -> None:
    found = {key: kind for key, kind in kinds("googlenet_2014").items() if kind != "equal"}
    assert found == {
        ("conv1", "parameters"): "deviation",
        ("conv1", "macs"): "deviation",
        ("inception4c", "parameters"): "misprint",
        ("inception4d", "parameters"): "misprint",
        ("inception5a", "parameters"): "misprint",
        ("inception5a", "macs"): "misprint",
        ("inception5b", "parameters"): "misprint",
        ("sum", "macs"): "deviation",
    }
    assert (
        FigureCheck(
            row="inception5a",
            words="inception (5a)",
            column="macs",
            printed="54M",
            built="51M",
            kind="misprint",
            why="both figures carry the same excess: they are of other widths than those printed",
        )
        in verify("googlenet").comparisons
    )


def test_bn_inception_s_separable_stem_is_the_paper_s() -> None:
    assert {key for key, kind in kinds("bn_inception").items() if kind != "equal"} == {
        ("conv2", "depth"),
        ("inception3c", "output"),
        ("inception4e", "output"),
    }


def test_only_the_stride_in_the_first_1x1_has_the_paper_s_operations() -> None:
    assert set(kinds("resnet50_2015").values()) == {"equal"}
    assert kinds("resnet50")["sum", "macs"] == "deviation"


def test_a_wrong_network_is_found_out(monkeypatch) -> None:
    """The 3x3 that lived for years in place of the 5x5, and a pool that rounds down."""
    monkeypatch.setattr(verify_module, "find_reason", lambda *_: None)
    kinds = {(c.row, c.column): c.kind for c in verify_anew("googlenet_3x3").comparisons}
    assert kinds["inception3a", "parameters"] == "unexplained"
    assert kinds["pool4", "output"] == "equal"


def test_a_network_without_a_printed_table() -> None:
    assert verify("preact_resnet50").source == ""
    with pytest.raises(NetworkError):
        verify("googlenot")


def test_depth_takes_the_longest_way_and_no_shortcut() -> None:
    with torch.device("meta"):
        net = build_network("inception_v3")
        bottleneck = build_network("resnet50").conv3_x[0]
        preact = build_network("preact_cifar164").conv3_x[0]
    assert count_depth(net.Mixed_6b) == 5 and count_depth(net.Mixed_7b) == 3
    assert count_depth(bottleneck) == 3 and count_depth(preact) == 3
    assert count_depth(nn.MaxPool2d(2)) == 0
