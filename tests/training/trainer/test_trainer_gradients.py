import csv
from dataclasses import replace
from shutil import which

import pytest
import torch

from skipcat.errors import RecipeError
from skipcat.networks.catalogue import build_network
from skipcat.training.precision import check_steps, is_mixed
from skipcat.training.recipe import Recipe
from skipcat.training.trainer.gradients import compute_gradients, make_scaler
from skipcat.training.trainer.loss import NetworkWithLoss

CPU = torch.device("cpu")


def gradients(parts, targets):
    # Without batch norm, and with dropout at rest, a batch in parts is the batch.
    model = NetworkWithLoss(build_network("googlenet_2014", 3, image_px=32), 0.1).eval()
    images = torch.randn(7, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    loss, right = compute_gradients(
        model, images, targets, parts=parts, scaler=make_scaler(CPU, mixed=False)
    )
    return loss, right, [p.grad for p in model.parameters()]


@pytest.mark.parametrize("parts", [2, 3, 100])
def test_a_batch_in_parts_has_the_gradients_of_the_whole(parts):
    targets = torch.tensor([0, 1, 2, 0, 1, 2, 0])
    whole_loss, whole_right, whole = gradients(1, targets)
    loss, right, found = gradients(parts, targets)
    assert loss == pytest.approx(whole_loss, rel=1e-5)
    assert right == whole_right
    for a, b in zip(whole, found, strict=True):
        assert torch.allclose(a, b, atol=1e-6 * max(1, float(a.abs().max())))


def test_shares_of_classes_are_targets_as_well():
    targets = torch.tensor([0, 1, 2, 0, 1, 2, 0])
    hot = torch.nn.functional.one_hot(targets, 3).float()
    loss, right, _ = gradients(1, targets)
    assert gradients(1, hot)[:2] == (pytest.approx(loss, rel=1e-5), right)


def test_float16_is_refused_where_it_is_slower():
    with pytest.raises(RecipeError) as caught:
        is_mixed(Recipe(precision="mixed"), CPU)
    assert str(caught.value) == (
        "precision is 'mixed', which needs a CUDA device; training runs on cpu, where float32 is "
        "faster."
    )
    assert not is_mixed(Recipe(), CPU)
    assert is_mixed(Recipe(), torch.device("cuda"))
    assert not is_mixed(Recipe(precision="float32"), torch.device("cuda"))


def test_without_a_compiler_compiling_is_refused(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    check_steps(Recipe(), CPU)
    with pytest.raises(RecipeError) as caught:
        check_steps(Recipe(compile=True), CPU)
    assert str(caught.value) == (
        "compile needs a C++ compiler such as g++, and there is none here; install it, or leave "
        "compile out."
    )


@pytest.mark.slow
@pytest.mark.skipif(not which("g++"), reason="no C++ compiler here")
def test_a_compiled_run_learns_as_others_do_and_goes_on_to_the_same_bits(digits, tmp_path):
    import skipcat

    recipe = Recipe(epochs=2, batch=32, compile=True)
    skipcat.train(
        digits, "resnet_cifar8", recipe=replace(recipe, compile=False), out=tmp_path / "plain"
    )
    whole = skipcat.train(digits, "resnet_cifar8", recipe=recipe, out=tmp_path / "whole")

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        skipcat.train(digits, "resnet_cifar8", recipe=recipe, out=tmp_path / "parts", on_epoch=stop)
    parts = skipcat.train(
        digits, "resnet_cifar8", recipe=recipe, out=tmp_path / "parts", resume=True
    )
    again = parts.network.state_dict()
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, again[name])
    losses = [
        [
            float(row["train_loss"])
            for row in csv.DictReader((tmp_path / run / "metrics.csv").read_text().splitlines())
        ]
        for run in ("plain", "whole")
    ]
    assert losses[1] == pytest.approx(losses[0], rel=0.02)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_float16_on_cuda_learns_and_its_scaler_is_kept(digits, tmp_path):
    import skipcat

    out = tmp_path / "run"
    recipe = Recipe(epochs=3, batch=32, device="cuda")
    classifier = skipcat.train(digits, network="resnet_cifar8", recipe=recipe, out=out)
    assert classifier.evaluation.accuracy > 0.3
