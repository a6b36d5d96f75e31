from hypothesis import given, settings
from hypothesis import strategies as st

from skipcat.training.plan import EPOCHS_AT_MOST, grow_sizes, plan_epochs, plan_minutes


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(8, 320), st.integers(4, 60), st.floats(0, 0.95))
def test_sizes_grow_up_to_the_last_and_stay_in_bounds(epochs, last, smallest, start):
    smallest = min(smallest, last)
    sizes = grow_sizes(epochs, last, smallest, start)
    assert len(sizes) == epochs
    assert list(sizes) == sorted(sizes)
    assert smallest <= sizes[0]
    assert sizes[-1] <= last
    if epochs > 1:
        assert sizes[-1] == last


@settings(deadline=None)
@given(
    st.floats(1, 3600),
    st.integers(10, 100_000),
    st.sampled_from([8, 32, 64, 128, 224]),
    st.floats(1e-8, 1e-5),
)
def test_a_plan_of_minutes_holds_an_epoch_at_least_and_never_too_many(
    seconds, images, image_px, cost
):
    def seconds_per_image(side, reduction):
        return cost * side * side / reduction**2

    plan = plan_minutes(
        seconds,
        images,
        image_px=image_px,
        smallest_px={1: 8, 2: 16, 4: 32},
        seconds_per_image=seconds_per_image,
    )
    assert 1 <= plan.epochs <= EPOCHS_AT_MOST
    assert plan.image_px <= image_px
    assert plan.sizes_px[-1] <= plan.image_px
    assert plan.stem_reduction in (1, 2, 4)
    needed = images * sum(seconds_per_image(side, plan.stem_reduction) for side in plan.sizes_px)
    # The shape of growth is that of twenty epochs; one epoch alone may not fit at all.
    assert plan.epochs == 1 or needed <= 1.25 * seconds


def test_a_plan_of_epochs_keeps_one_size():
    plan = plan_epochs(3, 64, 2)
    assert plan.sizes_px == (64, 64, 64)
    assert (plan.epochs, plan.stem_reduction, plan.image_px, plan.reason) == (3, 2, 64, "")
    assert [plan.progress_at(e) for e in (0, 1.5, 3)] == [0, 0.5, 1]
