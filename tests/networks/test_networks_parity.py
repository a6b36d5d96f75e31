"""The same weights give the same logits as torchvision's, on lively weights."""

import dataclasses

import pytest
import torch
import torchvision
from torch import nn

from lively import assert_lively, enliven, relative_error, two_images
from skipcat.networks.catalogue import build_network, make_spec
from skipcat.networks.network import Network
from skipcat.networks.weights.load_save import load_weights, save_weights

TOLERANCE = 1e-5
slow = pytest.mark.slow
RESNETS = ["resnet18", "resnet50", "resnext50_32x4d"]
GIANTS = [
    pytest.param(name, marks=slow)
    for name in (
        *("resnet34", "resnet101", "resnet152"),
        *("wide_resnet50_2", "wide_resnet101_2", "resnext101_32x8d"),
    )
]


def theirs(name: str, *, transform_input: bool = False, classes: int = 11) -> nn.Module:
    builder = getattr(torchvision.models, name.removesuffix("_3x3"))
    options = {}
    if "incep" in name or "googlenet" in name:
        options = dict(aux_logits=True, init_weights=False, transform_input=transform_input)
    net = builder(weights=None, num_classes=classes, **options)
    enliven(net)
    return net.eval()


def ours_with_weights_of(reference: nn.Module, name: str, path) -> Network:
    spec = make_spec(name, classes=11)  # the paper's stem, as torchvision's is fixed
    net = build_network(spec, seed=3).eval()
    torch.save(reference.state_dict(), path)
    assert load_weights(net, path) == "torchvision"
    return net


@pytest.mark.parametrize("name", [*RESNETS, *GIANTS])
def test_resnets_answer_as_torchvision_s(name: str, tmp_path) -> None:
    reference = theirs(name)
    net = ours_with_weights_of(reference, name, tmp_path / "w.pth")
    x = two_images(96)
    with torch.inference_mode():
        expected, given = reference(x), net(x)
    assert_lively(expected)
    assert relative_error(given, expected) <= TOLERANCE


@pytest.mark.parametrize(("name", "px"), [("googlenet_3x3", 224), ("inception_v3", 299)])
def test_inceptions_and_their_heads_answer_as_torchvision_s(name: str, px: int, tmp_path) -> None:
    reference = theirs(name)
    net = ours_with_weights_of(reference, name, tmp_path / "w.pth")
    x = two_images(px)
    reference.training = True  # this one flag makes it answer with heads; norms stay in eval
    with torch.inference_mode():
        expected = reference(x)
        given = net.forward_with_auxiliary(x)
    if name == "inception_v3":
        pairs = [(given.main, expected[0]), (given.auxiliary[0], expected[1])]
    else:  # torchvision gives its deeper head first
        pairs = [
            (given.main, expected.logits),
            (given.auxiliary[0], expected.aux_logits1),
            (given.auxiliary[1], expected.aux_logits2),
        ]
    for mine, reference_logits in pairs:
        assert_lively(reference_logits)
        assert relative_error(mine, reference_logits) <= TOLERANCE


@pytest.mark.parametrize("name", ["googlenet_3x3", "inception_v3"])
def test_hidden_input_transform_is_only_a_mean_and_a_deviation(name: str, tmp_path) -> None:
    """Exact at the border too: padding comes after normalisation, in both."""
    reference = theirs(name, transform_input=True)
    net = ours_with_weights_of(reference, name, tmp_path / "w.pth")
    picture = (two_images(96) / 4 + 0.5).clamp(0, 1)
    mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
    std = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    with torch.inference_mode():
        expected = reference((picture - mean) / std)
        given = net((picture - 0.5) / 0.5)
    assert_lively(expected)
    assert relative_error(given, expected) <= TOLERANCE


@pytest.mark.parametrize("name", ["googlenet_3x3", "inception_v3", *RESNETS, *GIANTS])
def test_torchvision_loads_what_we_write(name: str, tmp_path) -> None:
    net = build_network(name, classes=11, image_px=32, seed=4)
    enliven(net, seed=5)
    save_weights(net, tmp_path / "w.pth", dialect="torchvision")
    reference = theirs(name)
    state = torch.load(tmp_path / "w.pth", weights_only=True)
    reference.load_state_dict(state, strict=True)
    net = build_network(
        dataclasses.replace(net.spec, stem_reduction=make_spec(name).stem_reduction)
    )
    assert load_weights(net, tmp_path / "w.pth") == "torchvision"
    x = two_images(96)
    with torch.inference_mode():
        assert relative_error(net.eval()(x), reference(x)) <= TOLERANCE


def test_a_wrong_pool_would_be_seen(tmp_path) -> None:
    """The yardstick itself: one pool of another size moves the logits by far more than allowed."""
    reference = theirs("googlenet_3x3")
    net = ours_with_weights_of(reference, "googlenet_3x3", tmp_path / "w.pth")
    net.pool4 = nn.MaxPool2d(3, 2, ceil_mode=True)
    x = two_images(96)
    with torch.inference_mode():
        assert relative_error(net(x), reference(x)) > 100 * TOLERANCE
