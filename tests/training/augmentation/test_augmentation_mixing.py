import numpy as np
import pytest
import torch
from scipy.stats import beta, kstest

from skipcat.training.augmentation.mixing import Mixing, _draw_shares, mix_batch

COUNT = 2000
ROWS = np.arange(COUNT)


def flat_images(side=8):
    """Give image number n with every pixel n, so that a pixel says where it came from."""
    return torch.arange(COUNT, dtype=torch.float32).view(-1, 1, 1, 1).expand(-1, 3, side, side)


def mix(mixing, images=None, rows=ROWS, epoch=0):
    images = flat_images() if images is None else images
    targets = torch.from_numpy(rows % 5)
    return mix_batch(images, targets, rows, mixing=mixing, classes=5, seed=1, epoch=epoch)


def test_nothing_is_mixed_where_nothing_was_asked():
    images, targets = mix(Mixing())
    assert torch.equal(images, flat_images())
    assert targets.tolist() == (ROWS % 5).tolist()


def test_mixup_is_a_weighted_mean_of_neighbours_and_of_their_targets():
    images, targets = mix(Mixing(mixup=0.4))
    share = targets[ROWS, ROWS % 5]
    assert torch.allclose(targets.sum(1), torch.ones(COUNT))
    assert torch.allclose(share + targets[ROWS, (ROWS + 1) % 5], torch.ones(COUNT))
    other = torch.from_numpy(np.roll(ROWS, -1)).float()
    expected = share * torch.arange(COUNT) + (1 - share) * other
    assert torch.allclose(images[:, 0, 3, 3], expected, rtol=1e-4, atol=1e-2)
    assert torch.equal(images, images[:, :1, :1, :1].expand_as(images))


def test_shares_of_mixup_follow_the_beta_distribution():
    _, kept, _ = _draw_shares(Mixing(mixup=0.4), drawer(), torch.Size((8, 8)))
    assert kstest(kept, beta(0.4, 0.4).cdf).pvalue > 0.01


def drawer():
    from skipcat.training.augmentation.random_draws import draw_uniform

    return lambda number: draw_uniform(1, 0, ROWS, number)


def test_cutmix_pastes_a_box_and_counts_its_pixels():
    images, targets = mix(Mixing(cutmix=1.0))
    own = torch.arange(COUNT).view(-1, 1, 1, 1)
    other = torch.from_numpy(np.roll(ROWS, -1)).view(-1, 1, 1, 1)
    is_own, is_other = images == own, images == other
    assert bool((is_own | is_other).all())
    share = is_own.float().mean(dim=(1, 2, 3))
    assert torch.allclose(targets[ROWS, ROWS % 5], share, atol=1e-6)
    assert 0.5 < float(share.mean()) < 0.8  # half, less what falls over the edge
    for pasted in is_other[:50, 0]:
        rows, columns = pasted.any(1), pasted.any(0)
        assert bool((pasted == (rows[:, None] & columns[None])).all())  # one rectangle


def test_both_are_taken_in_half_of_the_images_each():
    images, _ = mix(Mixing(mixup=1.0, cutmix=1.0))
    whole = (images == images[:, :1, :1, :1]).all(dim=(1, 2, 3))
    even = (images == torch.arange(COUNT).view(-1, 1, 1, 1)).any(dim=(1, 2, 3))
    assert 0.42 < float((whole & ~even).float().mean()) < 0.58


def test_erasing_hides_a_rectangle_of_the_share_of_images_that_was_asked():
    images, targets = mix(Mixing(erase=0.25), images=torch.ones(COUNT, 3, 32, 32))
    hidden = 1 - images.mean(dim=(1, 2, 3))
    assert 0.2 < float((hidden > 0).float().mean()) < 0.3
    assert float(hidden.max()) <= 0.4
    assert targets.tolist() == (ROWS % 5).tolist()


@pytest.mark.parametrize("mixing", [Mixing(mixup=0.2), Mixing(cutmix=1.0), Mixing(erase=0.5)])
def test_a_draw_is_a_function_of_seed_epoch_and_index(mixing):
    images = torch.randn(COUNT, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    first, targets = mix(mixing, images)
    again, targets_again = mix(mixing, images)
    assert torch.equal(first, again)
    assert torch.equal(targets, targets_again)
    assert not torch.equal(first, mix(mixing, images, epoch=1)[0])
    # The last image's neighbour is the batch's first, so it is left out.
    part, _ = mix(mixing, images[:100], ROWS[:100])
    assert torch.equal(part[:99], first[:99])
