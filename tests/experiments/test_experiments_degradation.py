from dataclasses import replace

import pytest

from skipcat.experiments.degradation import _judge, _say, _say_gradients, measure_gradients
from skipcat.experiments.lab.trial import Outcome
from skipcat.networks.catalogue import build_network


def outcomes(plain, residual):
    """Give made-up outcomes of 20 and 56 layers, from training errors by seed."""
    empty = Outcome("", 0, 1, 1, 8, (1,), (), (), (0.1,), 1.0)
    groups = {}
    for kind, by_depth in (("plain", plain), ("residual", residual)):
        for depth, errors in by_depth.items():
            groups[f"{kind}, {depth} layers"] = [
                replace(empty, seed=seed, train_errors=(error,))
                for seed, error in enumerate(errors)
            ]
    return groups


@pytest.mark.parametrize(
    ("plain", "residual", "holds", "head"),
    [
        ({20: [0, 0, 0], 56: [0.2, 0.25, 0.3]}, {56: [0, 0, 0]}, "yes", "It is so here: "),
        ({20: [0.2, 0.3, 0.2], 56: [0, 0, 0]}, {56: [0, 0, 0]}, "no", "It is not so here: "),
        ({20: [0], 56: [0.9]}, {56: [0]}, "cannot tell", "These seeds cannot tell: "),
        ({20: [0, 0.2], 56: [0.1, 0]}, {56: [0, 0]}, "cannot tell", "These seeds cannot tell: "),
    ],
)
def test_the_verdict_is_read_from_the_figures(plain, residual, holds, head):
    found = outcomes(plain, residual)
    assert _judge(found, (20, 56)) == holds
    assert _say(found, (20, 56))[0][0].startswith(head)


def test_the_sentence_holds_the_figures():
    found = outcomes({20: [0, 0, 0], 56: [0.2, 0.25, 0.3]}, {56: [0, 0, 0]})
    first, second = (english for english, _ in _say(found, (20, 56)))
    assert first == (
        "It is so here: the plain network of 56 layers ends with 25.0 (12.6 … 37.4) % training "
        "error, +25.0 (+12.6 … +37.4) points against the one of 20 layers. Both saw the same "
        "images in the same order, so more layers did not overfit: they learnt less."
    )
    assert second == (
        "The residual twin of 56 layers, which began with equal weights, ends with 0.0 (0.0 … 0.0) "
        "%: the plain one is +25.0 (+12.6 … +37.4) points off."
    )


@pytest.mark.parametrize(
    ("first", "times", "words"),
    [
        (1e-5, "1e-05", "it vanishes"),
        (2034567, "2,000,000", "it explodes"),
        (3.0, "3", "it neither vanishes nor explodes"),
    ],
)
def test_what_gradients_do_is_read_from_them(first, times, words):
    found = outcomes({56: [0.2, 0.3]}, {56: [0, 0]})
    for label, group in found.items():
        ratio = first if "plain" in label else 1.0
        found[label] = [replace(one, before={"gradients": [ratio, 5.0, 1.0]}) for one in group]
    english, _ = _say_gradients(found, (56,))
    assert f"is {times} times that of the last in the plain network of 56 layers" in english
    assert f"in the plain one {words}" in english


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
