"""torch.export and torch.compile take every network whole; here one of each family."""

import pytest
import torch

from lively import enliven
from skipcat.networks.catalogue import build_network

FAMILIES = (
    *("googlenet", "googlenet_2014", "bn_inception", "inception_v3", "inception_v4"),
    *("inception_resnet_v1", "resnet18", "plain18", "resnet_cifar8", "preact_cifar20"),
    *("wide_resnet50_2", "resnext50_32x4d", "resnet50_d"),
)


def build(name: str):
    net = build_network(name, 3, 32, width_multiplier=0.25, depth_multiplier=0.25).eval()
    enliven(net)
    return net, torch.randn(2, 3, 32, 32)


@pytest.mark.parametrize("name", FAMILIES)
def test_exports_at_a_fixed_size(name: str) -> None:
    net, images = build(name)
    with torch.no_grad():
        exported = torch.export.export(net, (images,), strict=False).module()
        torch.testing.assert_close(exported(images), net(images))


@pytest.mark.parametrize("name", FAMILIES)
def test_compiles_without_a_graph_break(name: str) -> None:
    net, images = build(name)
    torch.compiler.reset()
    with torch.no_grad():
        compiled = torch.compile(net, backend="eager", fullgraph=True)
        torch.testing.assert_close(compiled(images), net(images))


def test_a_training_step_with_auxiliary_heads_is_one_graph() -> None:
    net, images = build_network("googlenet", 3, 32), torch.randn(2, 3, 32, 32)
    net.eval()  # no dropout, so that both ways answer alike
    torch.compiler.reset()
    both = torch.compile(net.forward_with_auxiliary, backend="eager", fullgraph=True)
    given, expected = both(images), net.forward_with_auxiliary(images)
    torch.testing.assert_close(given.main, expected.main)
    assert len(given.auxiliary) == 2
