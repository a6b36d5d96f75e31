import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skipcat.training.schedule.plan import Plan, bend
from skipcat.training.trainer.batches import cut_batches


@settings(deadline=None)
@given(st.integers(2, 2000), st.integers(2, 200))
def test_batches_cover_an_epoch_and_none_is_of_one_image(count, batch):
    cuts = list(cut_batches(count, batch))
    assert [i for cut in cuts for i in range(cut.start, cut.stop)] == list(range(count))
    sizes = [cut.stop - cut.start for cut in cuts]
    assert min(sizes) >= 2
    assert max(sizes) <= batch + 1
    assert all(size == batch for size in sizes[:-1])


@settings(deadline=None)
@given(st.integers(2, 30), st.integers(1, 29), st.integers(1, 30))
def test_a_bent_plan_goes_on_from_where_the_rate_stands_and_ends_at_the_end(epochs, done, left):
    plan = Plan(epochs, 32, stem_reduction=2)
    done = min(done, epochs - 1)
    bent = bend(plan, done, left, 0.5, "why")
    assert bent.progress_at(done) == pytest.approx(plan.progress_at(done))
    assert bent.progress_at(done + left - 0.5) == pytest.approx(1.0)
    assert bent.epochs == done + left
    assert (bent.image_px, bent.stem_reduction, bent.reason) == (32, 2, "why")
