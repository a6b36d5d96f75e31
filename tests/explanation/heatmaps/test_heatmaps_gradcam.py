import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam

import skipcat
from lively import assert_lively, enliven, two_images
from skipcat.errors import NetworkError
from skipcat.explanation.heatmaps.gradcam import compute_gradcam, enlarge
from skipcat.explanation.heatmaps.target_layer import choose_row, list_grids

# At these sizes the last row keeps a grid of 4x4 or more.
LARGE_ENOUGH = {
    "resnet18": (64, "conv5_x"),
    "googlenet": (64, "inception5b"),
    "inception_v3": (96, "Mixed_7c"),
    "preact_resnet18": (64, "activation"),
}


def build(name, image_px, classes=5):
    net = skipcat.build_network(name, classes=classes, image_px=image_px).eval()
    enliven(net)
    return net


@pytest.mark.parametrize("name", LARGE_ENOUGH)
@pytest.mark.parametrize("asked", [None, "early"])
def test_gradcam_is_captums(name, asked):
    image_px, last = LARGE_ENOUGH[name]
    net = build(name, image_px)
    images, targets = two_images(image_px), torch.tensor([3, 1])
    assert_lively(net(images))
    row = choose_row(net, image_px).name
    assert row == last
    if asked:
        row = list(list_grids(net, image_px))[-3]
    ours = compute_gradcam(net, images, targets, row)
    layer = dict(net.stages())[row]
    theirs = LayerGradCam(net, layer).attribute(images, targets, relu_attributions=True)
    theirs = theirs[:, 0].detach().numpy()
    assert theirs.max() > 0
    assert np.abs(ours - theirs).max() <= 1e-5 * np.abs(theirs).max()


def test_a_map_is_the_same_alone_and_in_a_batch_and_leaves_the_network_as_it_was():
    net = build("resnet_cifar8", 32).train()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    images, targets = two_images(32), torch.tensor([0, 1])
    with torch.inference_mode():
        both = compute_gradcam(net, images, targets, "conv3_x")
    alone = compute_gradcam(net, images[1:], targets[1:], "conv3_x")
    assert np.allclose(both[1:], alone, rtol=1e-5, atol=1e-6 * both.max())
    assert net.training
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    assert all(one.grad is None for one in net.parameters())


def test_eq_1_and_2_by_hand():
    """A network that is linear after the row has the gradient's mean for its weights."""
    net = build("resnet_cifar8", 16, classes=2)
    images = two_images(16)
    activations = {}
    handle = net.conv4_x.register_forward_hook(lambda m, i, o: activations.update(a=o.detach()))
    net(images)
    handle.remove()
    a = activations["a"]
    weights = net.fc.weight[1] / a[0, 0].numel()  # of the mean over the grid, then the linear row
    expected = torch.relu((weights[None, :, None, None] * a).sum(1)).detach().numpy()
    found = compute_gradcam(net, images, torch.tensor([1, 1]), "conv4_x")
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-7)


def slow_if_deep(name):
    return pytest.param(name, marks=pytest.mark.slow) if name[-4:] in ("1001", "1202") else name


@pytest.mark.parametrize("name", [slow_if_deep(name) for name in skipcat.list_networks()])
def test_every_network_has_a_row_found_by_itself(name):
    """The row before the pool over the grid, at the paper's size, without building a giant."""
    from skipcat.networks.catalogue import find_entry
    from skipcat.networks.rows.heads import GlobalPool

    entry = find_entry(name)
    with torch.device("meta"):
        net = skipcat.build_network(name)
        grids = list_grids(net, entry.image_px)
    rows = entry.spec.rows
    pool = next(place for place, (_, row) in enumerate(rows) if isinstance(row, GlobalPool))
    assert list(grids) == [row for row, _ in rows[:pool]]
    assert min(list(grids.values())[-1]) >= 4


@pytest.mark.parametrize(
    ("name", "image_px", "row", "grid", "coarse"),
    [
        ("resnet18", 64, "conv5_x", (4, 4), None),
        ("resnet18", 48, "conv4_x", (6, 6), "conv5_x, has a grid of only 3x3,"),
        ("resnet_cifar20", 8, "conv3_x", (4, 4), "conv4_x, has a grid of only 2x2,"),
        ("googlenet", 8, "inception4e", (4, 4), "inception5b, has a grid of only 2x2,"),
        ("inception_v3", 32, "Mixed_7c", (5, 5), None),
    ],
)
def test_a_coarse_last_row_gives_way_to_the_deepest_that_is_fit(name, image_px, row, grid, coarse):
    net = skipcat.build_network(name, classes=3, image_px=image_px)
    found = choose_row(net, image_px)
    assert found.name == row
    assert found.grid == grid
    if coarse is None:
        assert found.note is None
    else:
        assert f"On images of this size the last row, {coarse}" in found.note
        assert f"so the maps are made of {row}, which knows less of the classes." in found.note


def test_a_row_can_be_asked_for_and_a_coarse_one_is_said_to_be():
    net = skipcat.build_network("resnet18", classes=3, image_px=64)
    assert choose_row(net, 64, "conv2_x").note is None
    small = skipcat.build_network("resnet_cifar8", classes=3, image_px=8)
    assert choose_row(small, 8, "conv4_x").note == (
        "The grid of conv4_x has only 2x2 cells on images of this size: its maps tell little."
    )
    tiny = skipcat.build_network("resnet18", classes=3, image_px=8)
    assert choose_row(tiny, 8, "conv5_x").note == (
        "The grid of conv5_x is a single cell on images of this size: its maps mark all or nothing,"
        " and explain nothing."
    )


def test_rows_that_there_are_not_or_that_have_no_grid():
    net = skipcat.build_network("resnet_cifar8", classes=3, image_px=16)
    with pytest.raises(NetworkError) as caught:
        choose_row(net, 16, "conv5_x")
    assert str(caught.value) == (
        "resnet_cifar8 has no row 'conv5_x'. Did you mean 'conv4_x'? Its rows with a grid: conv1, "
        "conv2_x, conv3_x, conv4_x."
    )
    with pytest.raises(NetworkError) as caught:
        choose_row(net, 16, "fc")
    assert str(caught.value) == (
        "The row 'fc' of resnet_cifar8 comes after the pool over the grid, so it has no map. Rows "
        "with a grid: conv1, conv2_x, conv3_x, conv4_x."
    )


def test_enlarging_keeps_places_and_constants():
    maps = np.zeros((1, 4, 4), np.float32)
    maps[0, 0, 3] = 1
    large = enlarge(maps, 16)[0]
    assert np.unravel_index(large.argmax(), large.shape) in {(0, 14), (0, 15), (1, 14), (1, 15)}
    assert np.array_equal(enlarge(np.full((1, 3, 5), 0.5), 8), np.full((1, 8, 8), 0.5, np.float32))
