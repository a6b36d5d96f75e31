"""What first weights were learnt from judges nothing that begins with them."""

import json

import pytest

import skipcat
from skipcat.data.images import hash_image
from skipcat.errors import ClassifierError, DataError, RecipeError, RunError


@pytest.mark.parametrize(("seed", "file"), [(0, ""), (7, ""), (7, "weights.safetensors")])
def test_images_that_first_weights_were_learnt_from_judge_nothing(taught, tmp_path, seed, file):
    old, told = skipcat.load(taught).origin, []
    recipe = skipcat.Recipe(epochs=1, image_px=8, seed=seed)
    out = tmp_path / "new"
    made = skipcat.train(
        "digits", "resnet_cifar8", pretrained=taught / file, recipe=recipe, out=out,
        tell=told.append,
    )  # fmt: skip
    used = {*old.trained_on, *old.decided_on}
    assert used <= {*made.origin.trained_on, *made.origin.decided_on}
    again = made.evaluate("digits")  # leaves out what taught or decided, there or here
    assert again.images == made.evaluation.images
    assert any("they train instead" in one for one in told) == (seed == 7)


def test_a_run_knows_what_its_weights_had_seen_where_their_folder_is_gone(taught, tmp_path):
    recipe = skipcat.Recipe(epochs=2, image_px=8, seed=7)
    gone, out = tmp_path / "gone", tmp_path / "new"
    skipcat.load(taught).save(gone)

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        skipcat.train("digits", pretrained=gone, recipe=recipe, out=out, on_epoch=stop)
    noted = json.loads((out / "learnt_before.json").read_text())
    assert tuple(noted["trained_on"]) == skipcat.load(taught).origin.trained_on
    whole = skipcat.train("digits", pretrained=taught, recipe=recipe, out=tmp_path / "whole")
    (out / "learnt_before.json").write_text("[")
    with pytest.raises(ClassifierError, match="is damaged"):
        skipcat.train("digits", recipe=recipe, out=out, resume=True)
    (out / "learnt_before.json").write_text(json.dumps(noted))
    made = skipcat.train("digits", pretrained=gone, recipe=recipe, out=out, resume=True)
    assert made.evaluation == whole.evaluation


def test_folds_and_data_that_leave_no_judge_are_refused(taught, digits, tmp_path):
    folds = skipcat.Recipe(epochs=1, image_px=8, folds=3)
    with pytest.raises(RecipeError, match="folds is for training from scratch"):
        skipcat.train("digits", pretrained=taught, recipe=folds, out=tmp_path / "a")
    with pytest.raises(RunError, match="starts from scratch"):
        skipcat.measure_learning_curve(
            "digits", "resnet_cifar8", pretrained=taught, out=tmp_path / "b"
        )
    assert not list(tmp_path.iterdir())


def test_data_that_were_all_learnt_from_leave_no_judge(taught, digits, tmp_path):
    everything, out = tmp_path / "everything", tmp_path / "new"
    skipcat.load(taught).save(everything)
    used = {"trained_on": [hash_image(image) for image in digits[0]], "decided_on": []}
    (everything / "used_images.json").write_text(json.dumps(used))
    recipe = skipcat.Recipe(epochs=1, image_px=8)
    with pytest.raises(DataError, match="test images were used by the classifier whose weights"):
        skipcat.train(digits, pretrained=everything, recipe=recipe, out=out)
    assert not out.exists()
