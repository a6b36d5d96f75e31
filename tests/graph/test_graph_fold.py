import pytest
import torch
from torch import nn

from lively import assert_lively, enliven, relative_error, two_images
from skipcat.graph.fold import fold_batch_norms
from skipcat.networks.catalogue import build_network, find_entry


def norms(net):
    return [name for name, module in net.named_modules() if isinstance(module, nn.BatchNorm2d)]


@pytest.mark.parametrize(
    ("name", "px"),
    [
        ("googlenet", 64),
        ("bn_inception", 64),  # a separable convolution
        ("inception_v3", 96),
        ("inception_resnet_v2", 96),  # convolutions with a bias and no norm
        ("resnet50", 64),
        ("resnet34_a", 64),
        ("resnet50_d", 64),
        ("resnext50_32x4d", 64),
        ("plain_cifar20", 32),
    ],
)
@torch.no_grad()
def test_every_norm_goes_and_the_logits_stay(name, px):
    net = build_network(name, classes=7, image_px=px, width_multiplier=0.25)
    enliven(net)
    net.train()
    before = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    folded = fold_batch_norms(net)
    assert net.training
    assert all(torch.equal(before[key], tensor) for key, tensor in net.state_dict().items())
    images = two_images(px)
    expected = net.eval()(images)
    assert_lively(expected)
    assert not folded.training
    assert norms(folded) == []
    assert relative_error(folded(images), expected) < 1e-5


@pytest.mark.parametrize("name", ["preact_resnet50", "preact_cifar110", "wide_resnet28_10"])
@torch.no_grad()
def test_a_norm_before_its_convolution_stays(name):
    px = min(64, find_entry(name).image_px)
    net = build_network(name, classes=7, image_px=px, width_multiplier=0.25).eval()
    enliven(net)
    folded = fold_batch_norms(net)
    left = [one for one in norms(net) if one.split(".")[-2] in ("activation", "activation1")]
    assert norms(folded) == left
    assert 0 < len(left) < len(norms(net))
    expected = net(two_images(px))
    assert_lively(expected)
    assert relative_error(folded(two_images(px)), expected) < 1e-5


@torch.no_grad()
def test_channels_stay_last_in_memory_and_without_norms_nothing_changes():
    net = build_network("resnet_cifar8", classes=3, image_px=8).eval()
    enliven(net)
    net.to(memory_format=torch.channels_last)
    folded = fold_batch_norms(net)
    assert folded.conv1.conv.weight.is_contiguous(memory_format=torch.channels_last)
    assert not torch.equal(folded.conv1.conv.weight, net.conv1.conv.weight)
    plain = build_network("googlenet_2014", classes=3, image_px=32, width_multiplier=0.1).eval()
    images = two_images(32)
    assert torch.equal(fold_batch_norms(plain)(images), plain(images))
