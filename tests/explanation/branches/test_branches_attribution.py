import numpy as np
import pytest
import torch

import skipcat
from lively import enliven, two_images
from skipcat.blocks.inception import Concatenation
from skipcat.explanation.branches.attribution import measure_shares, name_branch

TARGETS = torch.tensor([1, 0])


def build(name, image_px, classes=3):
    net = skipcat.build_network(name, classes=classes, image_px=image_px).eval()
    enliven(net)
    return net


@pytest.mark.parametrize(
    ("name", "image_px", "modules", "branches"),
    [
        ("googlenet", 32, 9, ("1x1", "3x3", "5x5", "pool")),
        ("inception_v3", 75, 11, ("1x1", "5x5", "double 3x3", "pool")),
        ("resnet18", 32, 8, ("branch", "shortcut")),
        ("preact_resnet18", 32, 8, ("branch", "shortcut")),
    ],
)
def test_every_module_has_its_shares_named_as_in_the_paper(name, image_px, modules, branches):
    net = build(name, image_px)
    found = measure_shares(net, two_images(image_px), TARGETS)
    assert len(found) == 2
    assert found[0] != found[1]
    for shares in found:
        assert len(shares) == modules
        assert tuple(shares[0].shares) == branches
        for module in shares:
            assert sum(map(abs, module.shares.values())) == pytest.approx(1)


def test_names_are_the_rows_and_units():
    found = measure_shares(build("resnet18", 32), two_images(32), TARGETS)[0]
    assert [one.module for one in found][:3] == ["conv2_x.0", "conv2_x.1", "conv3_x.0"]
    assert {one.kind for one in found} == {"residual"}
    found = measure_shares(build("inception_resnet_v1", 75), two_images(75), TARGETS)[0]
    names = [(one.module, one.kind) for one in found]
    assert names[:2] == [
        ("inception_resnet_a.0", "residual"),
        ("inception_resnet_a.0", "inception"),
    ]
    assert ("reduction_a", "inception") in names


def test_a_plain_network_has_no_branches():
    assert measure_shares(build("plain18", 32), two_images(32), TARGETS) == [(), ()]


def test_shares_are_what_the_logit_moves_by():
    """To first order: each branch is scaled a little, the logit's change is its part."""
    net = build("googlenet", 32).double()
    image, target = two_images(32)[:1].double(), 1
    [shares] = measure_shares(net, image, torch.tensor([target]))
    module = next(one for one in shares if one.module == "inception5b")
    concatenation = net.inception5b
    assert isinstance(concatenation, Concatenation)
    moved = {}
    for branch in ("branch1x1", "branch3x3", "branch5x5", "branch_pool"):
        logits = []
        for scale in (1 - 1e-6, 1 + 1e-6):
            handle = getattr(concatenation, branch).register_forward_hook(
                lambda m, i, o, scale=scale: o * scale
            )
            with torch.no_grad():
                logits.append(float(net(image)[0, target]))
            handle.remove()
        moved[name_branch(branch)] = (logits[1] - logits[0]) / 2e-6
    total = sum(map(abs, moved.values()))
    assert np.allclose(
        list(module.shares.values()), [part / total for part in moved.values()], atol=1e-5
    )


def test_an_identity_shortcut_is_told_from_the_branch_behind_it():
    """The shortcut's share is of the sum's own gradient, not of both ways through the unit."""
    net = build("resnet_cifar8", 16).double()
    image = two_images(16)[:1].double()
    [shares] = measure_shares(net, image, torch.tensor([0]))
    unit = net.conv2_x[0]
    changes = {}
    for name in ("branch", "shortcut"):
        logits = []
        for scale in (1 - 1e-6, 1 + 1e-6):
            handle = getattr(unit, name).register_forward_hook(
                lambda m, i, o, scale=scale: o * scale
            )
            with torch.no_grad():
                logits.append(float(net(image)[0, 0]))
            handle.remove()
        changes[name] = logits[1] - logits[0]
    total = sum(map(abs, changes.values()))
    assert shares[0].module == "conv2_x.0"
    for name, change in changes.items():
        assert shares[0].shares[name] == pytest.approx(change / total, abs=1e-5)


def test_it_leaves_the_network_as_it_was():
    net = build("resnet_cifar8", 16).train()
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    with torch.inference_mode():
        measure_shares(net, two_images(16), TARGETS)
    assert net.training
    assert not any(module._forward_hooks for module in net.modules())
    assert all(parameter.grad is None for parameter in net.parameters())


@pytest.mark.parametrize(
    ("name", "word"),
    [("branch1x1", "1x1"), ("branch_pool", "pool"), ("branch3x3dbl", "double 3x3"),
     ("branch7x7x3", "7x7 and 3x3"), ("branch_a", "a"), ("shortcut", "shortcut")],
)  # fmt: skip
def test_branch_names(name, word):
    assert name_branch(name) == word
