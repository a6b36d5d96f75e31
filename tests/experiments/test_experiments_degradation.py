import pytest

from made_up import of_degradation
from skipcat.experiments.degradation import (
    _describe,
    _describe_gradients,
    decide,
    measure_gradients,
)
from skipcat.networks.catalogue import build_network


@pytest.mark.parametrize(
    ("plain", "residual", "holds"),
    [
        ({20: [0, 0, 0], 56: [0.2, 0.25, 0.3]}, {56: [0, 0, 0]}, "yes"),
        ({20: [0.2, 0.3, 0.2], 56: [0, 0, 0]}, {56: [0, 0, 0]}, "no"),
        ({20: [0], 56: [0.9]}, {56: [0]}, "cannot tell"),
        ({20: [0, 0.2], 56: [0.1, 0]}, {56: [0, 0]}, "cannot tell"),
    ],
)
def test_the_verdict_is_read_from_the_figures(plain, residual, holds):
    assert decide(of_degradation(plain, residual), (20, 56)) == holds


def test_the_sentences_hold_the_figures():
    found = of_degradation({20: [0, 0, 0], 56: [0.2, 0.25, 0.3]}, {56: [0, 0, 0]})
    plain, _, residual = _describe(found, (20, 56))
    assert plain.values["error"] == "25.0 (12.6 … 37.4) %"
    assert residual.values["error"] == "0.0 (0.0 … 0.0) %"
    for one in (plain, residual):
        assert one.values["difference"] == "+25.0 (+12.6 … +37.4) points, a real difference"


@pytest.mark.parametrize(
    ("first", "times", "words"),
    [
        (1e-5, "1e-05", "it vanishes"),
        (2034567, "2,000,000", "it explodes"),
        (3.0, "3", "it neither vanishes nor explodes"),
    ],
)
def test_what_gradients_do_is_read_from_them(first, times, words):
    said = _describe_gradients(of_degradation({56: [0.2, 0.3]}, {56: [0, 0]}, first), (56,))
    assert said.values["plain"] == times
    assert words in said


def test_twins_begin_with_equal_weights():
    plain, residual = (build_network(f"{kind}_cifar20", 10, 8, 1) for kind in ("plain", "resnet"))
    for (name, ours), (other, theirs) in zip(
        plain.state_dict().items(), residual.state_dict().items(), strict=True
    ):
        assert name == other
        assert (ours == theirs).all()


def test_gradients_are_of_every_convolution_and_leave_the_network_alone(make_lab):
    lab = make_lab()
    network = build_network("plain_cifar8", 10, 8, 1)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    norms = measure_gradients(network, lab.prepare())["gradients"]
    assert len(norms) == 7
    assert min(norms) > 0
    assert all((before[name] == value).all() for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())
