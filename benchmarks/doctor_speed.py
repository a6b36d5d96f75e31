"""How long the doctor takes over 10,000 photographs of about 500x375.

Question: does `skipcat check` look at 10,000 photographs in a minute on two cores?

Method: JPEGs of quality 90 are generated in a temporary folder, in ten classes: soft shapes of
many sizes with fine noise, so that a file has about as many bytes as a photograph of that size;
every hundredth is a copy of another, encoded anew or scaled. The time is that of
`skipcat.check(folder)`, files in the system's cache.

    python benchmarks/doctor_speed.py [--images 10000]

Appends one row to results/doctor_speed.csv.
"""

import argparse
import os
import platform
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image

import skipcat
from results_file import FOLDER, append_row

RESULTS = FOLDER / "doctor_speed.csv"
CLASSES, COPY_EVERY = 10, 100


def draw_photograph(seed: int) -> Image.Image:
    draw = np.random.default_rng(seed)
    width, height = (500, 375) if seed % 3 else (375, 500)
    width, height = width + int(draw.integers(-30, 31)), height + int(draw.integers(-30, 31))
    mixed = np.zeros((height, width, 3), np.float32)
    for cells, weight in ((3, 5), (8, 4), (24, 3), (80, 2)):
        small = Image.fromarray(draw.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        layer = small.resize((width, height), Image.Resampling.BICUBIC)
        mixed += weight / 14 * np.asarray(layer, np.float32)
    mixed = (mixed - 128) * 1.8 + 128 + draw.normal(0, 7, (height, width, 1))
    return Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8))


def write_photographs(folder: Path, images: int) -> int:
    """Write the images; give their bytes."""
    for number in range(CLASSES):
        (folder / f"class{number}").mkdir()

    def write(row: int) -> int:
        path = folder / f"class{row % CLASSES}" / f"{row:05d}.jpg"
        is_copy = row % COPY_EVERY == COPY_EVERY - 1
        image = draw_photograph(row - CLASSES if is_copy else row)
        if is_copy and row % (2 * COPY_EVERY) < COPY_EVERY:
            image = image.resize((image.width // 2, image.height // 2))
        image.save(path, quality=70 if is_copy else 90)
        return path.stat().st_size

    with ThreadPoolExecutor() as pool:
        return sum(pool.map(write, range(images)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000)
    images = parser.parse_args().images
    with tempfile.TemporaryDirectory() as name:
        size = write_photographs(Path(name), images)
        start = time.perf_counter()
        checkup = skipcat.check(name)
        seconds = time.perf_counter() - start
    row = {
        "date": datetime.now(UTC).date().isoformat(),
        "images": images,
        "mean_kib": round(size / images / 1024, 1),
        "seconds": round(seconds, 2),
        "copies_planted": images // COPY_EVERY,
        "near_duplicate_groups": sum(
            len(one.groups) for one in checkup.findings if one.kind.startswith("near")
        ),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "pillow": version("pillow"),
        "numpy": version("numpy"),
    }
    append_row(RESULTS, row)
    print(", ".join(f"{key} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
