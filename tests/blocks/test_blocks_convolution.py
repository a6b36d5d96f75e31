"""A strided 1x1 convolution trains without writing where it may not, and exports as one node."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from skipcat.blocks.convolution import StridedPointwiseConv2d, build_conv2d
from skipcat.networks.catalogue import build_network

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if sys.platform != "linux" or not compiler:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs Linux and a C compiler for the heap's canaries")
        pytest.skip("the heap's canaries need Linux and a C compiler")
    library = tmp_path_factory.mktemp("guard") / "heap_guard.so"
    source = str(HERE / "heap_guard.c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def sweep(guard: Path, wanted: str, isa: str | None) -> dict:
    environment = {**os.environ, "LD_PRELOAD": str(guard), "OMP_NUM_THREADS": "1"}
    environment.pop("ONEDNN_MAX_CPU_ISA", None)
    if isa:
        environment["ONEDNN_MAX_CPU_ISA"] = isa
    done = subprocess.run(
        [sys.executable, HERE / "convolution_sweep.py", "skipcat", wanted],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_known_cases_write_nowhere_else(guard: Path) -> None:
    result = sweep(guard, "known", "AVX2")
    assert result["guard_works"]
    assert (result["tried"], result["overrun"]) == (14, [])


@pytest.mark.slow
@pytest.mark.parametrize("isa", ["AVX2", None])
def test_no_convolution_writes_nowhere_else(guard: Path, isa: str | None) -> None:
    result = sweep(guard, "all", isa)
    assert result["guard_works"]
    assert result["tried"] > 2000
    assert result["overrun"] == []


@pytest.mark.parametrize("grid", [7, 8])
@pytest.mark.parametrize("stride", [2, 3])
@pytest.mark.parametrize("bias", [False, True])
def test_responses_and_gradients_are_torchs(grid: int, stride: int, bias: bool) -> None:
    # In double precision no vector kernel is used, so torch's own gradient is safe.
    torch.manual_seed(0)
    ours = build_conv2d(6, 8, 1, stride, groups=2, bias=bias).double()
    theirs = nn.Conv2d(6, 8, 1, stride, groups=2, bias=bias).double()
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(3, 6, grid, grid, dtype=torch.double)
    found = []
    for conv in (ours, theirs):
        images = x.clone().requires_grad_()
        response = conv(images)
        response.square().sum().backward()
        found.append((response, images.grad, conv.weight.grad))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def test_gradients_keep_channels_last() -> None:
    layouts = []
    x = torch.randn(2, 16, 8, 8).to(memory_format=torch.channels_last).requires_grad_()
    inner = x * 1
    inner.register_hook(
        lambda grad: layouts.append(grad.is_contiguous(memory_format=torch.channels_last))
    )
    build_conv2d(16, 16, 1, 2)(inner).sum().backward()
    assert layouts == [True]


@pytest.mark.parametrize("name", ["resnet18", "resnet50_2015", "preact_cifar20", "wide_resnet50_2"])
def test_every_strided_1x1_of_a_network_is_the_safe_one(name: str) -> None:
    net = build_network(name, 3, 32, width_multiplier=0.125)
    strided = [
        module
        for module in net.modules()
        if isinstance(module, nn.Conv2d)
        and module.kernel_size == (1, 1)
        and module.stride != (1, 1)
    ]
    assert strided
    assert all(isinstance(module, StridedPointwiseConv2d) for module in strided)


def test_an_exported_graph_holds_one_strided_convolution_and_no_pool() -> None:
    conv = build_conv2d(3, 4, 1, 2)
    images = torch.randn(1, 3, 8, 8)
    exported = torch.export.export(conv, (images,), strict=False)
    calls = [str(node.target) for node in exported.graph.nodes if node.op == "call_function"]
    assert calls == ["aten.conv2d.default"]
    torch.testing.assert_close(exported.module()(images), conv(images))
