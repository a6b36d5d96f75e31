import random

import pytest
import torch

from skipcat.errors import RunError
from skipcat.training.run_folder.checkpoint import (
    list_checkpoints,
    load_newest,
    pack,
    save_checkpoint,
    unpack,
)


def test_the_newest_two_are_kept_and_the_newest_is_loaded(tmp_path):
    for step in (1, 20, 300):
        save_checkpoint(tmp_path, step, {"a": torch.full((2,), float(step))}, {"step": step})
    assert [p.name for p in list_checkpoints(tmp_path)] == [
        "step-00000020.safetensors",
        "step-00000300.safetensors",
    ]
    tensors, state = load_newest(tmp_path)
    assert tensors["a"].tolist() == [300, 300]
    assert state == {"step": 300}


def test_what_is_loaded_no_longer_hangs_on_the_file(tmp_path):
    save_checkpoint(tmp_path, 1, {"a": torch.ones(4096)}, {})
    tensors, _ = load_newest(tmp_path)
    with list_checkpoints(tmp_path)[0].open("r+b") as file:
        file.seek(200)
        file.write(b"\xff" * 8000)
    assert torch.equal(tensors["a"], torch.ones(4096))


def test_every_changed_byte_is_noticed_and_the_one_before_is_taken(tmp_path):
    draw = random.Random(0)
    for step in (100, 120):
        tensors = {"a": torch.rand(5, 3), "b": torch.tensor(step)}
        save_checkpoint(tmp_path, step, tensors, {"step": step, "plan": {"epochs": 2}})
    newest = list_checkpoints(tmp_path)[-1]
    whole = newest.read_bytes()
    places = [*range(120), *(draw.randrange(len(whole)) for _ in range(200))]
    for place in places:
        harmed = bytearray(whole)
        harmed[place] ^= draw.randrange(1, 256)
        newest.write_bytes(harmed)
        told = []
        _, state = load_newest(tmp_path, told.append)
        assert (state["step"], told) == (100, [
            "The newest checkpoint 'step-00000120.safetensors' is damaged; going on from step 100."
        ]), place  # fmt: skip
    newest.write_bytes(whole)
    assert load_newest(tmp_path, told.append)[1]["step"] == 120
    assert len(told) == 1


@pytest.mark.parametrize("harm", [lambda b: b"", lambda b: b[:-1], lambda b: b + b"\0"])
def test_a_longer_or_shorter_one_is_damaged(harm, tmp_path):
    for step in (1, 2):
        save_checkpoint(tmp_path, step, {"a": torch.ones(3)}, {"step": step})
    newest = list_checkpoints(tmp_path)[-1]
    newest.write_bytes(harm(newest.read_bytes()))
    assert load_newest(tmp_path)[1] == {"step": 1}


def test_what_lies_after_the_newest_is_cleared_away(tmp_path):
    for step in (1, 2, 9):
        save_checkpoint(tmp_path, step, {"a": torch.ones(3)}, {"step": step})
    list_checkpoints(tmp_path)[-1].write_bytes(b"no")
    save_checkpoint(tmp_path, 5, {"a": torch.ones(3)}, {"step": 5})
    assert [path.name for path in list_checkpoints(tmp_path)] == [
        "step-00000002.safetensors",
        "step-00000005.safetensors",
    ]


def test_where_all_are_damaged_that_is_told(tmp_path):
    for step, words in ((1, "The only checkpoint"), (2, "Each of the 2 checkpoints")):
        save_checkpoint(tmp_path / "run", step, {"a": torch.ones(3)}, {})
        for path in list_checkpoints(tmp_path / "run"):
            path.write_bytes(b"no")
        with pytest.raises(RunError) as caught:
            load_newest(tmp_path / "run")
        assert str(caught.value) == (
            f"{words} in '{tmp_path / 'run'}' is damaged; choose another --out, or delete "
            f"'{tmp_path}' to start anew."
        )


def test_without_checkpoints_there_is_none(tmp_path):
    assert load_newest(tmp_path / "none") is None


def test_a_full_disk_is_told_and_the_older_checkpoint_stays(tmp_path):
    resource = pytest.importorskip("resource")
    save_checkpoint(tmp_path, 1, {"a": torch.ones(10)}, {})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(RunError, match=r"^Cannot write '.*step-00000002\.safetensors': .+"):
            save_checkpoint(tmp_path, 2, {"a": torch.ones(100_000)}, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [p.name for p in tmp_path.iterdir()] == ["step-00000001.safetensors"]


def test_names_are_packed_and_unpacked():
    tensors = {"a.b": torch.ones(1), "c": torch.zeros(1)}
    packed = {**pack("x", tensors), **pack("xy", {"d": torch.ones(1)})}
    assert set(packed) == {"x/a.b", "x/c", "xy/d"}
    assert set(unpack("x", packed)) == {"a.b", "c"}
