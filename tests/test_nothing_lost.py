"""Writing fails, or the process is killed, at every single step: what was there before still loads.

A failure is an OSError, as of a full disk; a kill is that nothing at all happens any more.
"""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

import skipcat
from skipcat.errors import RunError, SkipcatError
from skipcat.files import BEFORE, find_whole, replaced_together, write_text
from skipcat.training.run_folder.checkpoint import load_newest, save_checkpoint

# A process that is killed closes no file.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def failing(monkeypatch, at, *, kill=False, after=False):
    """Let the file operation number `at` fail, before or after it is done; `done` counts them.

    After a kill every later one fails as well, so that nothing can be put right any more.
    """
    done = []

    def wrap(real):
        def call(*given, **options):
            done.append(real.__name__)
            if len(done) == at or (kill and len(done) > at):
                if after and len(done) == at:
                    real(*given, **options)
                raise Killed if kill else OSError(28, "No space left on device")
            return real(*given, **options)

        return call

    with monkeypatch.context() as patch:
        for owner, names in (
            (os, ("fsync", "open", "close")),
            (shutil, ("rmtree", "copyfile")),
            (Path, ("open", "replace", "hardlink_to", "write_text", "mkdir", "chmod", "unlink")),
        ):
            for name in names:
                patch.setattr(owner, name, wrap(getattr(owner, name)))
        yield done


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Let fsync do nothing: what reaches a disk cannot be seen here, but when it is asked for."""

    def fsync(handle):
        os.fstat(handle)

    monkeypatch.setattr(os, "fsync", fsync)


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


@pytest.fixture(scope="module")
def clf(trained):
    return skipcat.load(trained)


@pytest.fixture(scope="module")
def other(clf):
    """Give a classifier of other classes, without an evaluation, that knows nothing of its data."""
    net = skipcat.build_network("resnet_cifar8", classes=2, image_px=8, channels=1)
    return skipcat.Classifier(net, ("a", "b"), clf.preprocessing)


def count_steps(monkeypatch, folder, clf, other):
    clf.save(folder)
    with failing(monkeypatch, 0) as done:
        other.save(folder)
    assert {"fsync", "replace", "open", "unlink"} <= set(done)
    return len(done)


@pytest.mark.parametrize("kill", [False, True], ids=["failure", "kill"])
@pytest.mark.parametrize("first", ["clf", "other"])
def test_saving_over_a_classifier_loses_none(
    kill, first, clf, other, digits, tmp_path, monkeypatch
):
    old, new = (clf, other) if first == "clf" else (other, clf)
    answers = {one.classes: one.predict(digits[0][0]) for one in (clf, other)}
    old.save(tmp_path / "old")
    total = count_steps(monkeypatch, tmp_path / "count", old, new)
    failed = 0
    for at in range(1, total + 1):
        folder = tmp_path / str(at)
        shutil.copytree(tmp_path / "old", folder)
        before = contents(folder)
        try:
            with failing(monkeypatch, at, kill=kill, after=kill):
                new.save(folder)
        except (SkipcatError, Killed, OSError) as error:
            assert isinstance(error, SkipcatError | Killed), error
            failed += 1
        found = skipcat.load(folder)
        assert found.predict(digits[0][0]) == answers[found.classes]
        assert (found.evaluation is None) == (found.classes == other.classes)
        if not kill and found.classes == old.classes:
            left = contents(find_whole(folder))
            assert {name: left[name] for name in left if not name.startswith(".")} == before
        new.save(folder)  # nothing that was left behind stands in the way
        assert skipcat.load(folder).classes == new.classes
        assert contents(folder) == contents(tmp_path / "count")
        assert [p.name for p in folder.iterdir() if p.is_dir()] == []
        shutil.rmtree(folder)
    assert failed > total / 2


@pytest.mark.parametrize("kill", [False, True], ids=["failure", "kill"])
def test_a_first_save_that_fails_does_not_stand_in_the_way_of_the_next(
    kill, other, tmp_path, monkeypatch
):
    with failing(monkeypatch, 0) as done:
        other.save(tmp_path / "count")
    for at in range(1, len(done) + 1):
        folder = tmp_path / str(at)
        try:
            with failing(monkeypatch, at, kill=kill):
                other.save(folder)
        except (SkipcatError, Killed):
            pass
        try:
            assert skipcat.load(folder).classes == other.classes
        except SkipcatError as error:
            assert str(error).startswith(f"'{folder}'")
        other.save(folder)
        assert contents(folder) == contents(tmp_path / "count")


@pytest.mark.parametrize("kill", [False, True], ids=["failure", "kill"])
def test_a_checkpoint_that_fails_leaves_the_one_before(kill, tmp_path, monkeypatch):
    def write(folder, step):
        save_checkpoint(folder, step, {"a": torch.full((9,), float(step))}, {"step": step})

    write(tmp_path / "count", 1)
    write(tmp_path / "count", 2)
    with failing(monkeypatch, 0) as done:
        write(tmp_path / "count", 3)
    assert {"fsync", "replace", "unlink"} <= set(done)
    for at in range(1, len(done) + 1):
        folder = tmp_path / str(at)
        write(folder, 1)
        write(folder, 2)
        try:
            with failing(monkeypatch, at, kill=kill, after=kill):
                write(folder, 3)
        except (SkipcatError, Killed):
            pass
        tensors, state = load_newest(folder)
        assert state["step"] in (2, 3)
        assert tensors["a"].tolist() == [state["step"]] * 9
        write(folder, 4)
        assert [p.name for p in sorted(folder.iterdir())][-1] == "step-00000004.safetensors"
        assert not [p for p in folder.iterdir() if p.name.startswith(".")]


def test_a_run_goes_on_after_a_checkpoint_that_could_not_be_written(
    digits, trained, tmp_path, monkeypatch
):
    recipe = skipcat.Recipe(epochs=2, batch=32)
    options = {"network": "resnet_cifar8", "recipe": recipe, "out": tmp_path / "run"}
    real = Path.replace

    def refuse_the_second(self, target):
        if Path(target).name.startswith("step-") and list(Path(target).parent.glob("step-*")):
            raise OSError(28, "No space left on device")
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse_the_second)
        with pytest.raises(RunError) as caught:
            skipcat.train(digits, **options)
    path = tmp_path / "run" / "checkpoints" / "step-00000012.safetensors"
    assert str(caught.value) == (
        f"Cannot write '{path}': No space left on device. That file is as it was."
    )
    skipcat.train(digits, resume=True, **options)
    weights = "weights.safetensors"
    assert (tmp_path / "run" / weights).read_bytes() == (trained / weights).read_bytes()


def test_files_that_are_replaced_together_are_put_back_together(tmp_path):
    for name in "ab":
        write_text(tmp_path / name, f"old {name}")
    with pytest.raises(ZeroDivisionError), replaced_together(tmp_path, ("a", "b", "c")):
        for name in "abc":
            write_text(tmp_path / name, f"new {name}")
        raise ZeroDivisionError
    assert contents(tmp_path) == {"a": b"old a", "b": b"old b"}
    with replaced_together(tmp_path, ("a", "b", "c")):
        write_text(tmp_path / "c", "new c")
        assert find_whole(tmp_path) == tmp_path / BEFORE
    assert contents(tmp_path) == {"a": b"old a", "b": b"old b", "c": b"new c"}
    assert find_whole(tmp_path) == tmp_path


def test_without_second_names_copies_are_kept(tmp_path, monkeypatch):
    def refuse(self, target):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    test_files_that_are_replaced_together_are_put_back_together(tmp_path)


def test_a_place_that_cannot_be_written_is_told(clf, tmp_path):
    (tmp_path / "file").write_text("mine")
    for write, path in (
        (clf.save, tmp_path / "file" / "a.skipcat"),
        (lambda place: write_text(place, "x"), tmp_path / "file" / "a.txt"),
    ):
        with pytest.raises(RunError) as caught:
            write(path)
        assert str(caught.value).startswith(f"Cannot write '{path}': ")
        assert str(caught.value).endswith(". That file is as it was.")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_disk_that_is_full_at_the_last_byte_is_told(tmp_path, monkeypatch):
    write_text(tmp_path / "a.txt", "old")
    real = Path.write_text

    def onto_a_full_disk(self, text, **options):
        real(Path("/dev/full"), text, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", onto_a_full_disk)
        with pytest.raises(RunError) as caught:
            write_text(tmp_path / "a.txt", "new")
    assert str(caught.value) == (
        f"Cannot write '{tmp_path / 'a.txt'}': No space left on device. That file is as it was."
    )
    assert contents(tmp_path) == {"a.txt": b"old"}
