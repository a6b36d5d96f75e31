"""More images than fit in memory: what is resident and not of a file stays small."""

import subprocess
import sys
from pathlib import Path

import pytest

import skipcat

SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from skipcat.data.cache import Decoded
from skipcat.data.dataset import Dataset
from skipcat.data.splits import split_dataset
from skipcat.networks.catalogue import build_network
from skipcat.training.schedule.plan import Plan
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import Recipe
from skipcat.reporting import Reporter
from skipcat.training.run_folder.record import RunRecord
from skipcat.training.trainer.trainer import Trainer

place, count, px, steps = Path(sys.argv[1]), int(sys.argv[2]), 64, 30
with open(place / "cache", "wb") as file:
    file.truncate(count * 3 * px * px)  # sparse: zeros that take no disk
pixels = np.memmap(place / "cache", np.uint8, "r", shape=(count, 3, px, px))
names = [f"class/{n}.jpg" for n in range(count)]
keys = tuple(f"{n:064x}" for n in range(count))
labels = np.arange(count) % 10
dataset = Dataset("large", tuple("abcdefghij"), pixels, labels, names, [""] * count)
rows = np.arange(count)
recipe = Recipe(epochs=1, batch=64)
split = split_dataset(dataset, rows, keys, validation=0.1, test=0.0)
decoded = Decoded(pixels, rows, np.ones(count), keys, {}, (None,) * count)
mean = (0.5, 0.5, 0.5)
sizes = np.full((count, 2), px)
prepared = PreparedData(dataset, decoded, split, px, 3, mean, mean, "", sizes, None, keys)
record = RunRecord("resnet_cifar8", recipe, recipe, mean, mean)
network = build_network("resnet_cifar8", 10, image_px=px)
run = Trainer(record, network.spec, Plan(1, px), prepared, place / "run", network=network)

class Enough(Exception):
    pass

def stop(what, done, total):
    if run.state.step >= steps:
        raise Enough

try:
    run.train(reporter=Reporter(stop))
except Enough:
    pass
status = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) / 2**10)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's /proc")
def test_a_million_images_need_less_than_2_gib_of_anonymous_memory(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), "1000000"],
        capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(Path(skipcat.__file__).parents[1]), "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    anonymous_mib = float(done.stdout)
    assert 100 < anonymous_mib < 2048
