"""A checkpoint with the right seal whose values are of no run: each is refused, with what it is."""

import json
import shutil
import signal
import struct

import pytest
import torch
from safetensors.torch import load_file, save_file

import skipcat
from skipcat.errors import RunError
from skipcat.training.run_folder.checkpoint import list_checkpoints, seal_file

RECIPE = skipcat.Recipe(epochs=3, batch=64)


@pytest.fixture(scope="module")
def stopped(digits, tmp_path_factory):
    def stop(what, done, total):
        if what.startswith("Epoch 2"):
            signal.raise_signal(signal.SIGINT)

    out = tmp_path_factory.mktemp("stopped") / "run"
    with pytest.raises(KeyboardInterrupt):
        skipcat.train(digits, "resnet_cifar8", recipe=RECIPE, out=out, progress=stop)
    for path in list_checkpoints(out / "checkpoints")[:-1]:
        path.unlink()
    return out


@pytest.fixture
def run(stopped, tmp_path):
    return shutil.copytree(stopped, tmp_path / "run")


def read_header(path):
    content = path.read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


def change_state(path, changes):
    header, rest = read_header(path)
    state = json.loads(header["__metadata__"]["state"][64:])
    for name, value in changes.items():
        holder, _, key = name.rpartition(".")
        (state[holder] if holder else state)[key] = value
    header["__metadata__"]["state"] = "0" * 64 + json.dumps(state)
    text = json.dumps(header, separators=(",", ":")).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + rest)
    seal_file(path)


def change_tensors(path, change):
    header, _ = read_header(path)
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, metadata=header["__metadata__"])
    seal_file(path)


def refuse(digits, run):
    with pytest.raises(RunError) as caught:
        skipcat.train(digits, "resnet_cifar8", recipe=RECIPE, out=run, resume=True)
    start, end = f"The checkpoints in '{run}' are not of this run or version (", "); choose another"
    message = str(caught.value)
    assert message.startswith(start)
    assert message.endswith(f"{end} --out.")
    return message.removeprefix(start).removesuffix(f"{end} --out.")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"epoch": 10**12}, "no run stands at step 4, epoch 1000000000000"),
        ({"batch": -1}, "no run stands at step 4, epoch 1"),
        ({"step": 7}, "no run stands at step 7, epoch 1"),
        ({"seen": 3}, "its sums are none"),
        ({"loss_sum": float("nan")}, "its sums are none"),
        ({"seconds": 1e300}, "its sums are none"),
        ({"right": -1}, "its counts are none"),
        ({"best_epoch": 9}, "its counts are none"),
        ({"history": []}, "it has figures of 0 epochs, and is in 1"),
        ({"history": [{"epoch": 1}]}, "its figures of epoch 1 are incomplete"),
        ({"plan.image_px": 4096}, "it is of a plan with 4096 px"),
        ({"plan.epochs": 9}, "it is of a plan of 9 epochs"),
        ({"plan.epochs": 100_001}, "a plan of 1 to 100000 epochs is needed"),
        ({"plan.image_px": 0}, "images of 0 px"),
        ({"plan.progress": float("nan")}, "its shares are nan and 1.0"),
        ({"plan.tries": 1}, "it is of try 2, after 0 others"),
    ],
)
def test_a_place_where_no_run_stands_is_refused(changes, says, digits, run):
    change_state(list_checkpoints(run / "checkpoints")[0], changes)
    assert refuse(digits, run) == says


@pytest.mark.parametrize(
    ("name", "tensor", "says"),
    [
        ("network/fc.bias", torch.zeros(3), "network fc.bias is (3,) torch.float32, not (10,) "),
        ("best/fc.bias", torch.zeros(10).half(), "best fc.bias is (10,) torch.float16, not (10,) "),
        ("network/more", torch.zeros(1), "network has or lacks more"),
        ("momentum/0", torch.zeros(1), "momentum 0 is (1,) torch.float32, not (16, 1, 3, 3) "),
        ("momentum/999", torch.zeros(1), "there is no parameter 999"),
        ("average/n_averaged", torch.tensor(-10), "its average is of other steps"),
    ],
)
def test_tensors_of_another_kind_are_refused(name, tensor, says, digits, run):
    path = list_checkpoints(run / "checkpoints")[0]
    change_tensors(path, lambda tensors: tensors.update({name: tensor}))
    assert refuse(digits, run).startswith(says)
