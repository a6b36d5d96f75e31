import numpy as np
import pytest

from skipcat.experiments.lab.image_variants import draw_images, mix_scales, shrink_images, take_few


@pytest.fixture
def lab(make_lab):
    return make_lab()


def test_a_large_set_is_drawn_from_class_by_class(lab):
    dataset = lab.dataset
    few = draw_images(dataset, 60)
    assert 55 <= len(few) <= 65  # each class rounds by itself
    counts, all_counts = (np.bincount(one.labels, minlength=10) for one in (few, dataset))
    assert abs(counts - all_counts / 4).max() <= 0.5
    for image, name in zip(few.images, few.names, strict=True):
        assert (image == dataset.images[list(dataset.names).index(name)]).all()
    assert len(draw_images(dataset, 10**6)) == len(dataset)
    assert len(lab.prepare(most=60).dataset) == len(few)


def test_few_train_and_many_others_judge(lab):
    prepared = lab.prepare()
    few = take_few(prepared, per_class=5, validation=100)
    assert abs(len(few.split.train) - 50) <= 5
    assert abs(len(few.split.validation) - 100) <= 5
    assert set(few.split.train) <= set(prepared.split.train)
    assert not set(few.split.train) & set(few.split.validation)
    whole = take_few(prepared, per_class=10**6, validation=10**6)
    assert (whole.split.train == prepared.split.train).all()
    assert (whole.split.validation == prepared.split.validation).all()


def test_smaller_images_are_of_the_same_parts_and_are_normalised_anew(lab):
    prepared = lab.prepare()
    small = shrink_images(prepared, 4)
    assert small.decoded.pixels.shape[-2:] == (4, 4)
    assert small.image_px == 4
    assert small.split is prepared.split
    assert small.square
    assert small.std < prepared.std
    row = int(prepared.split.train[0])
    means = prepared.decoded.pixels[row, 0].reshape(4, 2, 4, 2).mean(axis=(1, 3))
    inner = np.s_[1:-1, 1:-1]  # Pillow's filter reaches beyond its two pixels
    assert abs(small.decoded.pixels[row, 0].astype(float)[inner] - means[inner]).mean() < 40


def test_scales_and_places_are_drawn_from_seed_and_row(lab):
    prepared = lab.prepare()
    mixed = mix_scales(prepared, (1, 2), 16)
    again = mix_scales(prepared, (1, 2), 16)
    assert (mixed.decoded.pixels == again.decoded.pixels).all()
    assert not (mixed.decoded.pixels == mix_scales(prepared, (1, 2), 16, 1).decoded.pixels).all()
    side = prepared.decoded.pixels.shape[-1]
    pasted = 0
    for row in prepared.split.train:
        image, own = mixed.decoded.pixels[row, 0], prepared.decoded.pixels[row, 0]
        rows = np.flatnonzero(image.any(axis=1))
        height = rows[-1] - rows[0] + 1
        assert height <= 16
        if height <= side:
            windows = np.lib.stride_tricks.sliding_window_view(image, own.shape)
            pasted += bool((windows == own).all(axis=(2, 3)).any())
    assert 0.3 < pasted / len(prepared.split.train) < 0.7
