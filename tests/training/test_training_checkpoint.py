import pytest
import torch

from skipcat.errors import RunError
from skipcat.training.checkpoint import (
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
