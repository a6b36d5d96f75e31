import ctypes
import gc

import pytest
import torch

from skipcat.networks import heap_trim as holes
from skipcat.networks.heap_trim import Holes, resident_bytes

MIB = 2**20
on_glibc = pytest.mark.skipif(not Holes().is_glibc, reason="glibc's allocator on Linux")


@on_glibc
def test_freed_pages_go_back_when_the_process_has_grown(monkeypatch) -> None:
    monkeypatch.setattr(holes, "GROWTH_BYTES", 32 * MIB)
    ctypes.CDLL(None).malloc_trim(0)  # what earlier tests freed must not be what is taken here
    watch = Holes()
    blocks = []
    for _ in range(4000):  # too small to be mapped, and every second one stays
        blocks += [torch.ones(16 * 1024), torch.ones(256)]
    held = resident_bytes()
    assert held - watch.least > 200 * MIB
    blocks = blocks[1::2]
    gc.collect()
    watch.give_back()
    assert resident_bytes() < held - 150 * MIB
    assert watch.least <= resident_bytes() + MIB


@on_glibc
def test_a_process_that_did_not_grow_is_left_alone(monkeypatch) -> None:
    watch = Holes()
    monkeypatch.setattr(holes.ctypes, "CDLL", lambda _: pytest.fail("nothing was to be given back"))
    watch.give_back()


def test_other_systems_are_left_alone(monkeypatch) -> None:
    monkeypatch.setattr(holes.platform, "libc_ver", lambda: ("", ""))
    watch = Holes()
    monkeypatch.setattr(holes, "resident_bytes", lambda: pytest.fail("there is no statm"))
    watch.give_back()
