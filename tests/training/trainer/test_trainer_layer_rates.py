import math

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import skipcat
from skipcat.networks.catalogue import build_network
from skipcat.training.schedule import time_budget as pace
from skipcat.training.trainer import first_plan, learner
from skipcat.training.trainer.layer_rates import TINY_BATCH, settle_trunk, share_rates
from skipcat.training.trainer.optimizer import build_optimiser, set_rate

NETWORK = "resnet_cifar8"


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "inception_v3"])
def test_rates_fall_towards_the_stem_and_the_heads_have_all_of_it(name):
    net = build_network(name, 3, image_px=64)
    shares = share_rates(net)
    by_row = [shares[f"{row}.{p}"] for row, m in net.stages() for p, _ in m.named_parameters()]
    assert by_row == sorted(by_row)
    assert by_row[0] == pytest.approx(0.1)
    assert by_row[-1] == 1
    assert all(share == 1 for p, share in shares.items() if p.startswith("auxiliary."))
    optimiser = build_optimiser(net, skipcat.Recipe(), shares)
    set_rate(optimiser, 0.5)
    names = {id(p): n for n, p in net.named_parameters()}
    found = {names[id(p)]: g["lr"] for g in optimiser.param_groups for p in g["params"]}
    assert found == {n: 0.5 * share for n, share in shares.items()}


def test_a_trunk_held_still_neither_learns_nor_counts_and_is_let_go_again():
    net = build_network("googlenet", 3, image_px=32).train()
    settle_trunk(net, heads_alone=True, batch=64)
    before = {k: v.clone() for k, v in net.state_dict().items()}
    logits = net.forward_with_auxiliary(torch.randn(4, 3, 32, 32))
    sum(part.sum() for part in (logits.main, *logits.auxiliary)).backward()
    learnt = {name.split(".")[0] for name, p in net.named_parameters() if p.grad is not None}
    assert learnt == {"auxiliary", "linear"}
    after = net.state_dict()
    moved = {k.split(".")[0] for k in before if not torch.equal(before[k], after[k])}
    assert moved <= {"auxiliary"}  # the norms of the heads
    settle_trunk(net, heads_alone=False, batch=64)
    assert all(m.training for m in net.modules())
    assert all(p.requires_grad for p in net.parameters())


@pytest.mark.parametrize(("batch", "moving"), [(TINY_BATCH - 1, False), (TINY_BATCH, True)])
def test_norms_keep_their_statistics_where_batches_are_tiny(batch, moving):
    net = build_network(NETWORK, 3).train()
    settle_trunk(net, heads_alone=False, batch=batch)
    norms = [m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert {m.training for m in norms} == {moving}


def test_a_run_from_weights_moves_its_head_first(digits, trained, tmp_path):
    weights = trained / "weights.safetensors"
    # A tenth of the five steps is the first step, in which nothing but the head may move.
    recipe = skipcat.Recipe(epochs=1, batch=48, test=0.0, validation=0.0, ema_decay=0.0)
    moved = {}

    class StopHereError(Exception):
        pass

    def stop_after_a_step(what, done, total):
        if what.startswith("Epoch"):
            raise StopHereError

    def keep(network, recipe, shares):
        moved["network"] = network
        return build_optimiser(network, recipe, shares)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(StopHereError):
        patch.setattr(learner, "build_optimiser", keep)
        skipcat.train(
            digits, network=NETWORK, recipe=recipe, out=tmp_path / "out", pretrained=weights,
            progress=stop_after_a_step,
        )  # fmt: skip
    now, before = moved["network"].state_dict(), load_file(weights)
    changed = {k for k in before if not np.array_equal(before[k], now[k].contiguous())}
    assert changed == {"fc.weight", "fc.bias"}


def test_the_epochs_of_heads_alone_say_nothing_of_the_pace(digits, trained, tmp_path, monkeypatch):
    seen = []

    def mend(plan, spent, *given):
        seen.append((plan, spent))

    monkeypatch.setattr(first_plan, "measure_step_time", lambda *given: lambda *size: 1e-3)
    monkeypatch.setattr(pace, "mend_plan", mend)
    skipcat.train(
        digits, network=NETWORK, recipe=skipcat.Recipe(minutes=0.1), out=tmp_path / "out",
        pretrained=trained / "weights.safetensors",
    )  # fmt: skip
    plan, _ = seen[0]
    alone = math.ceil(0.1 * plan.length)  # epochs that begin in the first tenth
    assert 2 <= alone < plan.epochs
    quick = {int(spent.epochs): int(spent.quick[0]) for _, spent in seen}
    assert quick == {epoch: min(epoch, alone) for epoch in quick}
    assert len(quick) > alone
