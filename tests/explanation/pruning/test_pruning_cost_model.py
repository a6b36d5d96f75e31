import pytest

import skipcat
from skipcat.explanation.pruning.cost_model import MACS_PER_VALUE, count_work, price_channels
from skipcat.explanation.pruning.prunable import find_sites


@pytest.fixture
def googlenet():
    return skipcat.build_network("googlenet_x0.5", classes=10, image_px=16).eval()


def test_work_is_that_of_the_counted_multiply_adds():
    net = skipcat.build_network("resnet_cifar8", classes=16, image_px=32).eval()
    cost = skipcat.measure_cost(net, image_px=32)
    work = count_work(net, 32)
    assert work.total == cost.macs + MACS_PER_VALUE * cost.activations


def test_channels_count_in_sixteens(googlenet):
    work = count_work(googlenet, 16)
    conv = googlenet.inception3b.branch5x5.reduce.conv  # 16 channels
    other = googlenet.inception4a.branch5x5.reduce.conv  # 8 channels, as long as 16
    assert (conv.out_channels, other.out_channels) == (16, 8)
    places = 8 * 8
    assert work.layers["inception4a.branch5x5.reduce.conv"] == places * (
        16 * other.in_channels + MACS_PER_VALUE * 8
    )


def test_a_channel_costs_its_own_work_and_that_of_its_readers(googlenet):
    work = count_work(googlenet, 16)
    prices = price_channels(googlenet, work, find_sites(googlenet))
    own = work.layers["inception5b.branch5x5.conv.conv"] / 64
    assert prices["inception5b.branch5x5.conv"] == own
    reduce = work.layers["inception5b.branch5x5.reduce.conv"] / 24
    reader = work.layers["inception5b.branch5x5.conv.conv"] / 24
    assert prices["inception5b.branch5x5.reduce"] == reduce + reader
    readers = sum(
        work.layers[f"inception3b.{name}.conv"] / 128
        for name in ("branch1x1", "branch3x3.reduce", "branch5x5.reduce", "branch_pool.project")
    )
    found = prices["inception3a.branch1x1"]
    assert found == pytest.approx(work.layers["inception3a.branch1x1.conv"] / 32 + readers)
