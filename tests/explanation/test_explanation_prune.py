from itertools import islice, pairwise

import numpy as np
import pytest
import torch

import skipcat
from skipcat.errors import ClassifierError, RecipeError
from skipcat.explanation.image_roles import divide_images, read_images
from skipcat.explanation.pruning.request import Wish
from skipcat.explanation.pruning.search import Search


@pytest.fixture(scope="module")
def pruned(taught):
    return skipcat.prune(skipcat.load(taught), "digits", lose_at_most=5, batch=16)


def test_what_is_left_is_smaller_and_loses_no_more_than_allowed(pruned, taught):
    whole = skipcat.load(taught)
    assert pruned.after.parameters < pruned.before.parameters
    assert pruned.after.macs < pruned.before.macs
    assert pruned.met is True
    assert pruned.difference < 1e-5
    last = pruned.steps[-1]
    assert last.work < 1
    assert last.accuracy >= whole.evaluation.accuracy - 0.15
    assert pruned.comparison.images == 179
    assert pruned.certified_loss == pytest.approx(-pruned.comparison.interval[0])


def test_what_it_reports_is_what_evaluate_finds(pruned, taught, tmp_path):
    pruned.classifier.save(tmp_path / "small.skipcat")
    again = skipcat.load(tmp_path / "small.skipcat")
    found = skipcat.load(taught).compare(again, "digits")
    assert found == pruned.comparison
    images = np.random.default_rng(0).integers(0, 255, (3, 8, 8), dtype=np.uint8)
    assert again.predict(list(images)) == pruned.classifier.predict(list(images))
    assert again.network.spec == pruned.classifier.network.spec
    assert again.network.spec.name == "resnet_cifar8_pruned"


def test_the_classifier_that_is_pruned_stays_as_it_is(taught):
    whole = skipcat.load(taught)
    before = {name: tensor.clone() for name, tensor in whole.network.state_dict().items()}
    skipcat.prune(whole, "digits", lose_at_most=10)
    for name, tensor in whole.network.state_dict().items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)
    assert all(parameter.requires_grad for parameter in whole.network.parameters())


def test_fine_tuning_learns_again_what_was_lost(taught):
    whole, told = skipcat.load(taught), []
    found = skipcat.prune(
        whole, "digits", lose_at_most=100, epochs=1, speedup=1.2, batch=64, tell=told.append
    )
    assert found.tuned_rounds == 1
    assert "Fine-tuning: 1 epoch at 8 px." in told
    assert found.deciding_accuracy > 0.5
    assert found.classifier.origin.trained_on == whole.origin.trained_on
    assert found.classifier.origin.decided_on == whole.origin.decided_on


def test_pruning_what_was_pruned_goes_on_from_there(pruned):
    again = skipcat.prune(pruned.classifier, "digits", lose_at_most=20)
    assert again.before.network == again.after.network == "resnet_cifar8_pruned"
    assert again.after.macs < pruned.after.macs


def test_a_speed_that_cannot_be_reached_names_the_nearest(taught):
    with pytest.raises(RecipeError) as caught:
        skipcat.prune(skipcat.load(taught), "digits", speedup=90, lose_at_most=3, batch=16)
    message = str(caught.value)
    assert message.startswith(
        "Pruning cannot bring resnet_cifar8 to 90 times within 3 points: the nearest is "
    )
    assert message.endswith(
        "points lost on the deciding images; allow a larger loss, or let the smaller network "
        "learn again (fine-tuning)."
    )


def test_a_network_that_is_fast_enough_is_left_alone(taught):
    with pytest.raises(RecipeError) as caught:
        skipcat.prune(skipcat.load(taught), "digits", latency_ms=1e6)
    assert str(caught.value) == "resnet_cifar8 is as fast as that already; nothing was removed."


def test_fine_tuning_needs_images_that_taught(make_classifier, digits):
    rest = digits[0][120:], digits[1][120:]
    with pytest.raises(RecipeError) as caught:
        skipcat.prune(make_classifier("resnet_cifar8"), rest, lose_at_most=50, epochs=1)
    assert str(caught.value) == (
        "'arrays' holds no image that this classifier was trained on, so there is nothing to "
        "fine-tune on; give the data that it learnt from, or leave fine-tuning out."
    )


def test_too_few_images_are_refused(make_classifier, digits):
    few = digits[0][:185], digits[1][:185]
    with pytest.raises(ClassifierError) as caught:
        skipcat.prune(make_classifier("resnet_cifar8"), few, lose_at_most=1)
    assert str(caught.value) == (
        "5 images of 'arrays' can report what pruning costs; 20 or more are needed that this "
        "classifier was not trained on."
    )


def test_images_too_few_for_certainty_are_refused(make_classifier, digits):
    with pytest.raises(RecipeError) as caught:
        skipcat.prune(make_classifier("resnet_cifar8"), digits, lose_at_most=0.5, certain=True)
    assert str(caught.value) == (
        "The 60 images of 'arrays' that decide cannot exclude a loss of 0.5 points even if no "
        "answer changes, only one of 4.48; about 553 would, or lose_at_most=4.48."
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "give lose_at_most (points), latency_ms or speedup"),
        (
            {"latency_ms": 3, "speedup": 2},
            "latency_ms and speedup are both given, one of them is the goal",
        ),
        (
            {"speedup": 2, "minutes": 1, "epochs": 1},
            "minutes and epochs are both given, one of them plans the fine-tuning",
        ),
        ({"speedup": 2, "certain": True}, "certain needs lose_at_most"),
        ({"speedup": 0.5}, "speedup is 0.5, allowed: 1 to 100"),
        ({"lose_at_most": -1}, "lose_at_most is -1, allowed: 0 to 100"),
        ({"lose_at_most": "1"}, "lose_at_most is '1', a number is needed"),
        ({"speedup": 2, "batch": 1.5}, "batch is 1.5, a whole number is needed"),
        ({"latency_ms": 0}, "latency_ms is 0, allowed: 0.001 or more"),
        ({"speedup": 2, "batch": 0}, "batch is 0, allowed: 1 to 65536"),
        ({"speedup": float("nan")}, "speedup is nan, allowed: 1 to 100"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(given, says):
    with pytest.raises(RecipeError) as caught:
        Wish(**given)
    assert str(caught.value) == f"Pruning cannot do as it is asked: {says}."


def test_where_only_a_loss_is_given_it_prunes_and_tunes_in_rounds(taught):
    told = []
    found = skipcat.prune(
        skipcat.load(taught), "digits", lose_at_most=40, epochs=1, tell=told.append
    )
    assert found.tuned_rounds >= 1
    assert told[0] == "Round 1: down to 75 % of the work."
    assert found.steps[-1].work <= 0.75
    assert found.met is True


@pytest.mark.parametrize(
    "network",
    [
        pytest.param("bn_inception_x0.125", marks=pytest.mark.slow),
        "preact_cifar11",
        pytest.param("googlenet_x0.125", marks=pytest.mark.slow),
    ],
)
def test_every_family_shrinks_step_by_step(make_classifier, digits, network):
    classifier = make_classifier(network)
    division = divide_images(classifier, digits, share=0.5)
    teaching, deciding = (
        read_images(classifier, division, rows) for rows in (division.training, division.deciding)
    )
    search = Search(classifier, teaching, deciding)
    standing = search.begin(classifier.network)
    assert standing.work == pytest.approx(1)
    for before, after in pairwise([standing, *islice(search.steps(standing), 3)]):
        assert after.work < before.work
        assert after.steps[-1].difference < 1e-5
        assert after.net.spec.rows != before.net.spec.rows
