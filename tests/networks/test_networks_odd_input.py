"""What is asked for by mistake: figures of the wrong kind, specs changed by hand, odd files."""

import json
import zipfile
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from skipcat.cost.counting import measure_cost
from skipcat.errors import NetworkError, SkipcatError, WeightsError
from skipcat.networks.catalogue import build_network, find_entry, make_spec
from skipcat.networks.weights.load_save import load_weights, save_weights
from skipcat.networks.weights.transfer import load_trunk

NAME = "resnet_cifar8"
SPEC = make_spec(NAME, 3)
CONV, *REST = SPEC.rows


def message(action, kind: type[SkipcatError] = NetworkError) -> str:
    with pytest.raises(kind) as caught:
        action()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def small():
    return build_network(NAME, 3, 8)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"classes": 0}, "needs at least 1 class, but was given 0."),
        ({"classes": 2.5}, "takes a whole number of classes, but was given 2.5."),
        ({"classes": True}, "takes a whole number of classes, but was given True."),
        ({"classes": "2"}, "takes a whole number of classes, but was given '2'."),
        ({"channels": 0}, "needs at least 1 channel, but was given 0."),
        ({"image_px": 7}, "takes images of 8 px or more, but was given 7."),
        ({"image_px": 32.0}, "takes a whole number of pixels, but was given 32.0."),
        ({"image_px": (8, 8)}, "takes a whole number of pixels, but was given (8, 8)."),
        ({"seed": None}, "takes a whole number as seed, but was given None."),
    ],
)
def test_figures_that_no_network_has(asked, says) -> None:
    assert message(lambda: build_network(NAME, **asked)) == f"{NAME} {says}"


def test_numpy_s_figures_become_plain_ones() -> None:
    net = build_network(NAME, np.int64(3), np.int32(8), np.int8(1), seed=np.int64(5))
    assert json.loads(json.dumps(asdict(net.spec)))["classes"] == 3
    assert net.eval()(torch.rand(1, 1, 8, 8)).shape == (1, 3)
    assert measure_cost(NAME, np.int64(8)).to_dict()["image_px"] == 8


def test_what_is_no_name() -> None:
    assert message(lambda: build_network(None)) == (
        "A network is asked for by its name or spec, but was given None."
    )
    for depth in ("08", "٢٠", "-8", "8.0"):
        name = f"resnet_cifar{depth}"
        assert message(lambda name=name: find_entry(name)).startswith(
            f"No network is called '{name}'."
        )
    assert "the nearest is 'resnet_cifar99999999999999999998'." in message(
        lambda: find_entry("resnet_cifar99999999999999999999")
    )
    assert message(lambda: build_network(NAME, width_multiplier="2")) == (
        "width_multiplier is '2', allowed: 0.0625 to 16."
    )


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"rows": ()}, "it has no rows"),
        ({"rows": (CONV, *SPEC.rows)}, "2 rows are called conv1"),
        ({"rows": SPEC.rows[:-1]}, "its last row gives 64 values for 3 classes"),
        ({"rows": (("conv1", 3), *REST)}, "conv1 is 3, no row of a table"),
        ({"rows": (("conv1", replace(CONV[1], width=0)), *REST)}, "a row has no channels"),
        ({"stem_reduction": 3}, "stem_reduction is 3, allowed: 1"),
        ({"norm_eps": float("inf")}, "norm_eps is inf, allowed: above 0 and below 1"),
        ({"norm_eps": float("nan")}, "norm_eps is nan, allowed: above 0 and below 1"),
        ({"norm_eps": 0.0}, "norm_eps is 0.0, allowed: above 0 and below 1"),
    ],
)
@pytest.mark.filterwarnings("ignore:Initializing zero-element")
def test_specs_changed_by_hand(changed, says) -> None:
    assert message(lambda: build_network(replace(SPEC, **changed))) == (
        f"The spec of {NAME} describes no network: {says}."
    )


def test_heads_on_rows_that_are_not_there() -> None:
    spec = replace(make_spec("googlenet", 2, 8), auxiliary_rows=("inception9z",))
    assert message(lambda: build_network(spec)) == (
        "The spec of googlenet describes no network: an auxiliary head sits on inception9z, and no "
        "row is called so."
    )


