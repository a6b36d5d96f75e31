from dataclasses import replace

import numpy as np
import pytest
import torch

from skipcat.choice import candidates as candidates_module
from skipcat.choice.budget import Budget
from skipcat.choice.candidates import gather_candidates
from skipcat.choice.race import keep_who_fits
from skipcat.cost.memory import MIB, predict_answer_memory
from skipcat.data.dataset import open_dataset
from skipcat.engines.latency import Latency
from skipcat.errors import RecipeError
from skipcat.networks.catalogue import build_network, find_entry, make_spec
from skipcat.training.prepared_data import prepare_data
from skipcat.training.recipe import Recipe


@pytest.fixture(scope="module")
def prepared():
    chance = np.random.default_rng(0)
    pixels = chance.integers(0, 255, (60, 96, 96, 3), dtype=np.uint8)
    dataset = open_dataset((pixels, np.arange(60) % 2))
    return prepare_data(dataset, find_entry("resnet18"), Recipe(minutes=1))


@pytest.fixture(autouse=True)
def speed(monkeypatch):
    monkeypatch.setattr(
        candidates_module, "time_images", lambda *given: lambda side_px, reduction: 1e-4
    )
    monkeypatch.setattr(candidates_module, "LATENCY_SECONDS", 0.01)


def gather(prepared, names, **budget):
    return gather_candidates(
        names, prepared, Recipe(minutes=1), Budget(minutes=1, **budget), seconds=60,
        device=torch.device("cpu"),
    )  # fmt: skip


def test_a_network_that_is_too_slow_at_its_size_is_tried_at_smaller_ones(prepared):
    [[whole], _] = gather(prepared, ["resnet18"])
    assert whole.image_px == 96
    [[smaller], refused] = gather(prepared, ["resnet18"], macs=whole.macs // 2)
    assert refused == ()
    assert 48 <= smaller.image_px < 96
    assert smaller.macs <= whole.macs // 2
    assert smaller.plan.image_px == smaller.image_px
    # The next size above does not fit.
    [[more], _] = gather(prepared, ["resnet18"], macs=smaller.macs + 1)
    assert more.image_px == smaller.image_px


def test_a_network_sees_images_no_larger_than_it_was_made_for(prepared):
    found, _ = gather(prepared, ["resnet_cifar8", "resnet18"])
    assert {one.network: one.image_px for one in found} == {"resnet_cifar8": 32, "resnet18": 96}
    [[asked], _] = gather(replace(prepared, image_px=24), ["resnet_cifar8"])
    assert asked.image_px == 24


def test_the_slowest_do_not_run_where_the_first_rung_would_be_too_short(prepared):
    names = ["resnet_cifar8", "resnet_cifar14", "resnet_cifar20"]
    found, _ = gather(prepared, names)
    paced = [replace(one, seconds_per_step=0.1 * 2**n) for n, one in enumerate(found)]
    # Rungs of 3 and 2 take 5 units; 40 steps of the slowest take 16 s.
    assert keep_who_fits(paced, 5 * 16.1) == (tuple(paced), ())
    kept, refused = keep_who_fits(paced, 5 * 8)
    assert kept == tuple(paced[:2])
    assert refused[0].reason == (
        "a race with it would be too short to tell; --minutes 1.7 more would do"
    )
    assert len(keep_who_fits(paced, 1)[0]) == 2


def test_no_size_makes_weights_fewer(prepared):
    found, refused = gather(prepared, ["resnet_cifar8", "resnet18"], parameters=10**6)
    assert [one.network for one in found] == ["resnet_cifar8"]
    assert refused[0].reason == ("at 96 px it has 11,177,538 parameters, and 1,000,000 is the most")
    with pytest.raises(RecipeError, match=r"memory_mib 0\.1 \(the least is .*: resnet_cifar8\)"):
        gather(prepared, ["resnet_cifar8"], memory_mib=0.1)


def test_the_memory_of_an_answer_holds_weights_and_what_is_alive_at_once():
    with torch.device("meta"):
        net = build_network(make_spec("resnet18", 10, 224))
    weights = 4 * sum(t.numel() for t in net.state_dict().values()) / MIB
    one, eight = (predict_answer_memory(net, 224, batch) for batch in (1, 8))
    stem = 64 * 112 * 112 * 4 / MIB  # conv1's answer, beside its norm's
    assert weights + 2 * stem < one < weights + 4 * stem
    assert eight - weights == pytest.approx(8 * (one - weights), rel=0.01)


def test_latencies_that_differ_are_measured_longer_and_told(prepared, monkeypatch):
    times = iter(range(1, 100))

    def measure(net, image_px, batch, **given):
        ms = 2.0 ** next(times)
        return Latency(ms, ms, 5, batch, image_px, "torch", "cpu", 1)

    monkeypatch.setattr(candidates_module, "measure_latency", measure)
    [[found], _] = gather(prepared, ["resnet_cifar8"])
    assert next(times) == candidates_module.MOST_ROUNDS + 1
    assert found.latency_spread > candidates_module.NOISY


def test_where_none_can_see_the_images_twice_the_one_that_sees_most_is_taken(prepared, monkeypatch):
    slow = {"resnet_cifar8": 0.75, "resnet_cifar14": 0.7}
    monkeypatch.setattr(
        candidates_module, "time_images", lambda spec, *given: lambda px, r: slow[spec.name]
    )
    [[found], [refused]] = gather(prepared, list(slow))
    assert found.network == "resnet_cifar14"
    assert refused.network == "resnet_cifar8"
    assert refused.reason == "in 1 min of training it would see the images less than twice"
