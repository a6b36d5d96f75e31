import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

import skipcat
from skipcat.cli.app import run
from skipcat.errors import RecipeError
from skipcat.networks.catalogue import build_network
from skipcat.networks.network import Logits
from skipcat.networks.weights.load_save import save_weights
from skipcat.networks.weights.torchvision import list_published_classes
from skipcat.training.recipe import Recipe
from skipcat.training.trainer import distillation as distil
from skipcat.training.trainer.distillation import HeadsWithLoss, diverge, measure_agreement

SHORT = {"epochs": 3, "batch": 16, "augment": "none", "only_auxiliary": True}


@pytest.fixture(scope="module")
def squares():
    """Bright squares in one of three corners, in noise."""
    draws = np.random.default_rng(0)
    labels = np.arange(60) % 3
    images = draws.integers(0, 60, (60, 8, 8), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        y, x = 4 * (label // 2), 4 * (label % 2)
        image[y : y + 4, x : x + 4] += 150
    return images, labels


@pytest.fixture(scope="module")
def headless(squares, tmp_path_factory):
    """Weights of a GoogLeNet that has learnt the corners, in a file without its heads."""
    folder = tmp_path_factory.mktemp("headless")
    recipe = Recipe(epochs=8, batch=16, augment="none", ema_decay=0)
    made = skipcat.train(squares, "googlenet", recipe=recipe, out=folder / "run")
    assert made.evaluation.accuracy > 0.8  # else agreeing with it is no feat
    net = made.network
    kept = {k: t for k, t in net.state_dict().items() if not k.startswith("auxiliary.")}
    torch.save(kept, folder / "trunk.pth")
    return folder / "trunk.pth"


def test_heads_learn_and_all_else_keeps_every_bit(squares, headless, tmp_path, capsys):
    flags = ["--epochs", "6", "--batch", "16", "--augment", "none", "--only-auxiliary"]
    images = tmp_path / "corners"
    for number, (image, label) in enumerate(zip(*squares, strict=True)):
        (images / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(images / str(label) / f"{number}.png")
    command = ["train", str(images), "--network", "googlenet", "--pretrained", str(headless)]
    out = tmp_path / "out"
    assert run([*command, *flags, "--out", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    heads = found["auxiliary"]["heads"]
    assert [head["row"] for head in heads] == ["inception4a", "inception4d"]
    assert all(head["agreement"] > 0.6 for head in heads)  # by chance a third
    warmed = skipcat.load(out).network.state_dict()
    given = torch.load(headless)
    assert all(torch.equal(warmed[name], tensor) for name, tensor in given.items())
    fresh = build_network("googlenet", 3, 8, 1, seed=0).state_dict()
    learnt = [k for k in warmed if k.startswith("auxiliary.") and k.endswith("weight")]
    assert learnt and not any(torch.equal(warmed[k], fresh[k]) for k in learnt)
    # Later fine-tuning starts from the heads, too.
    tuned = build_network("googlenet", 5, 8, 1, pretrained=out / "weights.safetensors")
    name = "auxiliary.inception4a.hidden.weight"
    assert torch.equal(tuned.state_dict()[name], warmed[name])
    # A finished run is done; what it found is shown again.
    assert run([*command, *flags, "--out", str(out), "--resume"]) == 0
    shown = capsys.readouterr().out
    assert "Heads that name what the main head names, of 6 test images:\n  inception4a" in shown


def test_a_resumed_run_ends_bit_identical(squares, headless, tmp_path):
    recipe = Recipe(**SHORT)
    whole = skipcat.train(
        squares, "googlenet", recipe=recipe, pretrained=headless, out=tmp_path / "whole"
    )

    def stop(what: str, done: int, total: int) -> None:
        if what.startswith("Epoch 2/3"):
            raise KeyboardInterrupt

    call = {"recipe": recipe, "pretrained": headless, "out": tmp_path / "cut"}
    with pytest.raises(KeyboardInterrupt):
        skipcat.train(squares, "googlenet", progress=stop, **call)
    resumed = skipcat.train(squares, "googlenet", resume=True, **call)
    again = resumed.network.state_dict()
    assert all(torch.equal(t, again[k]) for k, t in whole.network.state_dict().items())
    assert whole.evaluation is not None and resumed.classes == ("0", "1", "2")


def test_weights_of_other_classes_keep_their_main_head(squares, tmp_path):
    source = build_network("googlenet", 7, 8, 1, seed=3)
    save_weights(source, tmp_path / "w.safetensors")
    recipe = Recipe(**SHORT | {"epochs": 1})
    made = skipcat.train(
        squares, "googlenet", recipe=recipe, pretrained=tmp_path / "w.safetensors",
        out=tmp_path / "out",
    )  # fmt: skip
    assert made.classes == tuple(f"class {i}" for i in range(7))
    assert torch.equal(made.network.linear.weight, source.linear.weight)
    assert made.evaluation is None  # labels of other classes judge nothing


def test_the_loss_is_hinton_s():
    main, head = torch.randn(4, 5), torch.randn(4, 5)
    p, q = F.softmax(main / 2, 1), F.softmax(head / 2, 1)
    expected = 4 * (p * (p / q).log()).sum(1).mean()
    torch.testing.assert_close(diverge(Logits(main, (head,)))[0], expected)
    assert distil.TEMPERATURE == 2
    assert float(diverge(Logits(main, (main + 3,)))[0]) == pytest.approx(0, abs=1e-6)


def test_trunk_and_main_head_stand_still_in_training_mode():
    net = build_network("inception_v3", 3, 32)
    model = HeadsWithLoss(net).train()
    training = {name for name, module in net.named_modules() if module.training}
    assert training and all(name.startswith("auxiliary") for name in training)
    learning = {name for name, p in net.named_parameters() if p.requires_grad}
    assert learning == {n for n, _ in net.named_parameters() if n.startswith("auxiliary.")}
    before = {k: t.clone() for k, t in net.state_dict().items()}
    model(torch.randn(4, 3, 32, 32), torch.zeros(4, dtype=torch.int64)).backward()
    still = [k for k in before if not k.startswith("auxiliary.")]
    assert all(torch.equal(before[k], net.state_dict()[k]) for k in still)


def test_agreement_is_with_the_main_head():
    net = build_network("googlenet", 2, 16)
    main = torch.tensor([[9.0, 0], [0, 9], [9, 0], [0, 9]])
    first, second = measure_agreement(net, Logits(main, (main, -main)))
    assert (first.row, first.agreement, first.divergence) == ("inception4a", 1.0, 0.0)
    assert second.agreement == 0 and second.divergence > 5
    low, high = first.agreement_interval
    assert 0.5 < low < 0.52 and high == 1


def test_what_cannot_be_warmed_is_refused_at_once(squares, tmp_path):
    with pytest.raises(RecipeError) as caught:
        skipcat.train(squares, "resnet18", recipe=Recipe(**SHORT), out=tmp_path / "o")
    assert str(caught.value) == (
        "only_auxiliary cannot be done: resnet18 has no auxiliary heads (googlenet, "
        "googlenet_2014, googlenet_3x3, inception_v3 have some); no pretrained weights are given, "
        "and a trunk of random weights has nothing to teach (--pretrained torchvision or FILE)."
    )
    assert not (tmp_path / "o").exists()
    with pytest.raises(RecipeError) as caught:
        Recipe(only_auxiliary=True, folds=5, stochastic_depth=0.5, activation_memory="sqrt")
    assert str(caught.value) == (
        "A field of the recipe cannot be used: only_auxiliary trains no trunk, which folds, "
        "stochastic_depth, activation_memory would change."
    )


def test_the_published_classes_are_a_thousand_names():
    names = list_published_classes("inception_v3")
    assert len(names) == len(set(names)) == 1000
    assert "crane bird" in names