def test_images_that_were_not_normalised() -> None:
    assert message(lambda: small()(torch.zeros(1, 3, 8, 8, dtype=torch.uint8))) == (
        f"{NAME} takes normalised images of floats, but was given torch.uint8; scale them to 0..1, "
        "subtract the mean, divide by the deviation."
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"fc.weight": torch.zeros(3, 64, dtype=torch.int8)}, "fc.weight is int8 there"),
        ({"fc.bias": torch.zeros(3, dtype=torch.complex64)}, "fc.bias is complex64 there"),
        ({"fc.weight": torch.eye(3, 64).to_sparse()}, "fc.weight is sparse there"),
        ({"fc.bias": torch.zeros(3, device="meta")}, "fc.bias is without values there"),
    ],
)
@pytest.mark.filterwarnings("ignore:Validating sparse")
def test_tensors_that_hold_no_floats(change, says, tmp_path) -> None:
    torch.save(dict(small().state_dict()) | change, tmp_path / "w.pth")
    assert message(lambda: load_weights(small(), tmp_path / "w.pth"), WeightsError) == (
        f"w.pth does not fit {NAME}: no plain floats: {says}."
    )


def test_halves_and_doubles_are_floats(tmp_path) -> None:
    net = small()
    for kind in (torch.float16, torch.float64):
        state = {k: t.to(kind) if t.is_floating_point() else t for k, t in net.state_dict().items()}
        torch.save(state, tmp_path / "w.pth")
        other = build_network(NAME, 3, 8, seed=1)
        assert load_weights(other, tmp_path / "w.pth") == "skipcat"
        torch.testing.assert_close(other.fc.weight, net.fc.weight, rtol=1e-3, atol=1e-4)
        assert other.fc.weight.dtype == torch.float32


def test_every_wrapper_and_prefix(tmp_path) -> None:
    net = small()
    state = dict(net.state_dict())

    def named(prefix: str) -> dict[str, torch.Tensor]:
        return {f"{prefix}{name}": tensor for name, tensor in state.items()}

    for found in (
        named("_orig_mod.module."), named("backbone."), {"model_ema": state, "epoch": 3},
        {"state_dict": {"model": state}}, named("module.") | {"n_averaged": torch.tensor(3)},
    ):  # fmt: skip
        torch.save(found, tmp_path / "w.th")
        other = build_network(NAME, 3, 8, seed=1)
        assert load_weights(other, tmp_path / "w.th") == "skipcat"
        assert torch.equal(other.fc.weight, net.fc.weight)


def test_files_and_paths_of_something_else(tmp_path) -> None:
    path = tmp_path / "w.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert message(lambda: load_weights(small(), path), WeightsError) == (
        f"{path} is neither a safetensors file nor a state dict of torch's (file in archive is not "
        "in a subdirectory: hello.txt)."
    )
    assert message(lambda: load_weights(small(), None), WeightsError) == (
        "Weights lie in a file, whose path is needed, not None."
    )
    assert message(lambda: build_network(NAME, pretrained="Torchvision"), WeightsError) == (
        "Cannot read weights from Torchvision: No such file or directory. "
        "Did you mean 'torchvision'?"
    )
    assert "embedded null" in message(lambda: load_weights(small(), "a\0b"), WeightsError)
    state = dict(small().state_dict()) | {"conv1.conv.weight": torch.tensor(1.0)}
    assert message(lambda: load_trunk(small(), state), WeightsError) == (
        f"the given weights does not fit {NAME}: other shapes: conv1.conv.weight is () there, "
        "(16, 3, 3, 3) here."
    )


def test_dialects_and_networks_that_cannot_be_saved(tmp_path) -> None:
    path = tmp_path / "w.pth"
    assert message(lambda: save_weights(small(), path, "Torchvision"), WeightsError) == (
        "There is no dialect 'Torchvision', allowed: skipcat, torchvision, timm, cifar. "
        "Did you mean 'torchvision'?"
    )
    with torch.device("meta"):
        net = small()
    nothing = (
        f"This {NAME} was built on the meta device and has no weights; build it there to count it, "
        "elsewhere to use it."
    )
    assert message(lambda: save_weights(net, path), WeightsError) == nothing
    save_weights(small(), path)
    assert message(lambda: load_weights(net, path), WeightsError) == nothing
