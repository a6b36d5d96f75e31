"""Which convolutions write past their memory in training: torch's own, and ours.

`python benchmarks/convolution_sweep.py` runs tests/blocks/convolution_sweep.py under the canaries
of tests/blocks/heap_guard.c (Linux, a C compiler), with ONEDNN_MAX_CPU_ISA=AVX2 and without, and
appends a row for each of the four runs to results/convolution_sweep.csv. Ten minutes of one core.
"""

import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import torch

BLOCKS = Path(__file__).parent.parent / "tests" / "blocks"
RESULTS = Path(__file__).parent / "results" / "convolution_sweep.csv"


def sweep(guard: Path, kind: str, isa: str) -> dict[str, object]:
    environment = {**os.environ, "LD_PRELOAD": str(guard), "OMP_NUM_THREADS": "1"}
    environment.pop("ONEDNN_MAX_CPU_ISA", None)
    if isa:
        environment["ONEDNN_MAX_CPU_ISA"] = isa
    done = subprocess.run(
        [sys.executable, BLOCKS / "convolution_sweep.py", kind, "all"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("[")]
    result = json.loads(done.stdout) if done.returncode == 0 else {"tried": ""}
    channels_last = [case for case in found if case[-1] == "torch.channels_last"]
    return {
        "date": date.today().isoformat(),
        "convolution": kind,
        "onednn_max_cpu_isa": isa or "none",
        "tried": result["tried"],
        "exit_code": done.returncode,
        "overrun": len(found),
        "of_those_channels_last": len(channels_last),
        "kernels": " ".join(sorted({str(case[3]) for case in found})),
        "strides": " ".join(sorted({str(case[4]) for case in found})),
        "in_widths": " ".join(map(str, sorted({case[0] for case in found}))),
        "torch": torch.__version__,
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "processor": platform.processor() or platform.machine(),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        guard = Path(folder) / "heap_guard.so"
        source = BLOCKS / "heap_guard.c"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", guard, source, "-ldl"], check=True)
        for kind in ("bare", "skipcat"):
            for isa in ("AVX2", ""):
                row = sweep(guard, kind, isa)
                print(row)
                new = not RESULTS.exists()
                with RESULTS.open("a", newline="", encoding="utf-8") as file:
                    writer = csv.DictWriter(file, list(row), lineterminator="\n")
                    if new:
                        writer.writeheader()
                    writer.writerow(row)


if __name__ == "__main__":
    main()
