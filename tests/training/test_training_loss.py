import pytest
import torch
import torch.nn.functional as F

from skipcat.networks.catalogue import build_network
from skipcat.training.loss import NetworkWithLoss


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
