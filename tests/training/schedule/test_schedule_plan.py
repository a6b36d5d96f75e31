import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skipcat.training.schedule.plan import (
    EPOCHS_AT_MOST,
    LEAST_SHARE,
    Plan,
    fill_time,
    plan_minutes,
)


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
    assert plan.stem_reduction in (1, 2, 4)
    per_epoch = images * seconds_per_image(plan.image_px, plan.stem_reduction)
    needed = (plan.epochs - 1 + plan.last_share) * per_epoch
    ends_early = plan.epochs == EPOCHS_AT_MOST and plan.last_share == 1
    too_short_for_a_tenth = plan.last_share == LEAST_SHARE
    assert needed <= seconds + 0.11 * per_epoch
    assert ends_early or too_short_for_a_tenth or needed >= seconds - 0.01 * per_epoch


@settings(deadline=None)
@given(st.floats(0.5, 500), st.integers(0, 30))
def test_epochs_fill_the_time_to_a_part_of_the_last(seconds, done):
    epochs, share = fill_time(seconds, 8.0, done=done)
    needed = 8 * (epochs - 1 + share)
    assert epochs + done <= max(EPOCHS_AT_MOST, done + 1)
    full = epochs + done >= EPOCHS_AT_MOST
    assert needed <= seconds + 0.8
    assert full or share == LEAST_SHARE or needed == pytest.approx(seconds, abs=0.05)


def test_a_last_epoch_in_part_brings_the_rate_to_its_end():
    plan = Plan(3, 32, last_share=0.5)
    assert plan.progress_at(2.5) == 1
    assert plan.progress_at(1.25) == 0.5
    assert [plan.batches_at(epoch, 9) for epoch in range(3)] == [9, 9, 4]
    assert Plan(1, 32, last_share=0.1).batches_at(0, 2) == 1


def test_a_plan_of_epochs_moves_evenly():
    assert [Plan(3, 64).progress_at(epoch) for epoch in (0, 1.5, 3)] == [0, 0.5, 1]


def test_thorough_images_keep_their_size_and_fast_ones_leave_time_for_epochs():
    def plan(shrink):
        return plan_minutes(
            100,
            1000,
            image_px=128,
            smallest_px={4: 32},
            seconds_per_image=lambda side, reduction: 1e-6 * side * side,
            shrink=shrink,
        )

    assert (plan(False).image_px, plan(False).epochs) == (128, 7)
    assert plan(True).image_px < 128
    assert plan(True).epochs >= 24


def test_what_comes_after_takes_the_time_of_the_size_that_is_planned():
    plan = plan_minutes(
        100,
        1000,
        image_px=32,
        smallest_px={1: 8, 4: 8},
        seconds_per_image=lambda side, reduction: 0.08 / reduction**2,
        images_after=1000,
    )
    assert (plan.stem_reduction, plan.epochs) == (4, 19)  # 95 s of 5 s each
    assert plan.reason == "19 epochs take about 95 s of the 95 s left"
