import sys

import pytest
import torch

from skipcat.engines import memory
from skipcat.engines.memory import Memory, is_out_of_memory, measure_memory

CPU = torch.device("cpu")
GIB = 2**30


@pytest.fixture
def system(tmp_path, monkeypatch):
    """Give a Linux with 8 GiB, of which 6 are free, as its files say it."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text(
        f"MemTotal: {8 * 2**20} kB\nMemFree: 1 kB\nMemAvailable: {6 * 2**20} kB\nHugePages: 0\n"
    )
    monkeypatch.setattr(memory, "PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "_read_ulimit", Memory)
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path


def write_group(folder, limit, used, cached, *, version):
    names = ("memory.max", "memory.current", "inactive_file")
    if version == 1:
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / names[0]).write_text(f"{limit}\n")
    (folder / names[1]).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\n{names[2]} {cached}\n")


def test_without_control_groups_the_system_has_the_word(system):
    assert measure_memory(CPU) == Memory(8 * GIB, 6 * GIB)


@pytest.mark.parametrize("version", [1, 2])
def test_a_control_group_above_this_process_bounds_it(system, version):
    line = "0::/user/me\n" if version == 2 else "4:cpu,memory:/user/me\n3:cpu:/other\n"
    (system / "proc" / "self" / "cgroup").write_text(line)
    root = system / "cgroup" if version == 2 else system / "cgroup" / "memory"
    write_group(root / "user" / "me", "max", 1, 1, version=version)
    write_group(root / "user", 4 * GIB, 3 * GIB, GIB // 2, version=version)
    assert measure_memory(CPU) == Memory(4 * GIB, 3 * GIB // 2)


def test_in_a_container_only_the_root_of_the_groups_is_seen(system):
    (system / "proc" / "self" / "cgroup").write_text("0::/docker/abc\n")
    write_group(system / "cgroup", 2 * GIB, GIB, 0, version=2)
    assert measure_memory(CPU) == Memory(2 * GIB, GIB)


def test_ulimit_bounds_it_too(system, monkeypatch):
    monkeypatch.setattr(memory, "_read_ulimit", lambda: Memory(GIB, 5))
    assert measure_memory(CPU) == Memory(GIB, 5)


def test_where_nobody_says_nothing_is_known(system, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr("os.sysconf")
    assert measure_memory(CPU) == Memory(None, None)


def test_what_this_machine_says_is_of_a_machine():
    found = measure_memory(CPU)
    if sys.platform != "win32":
        assert found.total > 2**28
    assert found.free is None or 0 < found.free <= found.total


@pytest.mark.parametrize(
    ("error", "is_it"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate "
                      "memory: you tried to allocate 9 bytes."), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (OSError("out of memory"), False),
    ],
)  # fmt: skip
def test_errors_of_memory_are_told_from_others(error, is_it):
    assert is_out_of_memory(error) is is_it


def test_an_allocator_that_is_asked_for_too_much_says_so():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
