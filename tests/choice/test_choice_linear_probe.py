import json

import numpy as np
import pytest

import skipcat
from skipcat.choice import candidates as candidates_module
from skipcat.choice import choose as choose_module
from skipcat.choice import race as race_module
from skipcat.choice.race_record import RECORD, read_race
from skipcat.data.dataset import open_dataset
from skipcat.errors import RecipeError, WeightsError
from skipcat.networks.catalogue import build_network, make_spec
from skipcat.networks.weights.torchvision import PUBLISHED, WeightsInfo
from skipcat.training import initial_weights as begin

NETWORKS = ("resnet_cifar8", "resnet_cifar14", "resnet_cifar20")


@pytest.fixture
def digits():
    """The digits at 32 px, where weights that were made for larger images still mean something."""
    dataset = open_dataset("digits")
    pixels = np.stack(dataset.images).repeat(4, 1).repeat(4, 2)[:600]
    return pixels, np.array(dataset.labels)[:600]


@pytest.fixture
def weights(monkeypatch):
    """Stand-ins for published weights, which tests cannot fetch: of networks as initialised."""
    fetched = []

    def fetch(network):
        name = network if isinstance(network, str) else network.spec.name
        fetched.append(name)
        state = build_network(make_spec(name, 10, 32, 3), seed=1).state_dict()
        return state, WeightsInfo((0.5,) * 3, (0.25,) * 3, 32, "a stand-in", "nowhere")

    for module in (begin, choose_module):
        monkeypatch.setattr(module, "fetch_pretrained", fetch)
    for name in NETWORKS[:2]:
        monkeypatch.setitem(PUBLISHED, name, None)
    monkeypatch.setattr(
        candidates_module, "time_images", lambda *given: lambda side_px, reduction: 4e-4
    )
    monkeypatch.setattr(candidates_module, "LATENCY_SECONDS", 0.02)
    monkeypatch.setattr(race_module, "LEAST_STEPS", 10)
    return fetched


def test_published_weights_are_probed_first_and_the_winner_goes_on_from_them(
    digits, weights, tmp_path, monkeypatch
):
    out = tmp_path / "race"
    told = []
    choice = skipcat.choose(
        digits, budget=skipcat.Budget(minutes=0.15), networks=NETWORKS, out=out, tell=told.append
    )
    race = read_race(out)
    first = race.rungs[0]
    assert {name: race.find(name).pretrained for name in NETWORKS} == {
        "resnet_cifar8": "torchvision", "resnet_cifar14": "torchvision", "resnet_cifar20": "none",
    }  # fmt: skip
    assert first["resnet_cifar8"].step == first["resnet_cifar14"].step == 0
    assert first["resnet_cifar20"].step > 0
    # A linear probe on random features of digits is far better than chance.
    assert first["resnet_cifar8"].right.count("1") > 0.4 * len(first["resnet_cifar8"].right)
    assert "resnet_cifar8: a linear probe on its published weights." in told
    assert all(answer.step > 0 for answer in race.rungs[1].values())
    assert choice.pretrained == race.find(choice.network).pretrained


def test_fit_takes_a_winner_with_its_weights(digits, weights, tmp_path, monkeypatch):
    from skipcat import main_job

    monkeypatch.setattr(main_job, "RACE_FROM_MINUTES", 0.1)
    monkeypatch.setattr(choose_module, "PUBLISHED_USUAL", NETWORKS[:2])
    classifier = skipcat.fit(digits, budget=skipcat.Budget(minutes=0.2), out=tmp_path / "out")
    assert classifier.network.spec.name in NETWORKS[:2]
    about = json.loads((tmp_path / "out" / "recipe.json").read_text())
    assert about["weights"] == "torchvision"
    assert json.loads((tmp_path / "out" / "choice.json").read_text())["pretrained"] == "torchvision"


def test_without_a_connection_all_train_from_scratch_and_that_is_told(
    digits, weights, tmp_path, monkeypatch
):
    def fail(name):
        raise WeightsError("There is no connection.")

    monkeypatch.setattr(choose_module, "fetch_pretrained", fail)
    told = []
    skipcat.choose(
        digits, budget=skipcat.Budget(minutes=0.15), networks=NETWORKS[:2], out=tmp_path / "race",
        tell=told.append,
    )  # fmt: skip
    assert "Training from scratch. There is no connection." in told
    record = json.loads((tmp_path / "race" / RECORD).read_text())
    assert {one["pretrained"] for one in record["candidates"]} == {"none"}


def test_weights_in_a_file_are_of_one_network(tmp_path):
    with pytest.raises(RecipeError) as refused:
        skipcat.choose("digits", pretrained="resnet18.safetensors", out=tmp_path / "x")
    assert str(refused.value) == (
        "Weights of 'resnet18.safetensors' are of one network; candidates start from "
        "'torchvision' or 'none'."
    )
