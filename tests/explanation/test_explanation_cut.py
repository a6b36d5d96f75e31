import random

import pytest
import torch

import skipcat
from lively import enliven, two_images
from skipcat.errors import ClassifierError
from skipcat.explanation.pruning.cut import cut_network, silence_network
from skipcat.explanation.pruning.prunable import (
    Removal,
    check_prunable,
    find_branches,
    find_sites,
    find_units,
)
from skipcat.explanation.pruning.search import group_channels

NETWORKS = {
    "googlenet_x0.25": 32,
    "bn_inception_x0.125": 32,
    "inception_v3_x0.125": 75,
    "inception_v4_x0.0625": 75,
    "resnet18_x0.125": 32,
    "resnet_cifar20": 16,
    "resnet50_x0.0625": 32,
    "resnet50_d_x0.0625": 32,
    "preact_resnet18_x0.125": 32,
    "preact_cifar20": 16,
    "wide_resnet40_4_x0.25": 16,
}


def draw_removal(net, seed=1):
    draw = random.Random(seed)
    keep = {}
    for site in find_sites(net):
        mask = torch.tensor([draw.random() > 0.3 for _ in range(site.width)])
        mask[0] = True
        keep[site.name] = mask
    by_row = {}
    for row, branch in find_branches(net):
        by_row.setdefault(row, []).append((row, branch))
    branches = {draw.choice(own) for own in by_row.values() if draw.random() < 0.7}
    by_stage = {}
    for unit in find_units(net):
        by_stage.setdefault(unit.split(".")[0], []).append(unit)
    units = {draw.choice(own) for own in by_stage.values()}
    return Removal(keep, frozenset(branches), frozenset(units))


def read_means(net, x):
    means = {}
    hooks = [
        module.register_forward_hook(
            lambda _, __, y, name=name: means.update({name: y.mean((0, 2, 3))})
        )
        for name, module in net.named_modules()
        if not isinstance(module, torch.nn.Linear) and name not in ("", *net.row_names[-3:])
    ]
    with torch.no_grad():
        net(x)
    for hook in hooks:
        hook.remove()
    return means


@pytest.mark.parametrize("name", NETWORKS)
def test_the_silenced_and_the_cut_network_answer_alike(name):
    px = NETWORKS[name]
    net = skipcat.build_network(name, classes=7, image_px=px).eval()
    enliven(net)
    x = two_images(px)
    removal, means = draw_removal(net), read_means(net, x)
    silent, smaller = (f(net, removal, means) for f in (silence_network, cut_network))
    with torch.no_grad():
        whole, one, other = net(x), silent(x), smaller(x)
    scale = one.abs().max()
    assert float((one - other).abs().max() / scale) < 1e-5
    assert float((whole - one).abs().max() / scale) > 1e-3
    assert removal.units or removal.branches
    rebuilt = skipcat.build_network(smaller.spec)
    rebuilt.load_state_dict(smaller.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(rebuilt.eval()(x), other)
    before, after = (skipcat.measure_cost(n, image_px=px).parameters for n in (net, smaller))
    assert after < before
    assert skipcat.measure_cost(smaller.spec, image_px=px).parameters == after


def test_heads_of_a_cut_network_answer_too():
    net = skipcat.build_network("googlenet_x0.25", classes=7, image_px=32).eval()
    enliven(net)
    removal, means = draw_removal(net), read_means(net, two_images(32))
    found = []
    for cut in (silence_network, cut_network):
        with torch.no_grad():
            found.append(cut(net, removal, means).eval().forward_with_auxiliary(two_images(32)))
    for one, other in zip(found[0].auxiliary, found[1].auxiliary, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_a_cut_network_trains():
    net = skipcat.build_network("preact_cifar20", classes=7, image_px=16).eval()
    smaller = cut_network(net, draw_removal(net), read_means(net, two_images(16))).train()
    smaller(two_images(16)).sum().backward()
    assert all(p.grad is not None for p in smaller.parameters())


def test_the_network_that_is_cut_stays_as_it_is():
    net = skipcat.build_network("resnet_cifar8", classes=7, image_px=16).eval()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    removal, means = draw_removal(net), read_means(net, two_images(16))
    silence_network(net, removal, means)
    cut_network(net, removal, means)
    for name, tensor in net.state_dict().items():
        torch.testing.assert_close(tensor, before[name])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (
            "googlenet_2014",
            "its local response norms mix neighbouring channels, so that none can be cut exactly",
        ),
        (
            "inception_resnet_v2",
            "its branches are concatenated inside residual units, which pruning cannot cut",
        ),
        (
            "plain_cifar8",
            "it has neither branches nor residual units, and nothing else is cut",
        ),
    ],
)
def test_networks_that_cannot_be_cut_are_refused(name, why):
    with torch.device("meta"):
        net = skipcat.build_network(name)
    with pytest.raises(ClassifierError) as caught:
        check_prunable(net)
    assert str(caught.value) == (
        f"{name} cannot be pruned: {why}. GoogLeNets with batch norm, Inception v3 and v4, "
        "BN-Inception and ResNets can."
    )


@pytest.mark.parametrize(
    ("width", "sizes"), [(5, [1, 1, 1, 1]), (14, [6]), (16, [8]), (24, [8]), (50, [2, 16, 16])]
)
def test_channels_go_in_groups_that_leave_round_widths(width, sizes):
    groups = list(group_channels(torch.arange(width)))
    assert [len(group) for group in groups] == sizes
    assert torch.cat(groups).tolist() == list(range(sum(sizes)))
