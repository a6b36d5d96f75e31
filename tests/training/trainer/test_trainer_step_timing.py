import pytest
import torch

from skipcat.networks.catalogue import make_spec
from skipcat.training.recipe import Recipe
from skipcat.training.trainer import step_timing as speed


@pytest.mark.parametrize(
    ("low", "fast", "high", "slow", "slope"),
    [
        (10, 2.0, 20, 3.0, 0.1),
        (10, 1.0, 20, 9.0, 0.45),  # no more than all of the time
        (10, 3.1, 20, 3.0, 0.0375),  # noise: the larger was faster
        (20, 2.0, 20, 3.0, 0.15),  # one size, measured twice
    ],
)
def test_the_slope_stays_sane_whatever_was_measured(low, fast, high, slow, slope):
    assert speed.fit_slope(low, fast, high, slow) == pytest.approx(slope)


def test_images_of_the_smallest_size_are_planned_by_what_was_measured(monkeypatch):
    times = iter([0.001, 0.003])
    monkeypatch.setattr(speed, "time_steps", lambda *given: next(times))
    spec = make_spec("resnet18", 10, 8, 1)
    per_image = speed.measure_step_time(spec, ((8, 1), (8, 1)), Recipe(), torch.device("cpu"))
    assert per_image(8, spec.stem_reduction) == pytest.approx(0.003)
    assert per_image(16, spec.stem_reduction) < 0.02
