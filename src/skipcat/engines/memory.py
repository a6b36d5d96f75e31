"""How much memory a device has, how much of it is free, and the errors that say there is none."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

PROC, CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")
# What the allocators of CPU, CUDA and MPS say.
_SAID = ("can't allocate memory", "out of memory")


@dataclass(frozen=True)
class Memory:
    """What a device has for this process, and what of it is free; None where nobody says.

    Units:
        Bytes.
    """

    total: int | None = None
    free: int | None = None


def measure_memory(device: torch.device) -> Memory:
    """Return the memory of a device; of the CPU what system, control groups and ulimit leave."""
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return Memory(total, free + unused)
    found = list(_read_limits())
    totals = [memory.total for memory in found if memory.total is not None]
    frees = [memory.free for memory in found if memory.free is not None]
    return Memory(min(totals, default=None), max(0, min(frees)) if frees else None)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that memory could not be had."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(said in str(error) for said in _SAID)


def _read_limits() -> Iterator[Memory]:
    if sys.platform == "linux":
        yield _read_meminfo()
        yield from _read_cgroups()
    elif hasattr(os, "sysconf"):
        yield Memory(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    if sys.platform != "win32":
        yield _read_ulimit()


def _read_meminfo() -> Memory:
    lines = [line.split() for line in _read(PROC / "meminfo").splitlines()]
    kib = {line[0]: int(line[1]) for line in lines if len(line) > 1}
    total, free = kib.get("MemTotal:"), kib.get("MemAvailable:")
    return Memory(total and 1024 * total, free and 1024 * free)


def _read_cgroups() -> Iterator[Memory]:
    """Return the limits of this process's control groups, of version 2 and of version 1."""
    for line in _read(PROC / "self" / "cgroup").splitlines():
        number, controllers, place = line.split(":", maxsplit=2)
        if number == "0":
            root, names = CGROUPS, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            root = CGROUPS / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        # In a container the path may be the host's, and the root is all that is seen.
        path = root / place.lstrip("/")
        for folder in (path, *path.parents):
            yield _read_group(folder, *names)
            if folder == root:
                break


def _read_group(folder: Path, limit: str, usage: str, cache: str) -> Memory:
    most, used = _read(folder / limit).strip(), _read(folder / usage).strip()
    if not (most.isdigit() and used.isdigit()):
        return Memory()
    stat = dict(line.split() for line in _read(folder / "memory.stat").splitlines())
    return Memory(int(most), int(most) - int(used) + int(stat.get(cache, 0)))


def _read_ulimit() -> Memory:
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return Memory()
    pages = _read(PROC / "self" / "statm").split()
    used = int(pages[0]) * os.sysconf("SC_PAGE_SIZE") if pages else 0
    return Memory(most, most - used)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
