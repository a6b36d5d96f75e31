"""Train single convolutions in this process and print those that wrote past a block of memory.

Run with tests/blocks/heap_guard.c preloaded: see test_blocks_convolution.py. `bare` asks for
torch's own convolution, `skipcat` for ours, `all` for every case and not only the known ones.
"""

import ctypes
import itertools
import json
import sys
from collections.abc import Iterator

import torch
from torch import nn

from skipcat.blocks.convolution import build_conv2d

BATCH = 4
# In width, out width, grid: those that were found to crash in oneDNN 3.12, and one wider.
KNOWN = ((3, 3, 8), (4, 4, 8), (5, 5, 8), (6, 6, 8), (3, 16, 8), (3, 64, 64), (7, 64, 64))


def list_cases(wanted: str) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield in width, out width, grid, kernel, stride."""
    if wanted != "all":
        yield from ((*case, 1, 2) for case in KNOWN)
        return
    yield from itertools.product(range(1, 18), (1, 5, 8, 17), (5, 8, 13), (1, 3), (1, 2, 3))
    yield from itertools.product((1, 3, 7, 9, 17), (64,), (31, 64), (1, 3, 7), (2,))


def train(conv: nn.Conv2d, grid: int, layout: torch.memory_format) -> None:
    """Go forward and backward once; what was allocated is freed on return."""
    conv.to(memory_format=layout)
    x = torch.randn(BATCH, conv.in_channels, grid, grid).to(memory_format=layout)
    conv(x.requires_grad_()).square().sum().backward()


def main(kind: str, wanted: str) -> None:
    """Print the cases after which a canary was dead, and how many were tried."""
    count = ctypes.CDLL(None).heap_guard_overruns
    count.restype = ctypes.c_long
    torch.set_num_threads(1)
    # The guard itself must see a write past a tensor's end.
    victim = torch.zeros(16)
    ctypes.memset(victim.data_ptr() + victim.nbytes, 0, 4)
    del victim
    seen = count()
    result = {"guard_works": seen == 1, "tried": 0, "overrun": [], "isa": read_isa()}
    for in_width, out_width, grid, kernel, stride in list_cases(wanted):
        for layout in (torch.channels_last, torch.contiguous_format):
            settings = {"kernel": kernel, "stride": stride, "padding": kernel // 2}
            if kind == "bare":
                conv = nn.Conv2d(in_width, out_width, kernel, stride, kernel // 2, bias=False)
            else:
                conv = build_conv2d(in_width, out_width, **settings)
            train(conv, grid, layout)
            del conv
            result["tried"] += 1
            if count() > seen:
                seen = count()
                result["overrun"].append([in_width, out_width, grid, kernel, stride, str(layout)])
                # Said at once: the next write may end the process.
                print(json.dumps(result["overrun"][-1]), file=sys.stderr, flush=True)
    print(json.dumps(result))


def read_isa() -> str:
    """Return the best instruction set that torch's own code uses."""
    return torch.backends.cpu.get_cpu_capability()


if __name__ == "__main__":
    main(*sys.argv[1:])
