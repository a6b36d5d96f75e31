import numpy as np
import pytest
import torch
import torch.nn.functional as F

from skipcat.networks.catalogue import build_network
from skipcat.training.trainer.loss import NetworkWithLoss, weigh_classes


@pytest.mark.parametrize(("name", "weight", "heads"), [("googlenet", 0.3, 2), ("resnet18", 0.0, 0)])
def test_the_loss_weighs_every_head(name, weight, heads):
    net = build_network(name, classes=4, image_px=64).eval()  # no dropout, fixed statistics
    images, targets = torch.randn(3, 3, 64, 64), torch.tensor([0, 3, 1])
    model = NetworkWithLoss(net, 0.1)
    logits = net.forward_with_auxiliary(images)
    assert len(logits.auxiliary) == heads
    expected = F.cross_entropy(logits.main, targets, label_smoothing=0.1)
    for head in logits.auxiliary:
        expected = expected + weight * F.cross_entropy(head, targets, label_smoothing=0.1)
    assert float(model(images, targets).detach()) == pytest.approx(
        float(expected.detach()), rel=1e-6
    )
    assert int(model.right) == int((logits.main.argmax(1) == targets).sum())


def test_class_weights_reach_every_head_and_smooth_no_other_class():
    net = build_network("googlenet", classes=3, image_px=64).eval()
    images, targets = torch.randn(4, 3, 64, 64), torch.tensor([0, 0, 0, 2])
    weights = weigh_classes(targets.numpy(), 3)
    logits = net.forward_with_auxiliary(images)
    expected = 0.0
    for head, by in ((logits.main, 1.0), *((head, 0.3) for head in logits.auxiliary)):
        chances = F.log_softmax(head, 1)
        smoothed = 0.9 * F.one_hot(targets, 3) + 0.1 / 3
        expected += by * float(
            (torch.tensor([2 / 3] * 3 + [2.0]) @ -(smoothed * chances.detach()).sum(1)) / 4
        )
    found = float(NetworkWithLoss(net, 0.1, weights)(images, targets).detach())
    assert found == pytest.approx(expected, rel=1e-5)


def test_a_mixed_image_weighs_as_its_parts_do():
    net = build_network("resnet18", classes=3, image_px=32).eval()
    images, kept, other = (
        torch.randn(4, 3, 32, 32),
        torch.tensor([0, 0, 1, 2]),
        torch.tensor([2] * 4),
    )
    model = NetworkWithLoss(net, 0.1, np.array([0.5, 1.0, 3.0]))
    mixed = 0.7 * F.one_hot(kept, 3) + 0.3 * F.one_hot(other, 3)
    parts = 0.7 * model(images, kept) + 0.3 * model(images, other)
    assert float(model(images, mixed).detach()) == pytest.approx(float(parts.detach()), rel=1e-5)
