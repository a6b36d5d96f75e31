"""Networks and first weights that are named by the folder of a classifier."""

import re
import shutil

import pytest
import torch

import skipcat
from skipcat.errors import ClassifierError, NetworkError, RunError

QUICK = skipcat.Recipe(epochs=1, image_px=8, seed=1)


@pytest.fixture(scope="module")
def pruned(taught, tmp_path_factory):
    """Give the folder of a classifier whose network is in no catalogue."""
    path = tmp_path_factory.mktemp("architecture") / "pruned"
    skipcat.prune(skipcat.load(taught), "digits", lose_at_most=8).classifier.save(path)
    return path


def test_what_was_pruned_trains_like_any_other_network(pruned, tmp_path):
    told = []
    made = skipcat.train("digits", pruned, recipe=QUICK, out=tmp_path / "new", tell=told.append)
    assert made.network.spec == skipcat.load(pruned).network.spec
    assert not any("starts from" in one for one in told)
    again = skipcat.load(tmp_path / "new")
    assert again.evaluation == made.evaluation


def test_weights_of_a_classifier_bring_its_network_and_what_its_images_were_like(
    pruned, tmp_path, monkeypatch
):
    monkeypatch.chdir(pruned.parent)
    told = []
    started = skipcat.Recipe(epochs=1, image_px=8, learning_rate=1e-9)
    made = skipcat.train(
        "digits", pretrained=pruned.name, recipe=started, out=tmp_path / "new", tell=told.append
    )
    old = skipcat.load(pruned)
    assert f"Training starts from the weights of '{pruned}'." in told
    assert made.network.spec == old.network.spec
    assert made.preprocessing.mean == old.preprocessing.mean
    learnt = dict(old.network.named_parameters())
    for name, parameter in made.network.named_parameters():
        torch.testing.assert_close(parameter, learnt[name], rtol=0, atol=1e-4)
    monkeypatch.chdir(tmp_path)  # the run finds its network from everywhere
    more = skipcat.Recipe(epochs=2, image_px=8, learning_rate=1e-9)
    longer = skipcat.train("digits", recipe=more, out=tmp_path / "new", resume=True)
    assert longer.network.spec == old.network.spec
    with pytest.raises(RunError, match="network"):
        skipcat.train("digits", "resnet18", recipe=more, out=tmp_path / "new", resume=True)


def test_a_damaged_folder_and_one_without_a_classifier_are_told(pruned, tmp_path):
    none = f"'{tmp_path}' is no classifier: it has no classifier.json."
    with pytest.raises(ClassifierError, match=re.escape(none)):
        skipcat.train("digits", tmp_path, recipe=QUICK, out=tmp_path / "new")
    with pytest.raises(ClassifierError, match=re.escape(none)):
        skipcat.train("digits", pretrained=tmp_path, recipe=QUICK, out=tmp_path / "new")
    with pytest.raises(ClassifierError, match="does not exist"):
        skipcat.train("digits", tmp_path / "gone", recipe=QUICK, out=tmp_path / "new")
    (tmp_path / "classifier.json").write_text("{}")
    with pytest.raises(ClassifierError, match="it has no format"):
        skipcat.train("digits", tmp_path, recipe=QUICK, out=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_names_that_no_file_can_have_and_damaged_tables_are_told(pruned, tmp_path):
    with pytest.raises(NetworkError, match="No network is called"):
        skipcat.train("digits", "x" * 300, recipe=QUICK, out=tmp_path / "new")
    damaged = tmp_path / "damaged"
    skipcat.load(pruned).save(damaged)
    content = (damaged / "classifier.json").read_text()
    (damaged / "classifier.json").write_text(content.replace('"units": 1', '"units": 1000000000'))
    with pytest.raises(ClassifierError, match="describes no network"):
        skipcat.train("digits", damaged, recipe=QUICK, out=tmp_path / "new")
    (damaged / "classifier.json").write_text(content.replace("resnet_cifar8_pruned", "nonet"))
    with pytest.raises(ClassifierError, match="is of a network that is not known here"):
        skipcat.train("digits", damaged, recipe=QUICK, out=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def _stop_at_the_first_step(work, done, total):
    if work.startswith("Epoch"):
        raise KeyboardInterrupt


def test_a_run_goes_on_where_the_folder_of_its_network_is_gone(pruned, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(pruned, tmp_path / "old")
    with pytest.raises(KeyboardInterrupt):
        skipcat.train("digits", "old", recipe=QUICK, out="new", progress=_stop_at_the_first_step)
    shutil.rmtree(tmp_path / "old")
    made = skipcat.train("digits", "old", recipe=QUICK, out="new", resume=True)
    assert made.network.spec == skipcat.load(pruned).network.spec
    with pytest.raises(ClassifierError, match="does not exist"):
        skipcat.train("digits", tmp_path / "old", recipe=QUICK, out="another")


def test_a_run_that_was_stopped_does_not_go_on_from_other_weights(pruned, taught, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(taught, old)
    first = skipcat.Recipe(epochs=1)
    with pytest.raises(KeyboardInterrupt):
        skipcat.train(
            "digits", pretrained=old, recipe=first, out=tmp_path / "new",
            progress=_stop_at_the_first_step,
        )  # fmt: skip
    other = skipcat.load(taught)
    other.network.requires_grad_(False)
    next(iter(other.network.parameters())).add_(1)
    other.save(old)
    with pytest.raises(RunError, match=r"began with other weights than '.*old' holds now"):
        skipcat.train("digits", recipe=first, out=tmp_path / "new", resume=True)
