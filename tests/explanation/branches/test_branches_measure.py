import numpy as np
import pytest
import torch

import skipcat
from skipcat.errors import ClassifierError
from skipcat.explanation.branches.ablation import answer_without, batches, measure_means
from skipcat.explanation.image_roles import divide_images, read_images

SMALL_GOOGLENET = "googlenet_x0.0625"


@pytest.fixture
def taken_apart(make_classifier, digits):
    classifier = make_classifier(SMALL_GOOGLENET)
    division = divide_images(classifier, digits, share=0.2)
    judges = read_images(classifier, division, division.reporting)
    others = read_images(classifier, division, division.deciding)
    means = measure_means(classifier, others)
    return classifier, judges, others, means


def test_images_that_taught_or_decided_do_not_judge(make_classifier, digits):
    division = divide_images(make_classifier(SMALL_GOOGLENET), digits, share=0.2)
    parts = (division.training, division.deciding, division.reporting)
    assert [len(part) for part in parts] == [120, 60, 60]
    assert not set(division.reporting) & {*division.training, *division.deciding}
    assert {reason: len(names) for reason, names in division.left_out.items()} == {
        "trained on": 120, "used to decide (validation)": 60,
    }  # fmt: skip


def test_without_images_that_decided_a_share_of_the_judges_is_set_aside(make_classifier, digits):
    classifier = make_classifier(SMALL_GOOGLENET, decided_on=())
    division = divide_images(classifier, digits, share=0.2)
    assert (len(division.deciding), len(division.reporting)) == (24, 96)
    assert not set(division.deciding) & set(division.reporting)
    again = divide_images(classifier, (digits[0][::-1], digits[1][::-1]), share=0.2)
    names = [digits[0][row].tobytes() for row in division.deciding]
    assert sorted(names) == sorted(digits[0][::-1][row].tobytes() for row in again.deciding)


def test_a_missing_branch_gives_its_mean(taken_apart):
    classifier, judges, others, means = taken_apart
    net = classifier.network
    module = net.inception4b
    with torch.inference_mode():
        x = torch.cat([images for images, _ in batches(classifier, others)])
        for name in net.row_names[: net.row_names.index("inception4b")]:
            x = getattr(net, name)(x)
        expected = module.branch5x5(x).mean((0, 2, 3))
    torch.testing.assert_close(means["inception4b"][2], expected)
    _, found = answer_without(classifier, judges, means)
    hook = module.branch5x5.register_forward_hook(
        lambda _, __, y: expected.view(1, -1, 1, 1).expand_as(y)
    )
    with torch.inference_mode():
        logits = torch.cat([net(images) for images, _ in batches(classifier, judges)])
    hook.remove()
    right = logits.argmax(1).numpy() == judges.labels
    assert found["inception4b"].right.shape == (16, 60)
    np.testing.assert_array_equal(found["inception4b"].right[0b1011] > 0, right)


def test_the_values_of_a_module_sum_to_what_it_is_worth(make_classifier, digits, taken_apart):
    _, judges, _, means = taken_apart
    classifier = make_classifier(SMALL_GOOGLENET)
    worth = skipcat.branches(classifier, digits)
    whole, found = answer_without(classifier, judges, means)
    assert len(worth.modules) == 9
    assert len(worth.branches) == 36
    for module in worth.modules:
        own = [one for one in worth.branches if one.module == module]
        total = sum(one.accuracy.value for one in own)
        assert total == pytest.approx((whole.right - found[module].right[0]).mean())
        total = sum(one.loss.value for one in own)
        assert total == pytest.approx((found[module].loss[0] - whole.loss).mean())
        assert [one.name for one in own] == ["1x1", "3x3", "5x5", "pool"]
    assert (worth.images, worth.mean_images, worth.kind) == (60, 60, "branches")
    assert max(map(len, str(worth).splitlines())) <= 80


def test_classes_weigh_as_many_images_as_they_have(make_classifier, digits):
    worth = skipcat.branches(make_classifier(SMALL_GOOGLENET), digits)
    for one in worth.branches:
        by_class = sum(
            worth.class_images[name] * figure.value for name, figure in one.per_class.items()
        )
        assert by_class / worth.images == pytest.approx(one.accuracy.value)


@pytest.mark.parametrize("network", ["resnet_cifar8", "preact_resnet18_x0.0625"])
def test_a_unit_without_its_branch_is_its_shortcut(make_classifier, digits, network):
    classifier = make_classifier(network)
    worth = skipcat.branches(classifier, digits)
    division = divide_images(classifier, digits, share=0)
    judges = read_images(classifier, division, division.reporting)
    net = classifier.network
    for one in worth.branches:
        hook = net.get_submodule(f"{one.module}.branch").register_forward_hook(
            lambda _, __, y: torch.zeros_like(y)
        )
        with torch.inference_mode():
            logits = torch.cat([net(images) for images, _ in batches(classifier, judges)])
        hook.remove()
        lost = worth.accuracy - float((logits.argmax(1).numpy() == judges.labels).mean())
        assert one.alone.value == pytest.approx(lost)
    assert worth.kind == "units"


def test_a_network_without_branches_is_refused(make_classifier, digits):
    with pytest.raises(ClassifierError) as caught:
        skipcat.branches(make_classifier("plain_cifar8"), digits)
    assert str(caught.value) == (
        "plain_cifar8 has no branches: its layers follow one another, and without one of them "
        "nothing is left to answer; its twin resnet_cifar8 has shortcuts. Inceptions and ResNets "
        "can be taken apart."
    )


def test_too_few_images_are_refused(make_classifier, digits):
    few = digits[0][:185], digits[1][:185]
    with pytest.raises(ClassifierError) as caught:
        skipcat.branches(make_classifier("resnet_cifar8"), few)
    assert str(caught.value) == (
        "5 images of 'arrays' may judge the branches of this classifier; 20 or more are needed to "
        "tell anything."
    )


def test_data_of_other_classes_are_refused(make_classifier, digits):
    with pytest.raises(ClassifierError) as caught:
        skipcat.branches(make_classifier("resnet_cifar8"), (digits[0], digits[1] + 5))
    assert str(caught.value).startswith(
        "'arrays' holds the class '10', which this classifier does not know."
    )


def test_of_a_class_without_images_nothing_is_said(make_classifier, digits):
    rows = digits[1] != 3
    data = digits[0][rows], digits[1][rows]
    worth = skipcat.branches(make_classifier("resnet_cifar8"), data)
    assert worth.notes == ("Nothing is said of the class '3': no image of it may judge.",)
    assert worth.notes[0] in worth.findings
    assert worth.branches[0].per_class["3"] is None
