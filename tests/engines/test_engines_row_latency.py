import pytest
import torch

from skipcat.engines.row_latency import measure_rows, settle_norms
from skipcat.errors import NetworkError
from skipcat.networks.catalogue import build_network


@pytest.fixture
def net():
    return build_network("resnet_cifar20", classes=4, image_px=16).train()


def test_rows_are_timed_and_the_network_is_left_as_it_was(net):
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    found = measure_rows(net, image_px=16, seconds=0.05, device="cpu")
    assert tuple(found.rows) == net.row_names
    assert all(time > 0 for time in found.rows.values())
    assert found.sum_ms == sum(found.rows.values())
    assert found.rows["conv3_x"] > found.rows["pool"]
    assert found.whole_ms > found.rows["pool"]
    assert found.rounds >= 5 and found.threads == torch.get_num_threads()
    assert net.training
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())


def test_times_say_that_they_are_of_this_machine(net):
    found = measure_rows(net, image_px=16, seconds=0, device="cpu")
    assert str(found).startswith("ms: measured on this machine (cpu, ")
    assert found.to_dict()["sum_ms"] == found.sum_ms
    assert str(found).endswith(
        f"; the whole network at once took {found.whole_ms:,.2f} ms, its rows "
        f"{found.sum_ms:,.2f} ms."
    )


def test_a_size_that_the_network_refuses_is_its_own_to_tell(net):
    with pytest.raises(NetworkError):
        measure_rows(net, image_px=1, seconds=0)
    assert net.training


def test_settled_norms_keep_a_deep_network_lively():
    """With statistics that fit nothing, each residual unit adds to what came before it."""
    net = build_network("resnet_cifar110", image_px=16).eval()
    norms = [module for module in net.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    image = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert float(net(image).std()) > 1e4
        settle_norms(net, 16)
        assert 0.1 < float(net(image).std()) < 30
    assert not net.training
    assert [norm.momentum for norm in norms] == momenta
