"""Weights as they circulate: other names, wrappers, prefixes; other classes and channels."""

import pytest
import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lively import assert_lively, enliven, relative_error, two_images
from skipcat.errors import WeightsError
from skipcat.networks.catalogue import build_network, make_spec
from skipcat.networks.weights.load_save import load_weights, save_weights
from skipcat.networks.weights.name_maps import DIALECTS, has_network, name_maps
from skipcat.networks.weights.transfer import load_trunk


class Unit(nn.Module):
    """A basic unit of the CIFAR networks that circulate, by their public names and option A."""

    def __init__(self, given: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(given, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.widen = (width - given) // 2

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.widen:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.widen, self.widen))
        return F.relu(y + x)


class Circulating(nn.Module):
    def __init__(self, units: int, last: str, classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        given = 16
        for number, width in enumerate((16, 32, 64), 1):
            stage = nn.Sequential()
            for index in range(units):
                stage.append(Unit(given, width, 2 if index == 0 and number > 1 else 1))
                given = width
            self.add_module(f"layer{number}", stage)
        self.last = last
        self.add_module(last, nn.Linear(64, classes))

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return getattr(self, self.last)(x.mean((2, 3)))


@pytest.mark.parametrize("last", ["linear", "fc"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_cifar_networks_as_they_circulate(last: str, wrapped: bool, tmp_path) -> None:
    reference = Circulating(3, last)
    enliven(reference)
    state = dict(reference.state_dict())
    if wrapped:  # as training scripts with DataParallel leave them
        state = {"state_dict": {f"module.{k}": t for k, t in state.items()}, "best_prec1": 92.6}
    torch.save(state, tmp_path / "resnet20.th")
    net = build_network("resnet_cifar20", seed=3)
    assert load_weights(net, tmp_path / "resnet20.th") == "cifar"
    x = two_images(32)
    with torch.inference_mode():
        expected = reference.eval()(x)
        assert_lively(expected)
        assert relative_error(net.eval()(x), expected) <= 1e-5
    save_weights(net, tmp_path / "w.safetensors", dialect="cifar")
    again = build_network("resnet_cifar20", seed=4)
    assert load_weights(again, tmp_path / "w.safetensors") == "cifar"
    assert torch.equal(again.fc.weight, net.fc.weight)


def test_what_we_write_for_cifar_loads_there(tmp_path) -> None:
    net = build_network("resnet_cifar14", 4)
    enliven(net)
    save_weights(net, tmp_path / "w.pth", dialect="cifar")
    reference = Circulating(2, "linear", classes=4)
    reference.load_state_dict(torch.load(tmp_path / "w.pth", weights_only=True), strict=True)
    x = two_images(16)
    with torch.inference_mode():
        assert relative_error(net.eval()(x), reference.eval()(x)) <= 1e-5


def message(action) -> str:
    with pytest.raises(WeightsError) as caught:
        action()
    return str(caught.value)


def test_projections_in_a_cifar_file_are_named(tmp_path) -> None:
    state = dict(Circulating(1, "linear").state_dict())
    state["layer2.0.shortcut.0.weight"] = torch.zeros(32, 16, 1, 1)
    torch.save(state, tmp_path / "w.pth")
    assert message(lambda: load_weights(build_network("resnet_cifar8"), tmp_path / "w.pth")) == (
        "w.pth does not fit resnet_cifar8: unexpected: layer2.0.shortcut.0.weight."
    )


def test_a_dialect_has_its_networks_only(tmp_path) -> None:
    with torch.device("meta"):
        net = build_network("bn_inception")
    path = tmp_path / "w.pth"
    assert message(lambda: save_weights(net, path, dialect="timm")) == (
        "timm has no bn_inception; it has inception_v3, resnet18, resnet34, resnet50, resnet101, "
        "resnet152, inception_v4, inception_resnet_v2, wide_resnet50_2, wide_resnet101_2, "
        "resnext50_32x4d, resnext101_32x8d, resnet50_d. Save in dialect 'skipcat'."
    )
    assert message(lambda: save_weights(net, path, dialect="cifar")) == (
        "What circulates for CIFAR has no bn_inception; it has resnet_cifar20, resnet_cifar32, "
        "resnet_cifar44, resnet_cifar56, resnet_cifar110, resnet_cifar1202. "
        "Save in dialect 'skipcat'."
    )


def test_scaled_networks_have_no_foreign_names(tmp_path) -> None:
    with torch.device("meta"):
        net = build_network("resnet18", 2, width_multiplier=0.5)
    assert message(lambda: save_weights(net, tmp_path / "w.pth", dialect="torchvision")) == (
        "torchvision has resnet18 with the paper's widths and depths only. "
        "Save in dialect 'skipcat'."
    )


@pytest.mark.parametrize("name", ["inception_resnet_v2", "resnet50_d"])
def test_a_timm_trunk_fits_other_classes_and_channels(name: str, tmp_path) -> None:
    model = {"inception_resnet_v2": "inception_resnet_v2", "resnet50_d": "resnet50d"}[name]
    reference = timm.create_model(model, num_classes=5)
    torch.save(reference.state_dict(), tmp_path / "w.pth")
    net = build_network(name, 3, 32, channels=1)
    first = net.row_names[0]
    assert load_trunk(net, tmp_path / "w.pth") == ("fc", first)
    theirs = next(p for p in reference.parameters() if p.dim() == 4)
    torch.testing.assert_close(getattr(net, first).conv.weight, theirs.sum(1, keepdim=True))


def test_names_of_a_dialect_are_all_different() -> None:
    """Two of our layers under one foreign name would leave one of them fresh."""
    for name in ("inception_v4", "inception_resnet_v2", "resnet50_d", "resnext50_32x4d"):
        with torch.device("meta"):
            net = build_network(make_spec(name))
        dialects = dict(name_maps(net))
        assert "timm" in dialects and has_network("timm", name)
        for names in dialects.values():
            assert len(set(names.values())) == len(names) == len(net.state_dict())
    assert set(DIALECTS) == {"skipcat", "torchvision", "timm", "cifar"}
