import pytest
import torch
from torch.nn import functional

from skipcat.blocks.auxiliary import pool_to_grid


@pytest.mark.parametrize(("px", "grid"), [(14, 4), (17, 5)])
def test_at_native_size_the_pool_is_the_papers_5x5_at_stride_3(px: int, grid: int) -> None:
    x = torch.randn(2, 3, px, px)
    assert torch.equal(pool_to_grid(x, grid), functional.avg_pool2d(x, 5, 3))


def test_torchvision_s_rule_is_another() -> None:
    x = torch.randn(2, 3, 14, 14)
    adaptive = pool_to_grid(x, 4, "adaptive")
    assert torch.equal(adaptive, functional.adaptive_avg_pool2d(x, 4))
    assert (adaptive - pool_to_grid(x, 4)).abs().max() > 0.1


@pytest.mark.parametrize("height", [1, 2, 4, 5, 9, 30])
@pytest.mark.parametrize("width", [1, 4, 7])
@pytest.mark.parametrize("grid", [4, 5])
def test_every_size_pools_to_the_grid(height: int, width: int, grid: int) -> None:
    x = torch.full((1, 2, height, width), 3.0)
    pooled = pool_to_grid(x, grid)
    assert pooled.shape == (1, 2, grid, grid)
    torch.testing.assert_close(pooled, torch.full_like(pooled, 3.0))


def test_every_pixel_counts() -> None:
    x = torch.randn(1, 1, 15, 11, requires_grad=True)
    pool_to_grid(x, 4).sum().backward()
    assert (x.grad > 0).all()
