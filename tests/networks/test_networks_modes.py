"""Whatever happens in evaluation mode, a network's layers are left in their own modes."""

import pytest

from skipcat.networks.catalogue import build_network
from skipcat.networks.modes import evaluating


@pytest.mark.parametrize("fails", [False, True])
def test_each_layer_is_left_in_its_mode(fails: bool) -> None:
    net = build_network("resnet_cifar8", 3, 8).train()
    first, *_ = net.children()
    first.eval()  # a part that its user has frozen
    before = [module.training for module in net.modules()]
    assert set(before) == {True, False}
    try:
        with evaluating(net):
            assert not any(module.training for module in net.modules())
            if fails:
                raise ZeroDivisionError
    except ZeroDivisionError:
        assert fails
    assert [module.training for module in net.modules()] == before
