import csv
import json
import signal

import numpy as np
import pytest

import skipcat
from skipcat.errors import RunError

NETWORK, SHARES = "resnet_cifar8", (0.25, 0.5, 1.0)
RECIPE = skipcat.Recipe(epochs=2, batch=16, test=0.2)


def measure(data, out, **options):
    given = {"network": NETWORK, "shares": SHARES, "recipe": RECIPE, "out": out, **options}
    return skipcat.measure_learning_curve(data, **given)


@pytest.fixture(scope="module")
def whole(digits, tmp_path_factory):
    out = tmp_path_factory.mktemp("curve") / "digits.curve"
    return measure(digits, out), out


def about(out, name, share, seed=0):
    return json.loads((out / "runs" / f"share-{share}-seed-{seed}" / name).read_text())


def test_shares_differ_in_images_and_in_nothing_else(whole):
    curve, out = whole
    used = [about(out, "used_images.json", share) for share in ("0.25", "0.5", "1")]
    trained = [set(one["trained_on"]) for one in used]
    assert trained[0] < trained[1] < trained[2]
    assert used[0]["decided_on"] == used[1]["decided_on"] == used[2]["decided_on"]
    assert {about(out, "evaluation.json", s)["images"] for s in ("0.25", "0.5", "1")} == {
        curve.test_images
    }
    steps = [point.steps for point in curve.points]
    assert max(steps) - min(steps) <= max(p.steps // p.epochs for p in curve.points)
    for point in curve.points:
        with (out / "runs" / f"share-{point.share:g}-seed-0" / "metrics.csv").open() as file:
            assert int(list(csv.DictReader(file))[-1]["step"]) == point.steps


def test_points_are_what_the_runs_reached(whole):
    curve, out = whole
    assert [point.images for point in curve.points][-1] == curve.images
    for point in curve.points:
        found = about(out, "evaluation.json", f"{point.share:g}")
        assert point.accuracy == pytest.approx(found["accuracy"])
        assert point.interval == pytest.approx(tuple(found["accuracy_interval"]))
    stored = json.loads((out / "curve.json").read_text())
    assert stored == json.loads(json.dumps(curve.to_dict()))


def test_a_stopped_curve_goes_on_and_ends_alike(digits, whole, tmp_path):
    def stop(what, done, total):
        if what.startswith("Training 2/3: Epoch"):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        measure(digits, tmp_path / "c", progress=stop)
    first = tmp_path / "c" / "runs" / "share-0.25-seed-0" / "weights.safetensors"
    written = first.stat().st_mtime_ns
    assert skipcat.measure_learning_curve(digits, out=tmp_path / "c", resume=True) == whole[0]
    assert first.stat().st_mtime_ns == written
    assert (tmp_path / "c" / "curve.json").read_text() == (whole[1] / "curve.json").read_text()


def test_seeds_and_shares_can_be_added_to_a_curve(digits, whole):
    curve, out = whole
    more = measure(digits, out, resume=True, shares=(0.5, 1), seeds=2)
    assert [len(point.each) for point in more.points] == [2, 2]
    assert more.points[0].each[0] == curve.points[1].each[0]
    ones = [set(about(out, "used_images.json", "0.5", seed)["trained_on"]) for seed in (0, 1)]
    assert len(ones[0]) == len(ones[1])
    assert ones[0] != ones[1]
    measure(digits, out, resume=True)  # as the other tests found it


def test_a_curve_of_other_images_or_another_recipe_is_not_continued(digits, whole):
    images, labels = digits
    with pytest.raises(RunError) as caught:
        measure((255 - images, labels), whole[1], resume=True)
    assert str(caught.value) == (
        f"The run in '{whole[1]}' was started on other images or labels than 'arrays' holds now; "
        "choose another --out."
    )
    with pytest.raises(RunError) as caught:
        measure(digits, whole[1], resume=True, recipe=skipcat.Recipe(epochs=3, batch=16, test=0.2))
    assert str(caught.value) == (
        f"The run in '{whole[1]}' was started otherwise (epochs 2, now 3); resume it as it was, or "
        "choose another --out."
    )
    with pytest.raises(RunError) as caught:
        measure(digits, whole[1])
    assert str(caught.value) == (
        f"'{whole[1]}' already holds a run; continue it with --resume or choose another --out."
    )


def test_a_damaged_record_of_the_points_is_named(digits, whole):
    file = whole[1] / "points.json"
    before = file.read_text()
    for damage in ("", "[]", '{"shares": [0.5], "seeds": "2"}'):
        file.write_text(damage)
        with pytest.raises(RunError) as caught:
            measure(digits, whole[1], resume=True)
        assert str(caught.value) == (
            f"'{file}' is damaged; choose another --out, or delete '{whole[1]}' to start anew."
        )
    file.write_text(before)


def test_damaged_answers_are_named(digits, whole):
    file = whole[1] / "runs" / "share-1-seed-0" / "answers.json"
    before = file.read_text()
    for damage in ("", "[]", '{"right": "01"}', '{"right": 3}'):
        file.write_text(damage)
        with pytest.raises(RunError) as caught:
            measure(digits, whole[1], resume=True)
        assert str(caught.value) == (
            f"'{file}' is damaged; delete '{file.parent}' to train it again."
        )
    file.write_text(before)


def test_a_folder_of_images_keeps_its_parts(photos, tmp_path):
    recipe = skipcat.Recipe(epochs=1, batch=8, image_px=16, test=0.3)
    curve = measure(photos, tmp_path / "c", recipe=recipe, shares=(0.5, 1))
    assert curve.test_images == 12
    assert np.isfinite(curve.fit.gain_interval).all()
