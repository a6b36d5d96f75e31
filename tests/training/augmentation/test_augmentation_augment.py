import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skipcat.data.dataset import Dataset
from skipcat.training.augmentation.augment import Augmentation, augment_batch, plan_augmentation
from skipcat.training.recipe import Recipe

NONE = Augmentation()


def batch(count=6, side=16, channels=3):
    pixels = np.random.default_rng(0).integers(0, 256, (count, channels, side, side), np.uint8)
    return torch.from_numpy(pixels)


def augment(pixels, augmentation, *, indices=None, seed=0, epoch=0, side=None, aspects=None):
    count = len(pixels)
    return augment_batch(
        pixels,
        np.ones(count) if aspects is None else aspects,
        np.arange(count) if indices is None else indices,
        augmentation=augmentation,
        seed=seed,
        epoch=epoch,
        side_px=side or pixels.shape[-1],
    )


def test_where_nothing_is_drawn_nothing_changes():
    pixels = batch()
    assert torch.equal(augment(pixels, NONE), pixels.float() / 255)


def test_a_mirrored_image_is_exactly_that():
    pixels = batch(64)
    plain = pixels.float() / 255
    found = augment(pixels, Augmentation(mirror=True))
    mirrored = 0
    for image, before in zip(found, plain, strict=True):
        flipped = torch.allclose(image, before.flip(2), atol=1e-5)
        assert flipped != torch.allclose(image, before, atol=1e-5)
        mirrored += flipped
    assert 16 < mirrored < 48


def test_a_shifted_image_is_moved_by_whole_pixels_and_its_edge_goes_on():
    pixels = batch(64)
    plain = pixels.float() / 255
    found = augment(pixels, Augmentation(shift=1 / 8))
    shifts = set()
    for image, before in zip(found, plain, strict=True):
        padded = torch.nn.functional.pad(before[None], (2, 2, 2, 2), mode="replicate")[0]
        fits = [
            (x, y)
            for x in range(5)
            for y in range(5)
            if torch.allclose(image, padded[:, y : y + 16, x : x + 16], atol=1e-4)
        ]
        assert len(fits) == 1
        shifts.update(fits)
    assert len(shifts) > 15


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 99), st.integers(0, 99), st.permutations(range(6)))
def test_what_happens_to_an_image_does_not_depend_on_its_batch(seed, epoch, order):
    pixels = batch()
    kind = Augmentation(mirror=True, area=0.35, light=0.2)
    options = {"seed": seed, "epoch": epoch, "side": 12}
    whole = augment(pixels, kind, **options)
    order = np.array(order)
    shuffled = augment(pixels[order], kind, indices=order, **options)
    assert torch.allclose(whole[order], shuffled, atol=1e-6)
    assert not torch.equal(whole, augment(pixels, kind, **{**options, "epoch": epoch + 1}))


@pytest.mark.parametrize("aspect", [0.25, 0.5, 1.0, 1.5, 3.0])
def test_a_crop_is_nearly_square_in_the_photograph_as_it_was_taken(aspect):
    ramp = torch.arange(64, dtype=torch.uint8) * 4
    pixels = torch.stack([ramp.expand(64, 64), ramp[:, None].expand(64, 64), torch.zeros(64, 64)])
    pixels = pixels.to(torch.uint8).expand(200, 3, 64, 64)
    found = augment(pixels, Augmentation(area=0.35), aspects=np.full(200, aspect), side=40)
    # How much of the width and of the height a crop spans shows in how far the ramps go.
    spans = found.amax((2, 3)) - found.amin((2, 3))
    ratio = (spans[:, 0] * aspect / spans[:, 1]).numpy()
    assert ratio.min() > 0.75 * 0.9
    assert ratio.max() < 4 / 3 * 1.1
    assert spans.max() <= 1.0


def test_light_changes_little_and_stays_in_range():
    pixels = batch(50)
    found = augment(pixels, Augmentation(light=0.2))
    assert found.min() >= 0
    assert found.max() <= 1
    means = found.mean((1, 2, 3)) / (pixels.float() / 255).mean((1, 2, 3))
    assert 0.75 < means.min() < 0.95
    assert 1.05 < means.max() < 1.25


def named(*classes):
    return Dataset("d", classes, [], np.zeros(0, int), [], [])


@pytest.mark.parametrize(
    ("classes", "mirror"),
    [
        (("0", "1", "2"), False),
        (("a", "b", "comma"), False),
        (("turn left", "turn Right"), False),
        (("rose", "tulip"), True),
        (("花", "木"), False),
    ],
)
def test_characters_and_sides_are_not_mirrored(classes, mirror):
    assert plan_augmentation(Recipe(), named(*classes), 128).mirror is mirror
    assert plan_augmentation(Recipe(mirror="yes"), named(*classes), 128).mirror is True
    assert plan_augmentation(Recipe(mirror="no"), named(*classes), 128).mirror is False


def test_photographs_are_cropped_and_small_images_shifted():
    flowers = named("rose", "tulip")
    assert plan_augmentation(Recipe(), flowers, 40).area < 1
    assert plan_augmentation(Recipe(), flowers, 39) == Augmentation(mirror=True, shift=1 / 8)
    assert plan_augmentation(Recipe(augment="none", mirror="yes"), flowers, 128) == NONE
