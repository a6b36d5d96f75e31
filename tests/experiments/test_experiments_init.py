import signal

import pytest
import torch

import skipcat
from made_up import of_init
from skipcat.data.dataset import open_dataset
from skipcat.experiments import init
from skipcat.experiments.init import (
    _describe,
    decide,
    fill_convolutions,
    look_at_signal,
    make_plain,
)
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.trial import Trial
from skipcat.networks.catalogue import build_network


@pytest.mark.parametrize(
    ("he", "others", "holds"),
    [
        ([0.1, 0.2, 0.1], [0.9, 0.9, 0.9], "yes"),
        ([0.9, 0.9, 0.89], [0.1, 0.2, 0.1], "no"),
        ([0.1, 0.9, 0.9], [0.9, 0.9, 0.9], "cannot tell"),
        ([0.1], [0.9], "cannot tell"),
    ],
)
def test_the_verdict_is_read_from_the_figures(he, others, holds):
    assert decide(of_init(he, others), 20) == holds


def test_sentences_hold_the_figures():
    errors, signals, normed = _describe(of_init([0.1], [0.9], [0.02]), 20)
    assert (
        errors.values["errors"] == "He: 10.0 %; Glorot: 90.0 %; torch's own: 90.0 %; 0.01: 90.0 %"
    )
    assert signals.values["signals"] == "He: 0.25; Glorot: 0.25; torch's own: 0.25; 0.01: 0.25"
    assert normed.values["errors"] == "He: 2.0 %; Glorot: 2.0 %; torch's own: 2.0 %; 0.01: 2.0 %"


@pytest.mark.parametrize(
    ("kind", "variance"),
    # 3x3 of 32 to 32 channels: both fans are 288.
    [("He", 2 / 288), ("Glorot", 1 / 288), ("torch's own", 1 / (3 * 288)), ("0.01", 1e-4)],
)
def test_first_weights_have_the_variance_that_they_are_named_for(kind, variance):
    network = build_network(make_plain(14, None), 10, 8, 1)
    fill_convolutions(kind, network, torch.Generator().manual_seed(0))
    found = network.get_submodule("conv2_x.3.branch.conv1.conv").weight.detach().var()
    assert float(found) == pytest.approx(variance, rel=0.05)


def test_without_norms_there_are_biases_that_begin_at_0():
    network = build_network(make_plain(14, None), 10, 8, 1)
    names = dict(network.named_parameters())
    assert not [name for name in names if "norm" in name]
    biases = [value for name, value in names.items() if name.endswith("conv.bias")]
    assert len(biases) == 13
    assert all((value == 0).all() for value in biases)


@pytest.fixture
def make_lab(digits, tmp_path):
    def make(folder):
        return Lab(
            open_dataset(digits), tmp_path / folder, (0,), None, torch.device("cpu"),
            lambda *work: None, lambda sentence: None,
        )  # fmt: skip

    return make


def test_the_signal_is_measured_at_every_convolution_and_the_network_left_alone(make_lab):
    network = build_network(make_plain(14, 1e-5), 10, 8, 1)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    assert len(look_at_signal(network, make_lab("lab").prepare())["stds"]) == 13
    assert all((before[key] == value).all() for key, value in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())


def test_a_trial_with_weights_of_its_own_goes_on_to_the_same_end(make_lab):
    own = [Trial("own", "plain_cifar8", initialise=lambda net, drawn: fill_convolutions(
        "0.01", net, drawn))]  # fmt: skip
    whole = make_lab("whole").train(own, epochs=3, least=1)["own"][0]
    usual = make_lab("usual").train([Trial("own", "plain_cifar8")], epochs=3, least=1)["own"][0]
    assert whole.train_losses != usual.train_losses

    def stop(work, done, total):
        if "Epoch 2/3" in work:
            signal.raise_signal(signal.SIGINT)

    lab = make_lab("cut")
    lab.progress = stop
    with pytest.raises(KeyboardInterrupt):
        lab.train(own, epochs=3, least=1)
    again = make_lab("cut").train(own, epochs=3, least=1)["own"][0]
    assert (again.train_losses, again.validation_errors) == (
        whole.train_losses,
        whole.validation_errors,
    )


def test_an_experiment_from_its_name_to_its_findings(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(init, "DEPTHS", (4, 6))
    monkeypatch.setattr(init, "EPOCHS", 1)
    result = skipcat.experiment("init", digits, seeds=1, out=tmp_path / "out")
    assert result.findings.holds == "cannot tell"
    rows = result.findings.csv
    assert [row["trial"] for row in rows][::4] == [
        "He, 4 layers, no norms",
        "He, 6 layers, no norms",
        "He, 6 layers, batch norm",
    ]
    left = {row["trial"]: row["signal_left"] for row in rows}
    assert left["He, 6 layers, no norms"] > 10 * left["0.01, 6 layers, no norms"]
