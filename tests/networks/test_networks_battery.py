"""The battery that every entry of the catalogue passes, at its smallest input with few classes."""

import copy
import pickle

import pytest
import torch
from pydantic import TypeAdapter
from torch import nn
from torch.nn import functional

from lively import enliven, relative_error
from skipcat.blocks.preactivation import PreActivationUnit
from skipcat.blocks.residual import Plain, Residual
from skipcat.networks.catalogue import build_network, find_entry, list_networks
from skipcat.networks.network import Network
from skipcat.networks.specs import Spec
from skipcat.networks.weights.load_save import load_weights, save_weights

# One or two of each family stand for it in the default set; the others are in the slow one.
QUICK = {
    *("googlenet", "googlenet_2014", "googlenet_3x3", "bn_inception", "inception_v3"),
    *("inception_v4", "inception_resnet_v1"),
    *("resnet18", "resnet50", "resnet34_a", "resnet34_c", "plain18"),
    *("resnet_cifar20", "resnet_cifar56", "plain_cifar20", "preact_resnet18"),
    *("preact_cifar110", "wide_resnet40_4", "resnext50_32x4d", "resnet50_d"),
}
ONE_OF_EACH_FAMILY = {
    *("googlenet", "googlenet_2014", "bn_inception", "inception_v3", "inception_resnet_v1"),
    *("resnet18", "resnet_cifar20", "plain_cifar20", "preact_cifar110", "resnext50_32x4d"),
}
CLASSES = 3

every_entry = pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in list_networks()],
)


def build_small(name: str) -> Network:
    return build_network(name, classes=CLASSES, image_px=find_entry(name).smallest_px)


def images(net: Network, count: int = 4) -> torch.Tensor:
    px = net.smallest_px
    return torch.randn(count, 3, px, px, generator=torch.Generator().manual_seed(0))


def keep_plain_layers_awake(net: Network) -> None:
    """Turn plain layers towards the identity: dozens of random ones forget their input."""
    for unit in net.modules():
        for part in unit.modules() if isinstance(unit, Plain) else ():
            if isinstance(part, nn.Conv2d):
                noise = part.weight.detach().clone()
                nn.init.dirac_(part.weight)
                part.weight.data.add_(noise, alpha=0.01)
            elif isinstance(part, nn.BatchNorm2d):
                part.reset_parameters()


@every_entry
def test_trains_with_its_heads_and_a_gradient_reaches_every_parameter(name: str) -> None:
    net = build_small(name).train()
    x, labels = images(net), torch.tensor([0, 1, 2, 0])
    if name == "plain_cifar1202":
        # Without shortcuts gradients grow with depth (Yang et al. 2019, arXiv 1902.08129): after
        # 1,201 layers beyond float32, which is what this network is there to show.
        net, x = net.double(), x.double()
    logits = net.forward_with_auxiliary(x)
    assert len(logits.auxiliary) == len(net.auxiliary)
    loss = functional.cross_entropy(logits.main, labels)
    for head in logits.auxiliary:
        assert head.shape == (4, CLASSES)
        loss = loss + net.spec.auxiliary_weight * functional.cross_entropy(head, labels)
    loss.backward()
    for key, parameter in net.named_parameters():
        assert parameter.grad is not None, key
        assert torch.isfinite(parameter.grad).all(), key
        assert parameter.grad.abs().max() > 0, key
    before = {key: p.detach().clone() for key, p in net.named_parameters()}
    torch.optim.SGD(net.parameters(), lr=0.1).step()
    assert all(not torch.equal(before[key], p) for key, p in net.named_parameters())


@every_entry
def test_answer_does_not_depend_on_the_rest_of_the_batch(name: str) -> None:
    net = build_small(name).eval()
    enliven(net)
    for unit in net.modules():  # 600 lively units would multiply up to infinity
        if isinstance(unit, Residual | PreActivationUnit):
            last = unit.branch[-1]
            damped = getattr(last, "norm", None) or getattr(last, "conv", last)
            damped.weight.data.mul_(0.1)
    keep_plain_layers_awake(net)
    x = images(net)
    with torch.inference_mode():
        together, alone = net(x), net(x[1:2])
    assert together.shape == (4, CLASSES)
    assert relative_error(alone, together[1:2]) < 1e-4
    assert relative_error(together[0], together[1]) > 1e-3


@every_entry
def test_forward_is_a_plain_tensor_in_both_modes_and_agrees_with_the_main_answer(
    name: str,
) -> None:
    net = build_small(name)
    x = images(net)
    assert type(net.train()(x)) is torch.Tensor
    net.eval()
    with torch.inference_mode():
        assert torch.equal(net(x), net.forward_with_auxiliary(x).main)


@every_entry
def test_spec_survives_json_and_rebuilds_the_network(name: str) -> None:
    net = build_small(name)
    adapter = TypeAdapter(Spec)
    spec = adapter.validate_json(adapter.dump_json(net.spec))
    assert spec == net.spec
    again = build_network(spec)
    assert repr(again) == repr(net)
    for (key, tensor), (other, same) in zip(
        net.state_dict().items(), again.state_dict().items(), strict=True
    ):
        assert key == other
        assert torch.equal(tensor, same), key


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=() if n in ONE_OF_EACH_FAMILY else pytest.mark.slow)
        for n in list_networks()
    ],
)
def test_weights_survive_a_file(name: str, tmp_path) -> None:
    net = build_small(name)
    other = build_network(net.spec, seed=1)
    path = tmp_path / "w.safetensors"
    save_weights(net, path)
    assert load_weights(other, path) == "skipcat"
    loaded = other.state_dict()
    assert all(torch.equal(t, loaded[k]) for k, t in net.state_dict().items())


@pytest.mark.parametrize("name", sorted(ONE_OF_EACH_FAMILY))
def test_seed_settles_the_weights_and_torch_is_left_alone(name: str) -> None:
    px = find_entry(name).smallest_px
    state = torch.get_rng_state()
    first, second = build_network(name, 2, px, seed=5), build_network(name, 2, px, seed=5)
    other = build_network(name, 2, px, seed=6)
    assert torch.equal(torch.get_rng_state(), state)
    weights = [next(net.parameters()) for net in (first, second, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@every_entry
def test_builds_on_meta_with_the_paper_s_row_names_printed(name: str) -> None:
    with torch.device("meta"):
        net = build_network(name)
    assert all(p.is_meta for p in net.parameters())
    lines = repr(net).splitlines()
    assert lines[0] == (
        f"{name}: {net.spec.classes} classes, 3 channels, stem reduction {net.spec.stem_reduction}"
    )
    assert lines[1] == find_entry(name).paper
    assert [line.split()[0] for line in lines[2:] if "auxiliary head" not in line] == list(
        net.row_names
    )


def test_networks_can_be_copied_and_pickled() -> None:
    net = build_small("googlenet")
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert repr(twin) == repr(net)
        assert torch.equal(twin.conv1.conv.weight, net.conv1.conv.weight)


@pytest.mark.parametrize(
    "name", ["googlenet", "resnet_cifar20", pytest.param("inception_v3", marks=pytest.mark.slow)]
)
def test_compiles_to_one_graph_and_exports_with_a_free_batch(name: str) -> None:
    net = build_small(name).eval()
    x = images(net)
    with torch.inference_mode():
        expected = net(x)
    compiled = torch.compile(net, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), expected)
    exported = torch.export.export(net, (x,), dynamic_shapes=({0: torch.export.Dim("n")},))
    torch.testing.assert_close(exported.module()(x[:3]), expected[:3], rtol=1e-4, atol=1e-5)
