import time

import pytest
import torch

from skipcat.engines.latency import measure_latency, time_in_turn
from skipcat.errors import DeviceError, NetworkError
from skipcat.networks.catalogue import build_network


@pytest.fixture(scope="module")
def net():
    return build_network("resnet_cifar8", classes=4, image_px=16).train()


def test_times_are_ordered_and_the_network_is_left_as_it_was(net):
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    found = measure_latency(net, image_px=16, batch=2, seconds=0.05, device="cpu")
    assert 0 < found.p50_ms <= found.p95_ms
    assert found.runs >= 5
    assert (found.batch, found.image_px, found.engine, found.device) == (2, 16, "torch", "cpu")
    assert found.threads == torch.get_num_threads()
    assert net.training
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"engine": "torhc"},
            "No engine is called 'torhc'. Did you mean 'torch'? "
            "Engines: torch, channels_last, compiled.",
        ),
        ({"batch": 0}, "A batch of 0 cannot be timed; 1 or more is needed."),
        ({"image_px": -3}, "Images of -3 px cannot be timed; 1 or more is needed."),
    ],
)
def test_what_cannot_be_timed_is_told(net, options, message):
    with pytest.raises(DeviceError) as caught:
        measure_latency(net, **{"image_px": 16, **options})
    assert str(caught.value) == message


def test_a_size_that_the_network_refuses_is_its_own_to_tell(net):
    with pytest.raises(NetworkError):
        measure_latency(net, image_px=1, seconds=0)
    assert net.training


def test_works_take_turns_and_the_first_turn_does_not_count():
    done = []

    def rest(name, seconds):
        done.append(name)
        time.sleep(seconds if len(done) > 2 else 0.1)

    found = time_in_turn(
        {"short": lambda: rest("short", 0.001), "long": lambda: rest("long", 0.02)},
        rounds=3,
        device=torch.device("cpu"),
    )
    assert done == ["short", "long"] * 4
    assert 1 <= found["short"] < found["long"] < 100
