"""Receptive fields against Araujo, Norris and Sim 2019 (Distill), and against a gradient."""

import pytest
import torch

from skipcat.cost.counting import measure_cost
from skipcat.cost.receptive_field import Field, meet, widen
from skipcat.networks.catalogue import build_network

PUBLISHED = {
    # The article's ResNets are TF-slim's, which stride in the last unit of a stage. Striding in
    # the first 1x1 of the next stage comes to the same: the `_2015` forms must equal it.
    "resnet50_2015": 483,
    "resnet101_2015": 1027,
    "resnet152_2015": 1507,
    # TF-slim's Inception v3 has this very trunk, so it must equal it too.
    "inception_v3": 1311,
}


@pytest.mark.parametrize(("name", "px"), PUBLISHED.items())
def test_published_fields(name: str, px: int) -> None:
    assert measure_cost(name).receptive_field_px == px


def test_a_stride_in_the_3x3_sees_less() -> None:
    """Three stages stride before their first 3x3 widens the field: 8 + 16 + 32 pixels less."""
    assert measure_cost("resnet50").receptive_field_px == 483 - 8 - 16 - 32


def test_rows_of_a_stem() -> None:
    rows = {row.name: row.receptive_field_px for row in measure_cost("googlenet").rows}
    assert [rows[name] for name in ("conv1", "pool1", "conv2", "pool2")] == [7, 11, 19, 27]
    assert rows["inception3a"] == 27 + 4 * 8  # the 5x5 branch
    assert rows["linear"] == rows["pool5"] == rows["inception5b"]


def test_windows_and_meetings() -> None:
    wide = widen(Field(), (1, 7), (1, 2), (1, 2))
    assert wide == Field((1, 13), (1, 2))
    assert wide.px == 13
    assert meet([wide, widen(Field(), (3, 3), (1, 1))]) == Field((3, 13), (1, 2))


def test_the_field_is_what_a_gradient_reaches() -> None:
    """One value of a middle row, differentiated by every pixel, in a network with no ReLU dead."""
    net = build_network("resnet_cifar8", classes=2).eval()
    x = torch.rand(1, 3, 64, 64, requires_grad=True)
    y = x
    for name, stage in net.stages():
        y = stage(y)
        if name == "conv3_x":
            break
    y[0, :, 16, 16].sum().backward()
    rows = torch.nonzero(x.grad.abs().sum((0, 1, 3))).view(-1)
    field = {row.name: row.receptive_field_px for row in measure_cost(net).rows}["conv3_x"]
    assert int(rows.max() - rows.min()) + 1 == field
