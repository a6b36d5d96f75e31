import pytest
import torch

from skipcat.engines.device import pick_device
from skipcat.errors import DeviceError


def refuse(wanted):
    with pytest.raises(DeviceError) as caught:
        pick_device(wanted)
    return str(caught.value)


def test_the_cpu_is_always_there_and_flushes_denormals():
    torch.set_flush_denormal(False)
    assert pick_device("cpu") == torch.device("cpu")
    assert float(torch.tensor([1e-40]) * 1.0) == 0.0


def test_auto_takes_what_is_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert pick_device().type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_device("auto").type == "cuda"
    assert pick_device("cuda:1") == torch.device("cuda:1")


def test_what_is_no_device_or_not_here_is_told(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert refuse("gpu") == "No device is called 'gpu'; allowed: auto, cpu, cuda, mps."
    assert refuse("cuda") == "This machine has no device 'cuda'; 'cpu' always works."
    assert refuse("cpu:x") == "'cpu:x' names no device; try 'auto'."
