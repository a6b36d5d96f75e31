import numpy as np
import pytest
import torch
from torch import nn

from skipcat.engines.engine import ENGINES, open_engine
from skipcat.engines.torch_engine import TorchEngine, run_network
from skipcat.errors import DeviceError, NetworkError
from skipcat.networks.catalogue import build_network

MEAN, STD = (0.5, 0.25, 0.125), (0.5, 0.25, 0.2)
PIXELS = np.random.default_rng(0).integers(0, 256, (3, 3, 8, 8), np.uint8)


@pytest.fixture(scope="module")
def net():
    return build_network("resnet_cifar8", classes=4, image_px=8).train()


# Inductor takes a minute to compile the smallest network.
SLOW = {"compiled": pytest.mark.slow}


@pytest.mark.parametrize("name", [pytest.param(n, marks=SLOW.get(n, ())) for n in ENGINES])
def test_every_engine_gives_the_networks_logits(net, name):
    before = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    engine = open_engine(name, net, mean=MEAN, std=STD)
    expected = run_network(net, PIXELS, MEAN, STD)
    logits = engine.run(PIXELS)
    assert logits.dtype == np.float32
    assert np.allclose(logits, expected, atol=1e-5 * np.abs(expected).max())
    scaled = (PIXELS / 255 - np.reshape(MEAN, (3, 1, 1))) / np.reshape(STD, (3, 1, 1))
    floats = engine.run(scaled.astype(np.float32))
    assert np.allclose(floats, expected, atol=1e-5 * np.abs(expected).max())
    # A batch of another size, as the last one of many is.
    assert np.allclose(engine.run(PIXELS[:1]), expected[:1], atol=1e-5 * np.abs(expected).max())
    with pytest.raises(NetworkError, match="was built for 3-channel images"):
        engine.run(np.zeros((1, 1, 8, 8), np.float32))
    assert net.training
    assert all(torch.equal(before[key], tensor) for key, tensor in net.state_dict().items())


def test_an_engine_computes_with_its_own_number_of_threads():
    class Threads(nn.Linear):
        def forward(self, x):
            return torch.full((len(x), 1), torch.get_num_threads())

    before = torch.get_num_threads()
    engine = open_engine("torch", Threads(1, 1), threads=before + 1)
    assert engine.run(np.zeros((3, 3), np.float32)).tolist() == [[before + 1]] * 3
    assert (engine.threads, engine.device) == (before + 1, "cpu")
    assert open_engine("torch", Threads(1, 1)).threads == torch.get_num_threads() == before


def test_an_engine_keeps_its_mode_while_the_network_trains_on(net):
    engine = open_engine("torch", net, mean=MEAN, std=STD)
    net.train()
    first = engine.run(PIXELS)
    assert np.array_equal(first, engine.run(PIXELS))
    assert np.allclose(engine.run(PIXELS[:1]), first[:1], atol=1e-5 * np.abs(first).max())


def test_what_an_engine_refuses(net):
    with pytest.raises(DeviceError) as caught:
        open_engine("channels-last", net)
    assert str(caught.value) == (
        "No engine is called 'channels-last'. Did you mean 'channels_last'? "
        "Engines: torch, channels_last, compiled."
    )
    with pytest.raises(DeviceError) as caught:
        open_engine("torch", net).run(PIXELS)
    assert str(caught.value) == "Pixels of bytes need an engine with a mean and a std."


def test_compiled_is_what_torch_compiled(net, monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda module: lambda images: 2 * module(images))
    engine = open_engine("compiled", net, mean=MEAN, std=STD)
    expected = 2 * run_network(net, PIXELS, MEAN, STD)
    assert np.allclose(engine.run(PIXELS), expected, atol=1e-5 * np.abs(expected).max())
    with pytest.raises(NetworkError, match="was built for 3-channel images"):
        engine.run(np.zeros((1, 1, 8, 8), np.float32))


def test_a_compiler_that_fails_is_told_in_one_line(net, monkeypatch):
    class FailedError(RuntimeError):
        __module__ = "torch._inductor.exc"

    def fail(module):
        def run(images):
            raise FailedError("No C++ compiler was found.\nAnd much more.")

        return run

    monkeypatch.setattr(torch, "compile", fail)
    engine = TorchEngine("compiled", net, mean=MEAN, std=STD)
    with pytest.raises(DeviceError) as caught:
        engine.run(PIXELS)
    assert str(caught.value) == (
        "torch cannot compile the network here: No C++ compiler was found. Engine 'torch' runs it."
    )
