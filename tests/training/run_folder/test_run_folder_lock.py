"""One command at a time in a folder."""

import errno
import os
import platform
import threading

import pytest

import skipcat
from skipcat.cli.app import run
from skipcat.errors import RunError
from skipcat.training.run_folder import lock
from skipcat.training.run_folder.lock import hold_folder


def tell(sentence):
    raise AssertionError(sentence)


def refused(folder):
    with pytest.raises(RunError) as caught, hold_folder(folder, tell):
        pass
    return str(caught.value)


def say(folder, holder=None):
    holder = f" (process {os.getpid()})" if holder is None else holder
    return (
        f"Another skipcat{holder} is at work in '{folder}'; wait for its end, or choose another "
        "--out."
    )


def test_the_second_is_refused_by_name_and_the_next_is_not(tmp_path):
    with hold_folder(tmp_path / "run", tell):
        assert refused(tmp_path / "run") == say(tmp_path / "run")
        (tmp_path / "run" / "weights").touch()
    with hold_folder(tmp_path / "run", tell):
        pass
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["weights"]


def test_who_holds_it_may_sit_at_another_machine_or_be_unknown(tmp_path, monkeypatch):
    node = platform.node()
    monkeypatch.setattr(lock.platform, "node", lambda: "elsewhere")
    with hold_folder(tmp_path, tell):
        monkeypatch.setattr(lock.platform, "node", lambda: node)
        assert refused(tmp_path) == say(tmp_path, f" (process {os.getpid()} on 'elsewhere')")
        (tmp_path / lock.FILE).write_text("")
        assert refused(tmp_path) == say(tmp_path, "")


def test_what_it_made_and_left_empty_is_taken_back(tmp_path):
    (tmp_path / "own").mkdir()
    with hold_folder(tmp_path / "a" / "b", tell), hold_folder(tmp_path / "own", tell):
        assert (tmp_path / "a" / "b" / lock.FILE).is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_a_file_that_a_killed_process_left_is_no_lock(tmp_path):
    (tmp_path / lock.FILE).write_text("1 elsewhere, and more words than now")
    with hold_folder(tmp_path, tell):
        assert (tmp_path / lock.FILE).read_text() == f"{os.getpid()} {platform.node()}"


def test_a_lock_on_a_file_that_was_deleted_meanwhile_is_taken_anew(tmp_path, monkeypatch):
    take, taken = lock._lock, []

    def late(handle):
        if not taken:  # who held it ends here
            (tmp_path / lock.FILE).unlink()
        taken.append(handle)
        take(handle)

    monkeypatch.setattr(lock, "_lock", late)
    with hold_folder(tmp_path, tell):
        assert len(taken) == 2
        monkeypatch.undo()
        assert refused(tmp_path) == say(tmp_path)


def test_a_disk_without_locks_is_told_of_and_stops_nobody(tmp_path, monkeypatch):
    def refuse(handle):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock, "_lock", refuse)
    told = []
    with hold_folder(tmp_path, told.append):
        pass
    assert told == [
        f"The disk of '{tmp_path}' knows no locks (No locks available): see to it that no other "
        "skipcat works there."
    ]


def test_where_nothing_can_be_written_it_goes_on(tmp_path, monkeypatch):
    def refuse(*given):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(lock.os, "open", refuse)
    with hold_folder(tmp_path, tell):
        pass


def test_another_thread_is_refused_too(tmp_path):
    said = []
    with hold_folder(tmp_path, tell):
        thread = threading.Thread(target=lambda: said.append(refused(tmp_path)))
        thread.start()
        thread.join()
    assert said == [say(tmp_path)]


@pytest.mark.parametrize("resume", [[], ["--resume"]], ids=["new", "resume"])
@pytest.mark.parametrize("command", ["train", "fit", "choose", "curve", "experiment"])
def test_every_command_that_fills_a_folder_respects_it(tmp_path, capsys, command, resume):
    out = tmp_path / "out"
    data = "degradation" if command == "experiment" else "digits"
    with hold_folder(out, tell):
        assert run([command, data, "--out", str(out), *resume]) == 2
        assert [path.name for path in out.iterdir()] == [lock.FILE]
    assert capsys.readouterr().err == f"skipcat: {say(out)}\n"


def test_commands_that_write_a_page_or_a_smaller_network_respect_it(tmp_path, capsys, trained):
    out = tmp_path / "out"
    with hold_folder(out, tell):
        for command in ("prune", "explain", "branches"):
            more = ["--speedup", "2"] if command == "prune" else []
            assert run([command, str(trained), "digits", "--out", str(out), *more]) == 2
            assert capsys.readouterr().err == f"skipcat: {say(out)}\n"
        assert [path.name for path in out.iterdir()] == [lock.FILE]


def test_a_run_that_is_refused_leaves_nothing_and_the_library_too_is_refused(digits, tmp_path):
    recipe = skipcat.Recipe(epochs=1)
    with hold_folder(tmp_path / "run", tell), pytest.raises(RunError, match="Another skipcat"):
        skipcat.train(digits, network="resnet_cifar8", recipe=recipe, out=tmp_path / "run")
    with pytest.raises(skipcat.SkipcatError):
        skipcat.train(digits, network="inception_v3", recipe=recipe, out=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_can_never_be_made_is_gone_without(tmp_path):
    (tmp_path / ".lock").symlink_to(tmp_path / "nowhere" / "x")
    with hold_folder(tmp_path, lambda sentence: None):
        pass
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
