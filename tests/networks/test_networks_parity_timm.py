"""The same weights give the same logits as timm's, on lively weights, both ways."""

import pytest
import timm
import torch
from torch import nn

from lively import assert_lively, enliven, relative_error, two_images
from skipcat.networks.catalogue import build_network, make_spec
from skipcat.networks.weights.load_save import load_weights, save_weights

TOLERANCE = 1e-5
# ours: timm's name, the pixels to compare at
NETWORKS = {
    "resnet50_d": ("resnet50d", 65),
    "inception_v3": ("inception_v3", 107),
    "inception_v4": ("inception_v4", 139),
    "inception_resnet_v2": ("inception_resnet_v2", 107),
    "resnet34": ("resnet34", 65),
}
slow = pytest.mark.slow
every_network = pytest.mark.parametrize(
    "name", [pytest.param(n, marks=slow if n == "resnet34" else ()) for n in NETWORKS]
)


def theirs(name: str) -> nn.Module:
    net = timm.create_model(NETWORKS[name][0], num_classes=7)
    enliven(net)
    for unit_name, unit in net.named_modules():  # 40 lively units would multiply up
        if name == "inception_resnet_v2" and unit_name.endswith("conv2d"):
            unit.weight.data.mul_(0.3)
    return net.eval()


@every_network
def test_answers_as_timm_s_and_goes_back(name: str, tmp_path) -> None:
    """The paper's stem, an odd size: a pool or a stride that rounds otherwise shows."""
    reference = theirs(name)
    x = two_images(NETWORKS[name][1])
    net = build_network(make_spec(name, 7), seed=3).eval()
    torch.save({"state_dict": reference.state_dict()}, tmp_path / "w.pth.tar")
    expected_dialect = "timm" if name not in {"inception_v3", "resnet34"} else "torchvision"
    assert load_weights(net, tmp_path / "w.pth.tar") == expected_dialect
    with torch.inference_mode():
        expected = reference(x)
        assert_lively(expected)
        assert relative_error(net(x), expected) <= TOLERANCE

    enliven(net, seed=5)
    for key, module in net.named_modules():
        if key.endswith("branch.up"):
            module.conv.weight.data.mul_(0.3)
    save_weights(net, tmp_path / "w.safetensors", dialect="timm")
    without_heads = {
        key: tensor
        for key, tensor in timm.models.load_state_dict(tmp_path / "w.safetensors").items()
        if not key.startswith("AuxLogits")
    }
    reference.load_state_dict(without_heads, strict=True)
    with torch.inference_mode():
        expected = reference(x)
        assert_lively(expected)
        assert relative_error(net(x), expected) <= TOLERANCE


def test_preactivation_answers_as_timm_s() -> None:
    """timm normalises after the first pool, we before it: equal where scales are positive.

    No dialect: weights are handed over in order, as both list them from the input on. Its basic
    networks are others: there the first shortcut starts before the activation.
    """
    reference = timm.create_model("resnetv2_50", num_classes=7)
    enliven(reference)
    reference.eval()
    net = build_network(make_spec("preact_resnet50", 7)).eval()
    state = net.state_dict()
    given = _in_our_order(reference)
    assert len(given) == len(state)
    net.load_state_dict({k: v.reshape(state[k].shape) for k, v in zip(state, given, strict=True)})
    x = two_images(65)
    with torch.inference_mode():
        expected = reference(x)
        assert_lively(expected)
        assert relative_error(net(x), expected) <= TOLERANCE


def _in_our_order(reference: nn.Module) -> list[torch.Tensor]:
    """Give timm's tensors: stem and its late norm, then unit by unit: norm, branch, shortcut."""
    tensors = dict(reference.state_dict())
    first = [t for k, t in tensors.items() if k.startswith("stem.")]
    early = "stages.0.blocks.0.norm1."
    first += [t for k, t in tensors.items() if k.startswith(early)]
    rest: list[torch.Tensor] = []
    for stage in range(4):
        for unit in range(len(reference.stages[stage].blocks)):
            prefix = f"stages.{stage}.blocks.{unit}."
            mine = {k: t for k, t in tensors.items() if k.startswith(prefix)}
            rest += _unit(mine, prefix, skip_norm=prefix + "norm1." == early)
    last = [t for k, t in tensors.items() if k.startswith(("norm.", "head."))]
    return first + rest + last


def _unit(mine: dict[str, torch.Tensor], prefix: str, *, skip_norm: bool) -> list[torch.Tensor]:
    found: list[torch.Tensor] = []
    for number in (1, 2, 3):
        if not (skip_norm and number == 1):
            found += [t for k, t in mine.items() if k.startswith(f"{prefix}norm{number}.")]
        found += [t for k, t in mine.items() if k.startswith(f"{prefix}conv{number}.")]
    return found + [t for k, t in mine.items() if k.startswith(f"{prefix}downsample.")]
