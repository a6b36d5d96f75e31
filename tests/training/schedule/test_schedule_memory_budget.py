import json

import pytest
import torch

import skipcat
from skipcat.engines.memory import Memory
from skipcat.errors import RecipeError
from skipcat.networks.catalogue import make_spec
from skipcat.training import train
from skipcat.training.recipe import Recipe
from skipcat.training.schedule import memory_budget as memory
from skipcat.training.schedule.memory_budget import (
    Step,
    explain_out_of_memory,
    refuse_what_never_fits,
    size_step,
)
from skipcat.training.trainer import batches
from trainings import train_unsaved

MIB, GIB = 2**20, 2**30
CPU = torch.device("cpu")
SAID_BY_TORCH = (
    "[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory: you"
)
SPEC = make_spec("resnet_cifar56", 10, 32, 3)


def step(images=256, kept="all", **more):
    return Step(SPEC, 32, images, kept, **more)


@pytest.mark.parametrize("kept", ["all", "sqrt"])
def test_what_is_said_to_fit_fits_and_not_many_more(kept):
    images = step(kept=kept).count_fitting(GIB)
    assert images % 8 == 0
    few, many = step(images, kept), step(images + 9, kept)
    safe = 0.8 * (GIB if kept == "all" else GIB // 2)
    assert few.peak_bytes <= safe < many.peak_bytes
    assert step(kept=kept).count_fitting(0) == 0


def test_parts_and_half_precision_need_less():
    assert size_step(SPEC, 32, Recipe(batch=100, parts=3), CPU).images == 34
    assert size_step(SPEC, 32, Recipe(batch=5, parts=9), CPU).images == 3
    assert step(mixed=True).peak_bytes < 0.55 * step().peak_bytes


def refuse(a_step, total):
    with pytest.raises(RecipeError) as caught:
        refuse_what_never_fits(a_step, Memory(total, None))
    return str(caught.value)


def test_what_never_fits_is_refused_with_what_does():
    refuse_what_never_fits(step(), Memory(None, None))
    refuse_what_never_fits(step(), Memory(64 * GIB, None))
    assert refuse(step(1024), GIB) == (
        "Training resnet_cifar56 on 1024 images of 32 px at a time takes about 4.1 GiB of memory, "
        "and there are 1.0 GiB; 192 at a time fit (a smaller --batch, or more --parts of it), or "
        "432 with --activation-memory sqrt."
    )
    assert refuse(step(), 16 * MIB) == (
        "Training resnet_cifar56 on 256 images of 32 px at a time takes about 1.0 GiB of memory, "
        "and there are 16 MiB; not even two fit, so take smaller images (--image-px) or a smaller "
        "network."
    )
    assert refuse(step(1024, kept="sqrt"), GIB * 3 // 4) == (
        "Training resnet_cifar56 on 1024 images of 32 px at a time takes about 945 MiB of memory, "
        "and there are 768 MiB; 200 at a time fit (a smaller --batch, or more --parts of it)."
    )


def explain(error, free, monkeypatch, **options):
    monkeypatch.setattr(memory, "measure_memory", lambda device: Memory(None, free))
    with pytest.raises(RecipeError) as caught, explain_out_of_memory(step(**options), CPU):
        raise error
    return str(caught.value)


def test_memory_that_ran_out_is_explained(monkeypatch):
    assert explain(RuntimeError(SAID_BY_TORCH), 2 * GIB, monkeypatch, images=1024) == (
        "Memory ran out. Training resnet_cifar56 on 1024 images of 32 px at a time takes about "
        "4.1 GiB of memory, and 2.0 GiB were free; 392 at a time fit (a smaller --batch, or more "
        "--parts of it), or 1024 with --activation-memory sqrt. Choose another --out for that."
    )
    # All of it should have fitted: something else took it.
    error = torch.OutOfMemoryError("CUDA out of memory.")
    assert explain(error, 64 * GIB, monkeypatch, kept="sqrt") == (
        "Memory ran out. Training resnet_cifar56 on 256 images of 32 px at a time takes about "
        "249 MiB of memory, and 64.0 GiB were free; 128 at a time fit (a smaller --batch, or more "
        "--parts of it). Choose another --out for that."
    )
    assert explain(MemoryError(), None, monkeypatch) == (
        "Memory ran out. Training resnet_cifar56 on 256 images of 32 px at a time takes about "
        "1.0 GiB of memory; 128 at a time fit (a smaller --batch, or more --parts of it). Choose "
        "another --out for that."
    )


def test_another_error_stays_itself():
    with pytest.raises(RuntimeError, match="shapes"), explain_out_of_memory(step(), CPU):
        raise RuntimeError("shapes do not fit")


def test_a_training_out_of_memory_ends_in_one_line(digits, tmp_path, monkeypatch):
    def fill(*given):
        raise RuntimeError(SAID_BY_TORCH)

    monkeypatch.setattr(memory, "measure_memory", lambda device: Memory(GIB, 50 * MIB))
    monkeypatch.setattr(batches, "normalise", fill)
    with pytest.raises(RecipeError) as caught:
        recipe = Recipe(epochs=1, batch=64)
        skipcat.train(digits, "resnet_cifar8", recipe=recipe, out=tmp_path / "run")
    assert str(caught.value) == (
        "Memory ran out. Training resnet_cifar8 on 64 images of 8 px at a time takes about 4 MiB "
        "of memory, and 50 MiB were free; 32 at a time fit (a smaller --batch, or more --parts of "
        "it). Choose another --out for that."
    )


def test_fit_takes_a_batch_that_fits_says_so_and_stays_with_it(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "measure_memory", lambda device: Memory(GIB, 4 * MIB))
    told = []
    options = {"out": tmp_path / "run", "recipe": Recipe(epochs=1, batch=64), "pretrained": None}
    trained = train_unsaved(
        digits, "resnet_cifar8", resume=False, automatic=True, tell=told.append, **options
    )
    assert trained.notes[0] == (
        "Training resnet_cifar8 on 64 images of 8 px at a time takes about 4 MiB of memory, and "
        "4 MiB are free; it goes on with batches of 48."
    )
    assert trained.recipe.batch == 48
    assert trained.notes[0] in told
    begun = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert (begun["recipe"]["batch"], begun["resolved"]["batch"]) == (64, 48)
    monkeypatch.setattr(train, "measure_memory", lambda device: Memory(GIB, GIB))
    again = train_unsaved(digits, "resnet_cifar8", resume=True, automatic=True, **options)
    assert again.recipe.batch == 48
    assert again.history[-1]["train_loss"] == trained.history[-1]["train_loss"]
