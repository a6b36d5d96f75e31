import json
import shutil
import signal
from dataclasses import asdict, replace

import numpy as np
import pytest

import skipcat
from skipcat.choice import candidates as candidates_module
from skipcat.choice import race as race_module
from skipcat.choice.budget import Budget
from skipcat.choice.race_record import RECORD, read_race
from skipcat.choice.reasons import say_not_reached
from skipcat.data.dataset import open_dataset
from skipcat.errors import DataError, NetworkError, RecipeError, RunError
from skipcat.text.translation import _, use_language

NETWORKS = ("resnet_cifar8", "plain_cifar8", "resnet_cifar14")


@pytest.fixture(scope="module")
def speed():
    """Speeds that do not depend on this machine, so that races are functions of their seeds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            candidates_module, "time_images", lambda *given: lambda side_px, reduction: 4e-4
        )
        patch.setattr(candidates_module, "LATENCY_SECONDS", 0.02)
        patch.setattr(race_module, "MOST_PACE", 1.0)
        patch.setattr(race_module, "LEAST_STEPS", 10)
        yield


@pytest.fixture(scope="module")
def race(tmp_path_factory, speed):
    out = tmp_path_factory.mktemp("choice") / "race"
    told = []
    choice = skipcat.choose(
        "digits", budget=Budget(minutes=0.3), networks=NETWORKS, out=out, tell=told.append
    )
    return choice, out, told


def outcome(choice):
    figures = {one.candidate.network: (one.accuracy, one.rung) for one in choice.options}
    return choice.network, figures, choice.frontier


def test_a_choice_names_a_network_its_rivals_and_why(race):
    choice, out, told = race
    assert choice.network in NETWORKS
    assert {one.candidate.network for one in choice.options} == set(NETWORKS)
    assert choice.frontier
    assert choice.image_px == 8
    assert choice.recipe.minutes == 0.3
    assert "so it is chosen" in choice.reasons[0]
    assert any(sentence.startswith("Race 1/2, after ") for sentence in told)
    assert json.loads((out / "choice.json").read_text())["network"] == choice.network
    assert not list(out.rglob("*.safetensors"))  # the record keeps the answers, nobody the networks
    assert all(len(line) <= 80 for line in str(choice).splitlines())
    assert "因此选它" in choice.describe("zh").replace("\n", "")
    for one in choice.options:
        low, high = one.accuracy_interval
        assert low <= one.accuracy <= high
        assert one.candidate.latency_p50_ms <= one.candidate.latency_p95_ms
        assert one.candidate.file_mib == pytest.approx(one.candidate.parameters * 4 / 2**20)


def test_every_network_was_trained_for_equal_time_and_saw_the_same_judges(race):
    _, out, _ = race
    found = read_race(out)
    assert found is not None
    for rung in found.rungs:
        assert len({answer.step for answer in rung.values()}) == 1  # at equal speed
        assert len({len(answer.right) for answer in rung.values()}) == 1
    assert len(found.rungs[0]) == 3
    assert len(found.rungs[1]) == 2


def test_a_finished_race_is_read_and_not_run_again(race):
    choice, out, _ = race
    told = []
    again = skipcat.choose("digits", out=out, resume=True, tell=told.append)
    assert outcome(again) == outcome(choice)
    assert not any(sentence.startswith("Race") for sentence in told)
    with pytest.raises(RunError, match="already holds a race; continue it with --resume"):
        skipcat.choose("digits", out=out)


@pytest.mark.parametrize("at", ["networks within", "Race 1/2", "batch 40"])
def test_a_race_that_is_stopped_goes_on_to_the_same_end(speed, tmp_path, at):
    out, peer = tmp_path / "race", tmp_path / "peer"
    calls = []

    def stop(sentence):
        if at in sentence:
            raise KeyboardInterrupt

    def interrupt(what, done, total):
        calls.append(what)
        if at == f"batch {sum('Race' in call for call in calls)}":
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        skipcat.choose(
            "digits", budget=Budget(minutes=0.3), networks=NETWORKS, out=out, tell=stop,
            progress=interrupt,
        )  # fmt: skip
    # The same race from its beginning, never stopped: its plans are those of the record.
    peer.mkdir()
    record = json.loads((out / RECORD).read_text())
    assert len(record["rungs"]) == (1 if at == "Race 1/2" else 0)
    (peer / RECORD).write_text(json.dumps({**record, "rungs": [], "pace": 1.0}))
    again, whole = (skipcat.choose("digits", out=each, resume=True) for each in (out, peer))
    assert read_race(out) == read_race(peer)
    assert outcome(again) == outcome(whole)


def test_a_race_that_is_slower_than_foreseen_has_shorter_rungs_later(race):
    found = read_race(race[1])
    assert found.pace == 1
    [first, second] = (replace(found, pace=1.0).seconds_at(rung) for rung in (0, 1))
    slow = replace(found, pace=2.0)
    assert slow.seconds_at(0) == first
    assert slow.seconds_at(1) == pytest.approx(first + (second - first) / 2)


def test_budgets_are_kept_and_what_none_meets_names_the_nearest(speed, tmp_path):
    def choose(**budget):
        return skipcat.choose(
            "digits", budget=Budget(minutes=0.1, **budget), networks=NETWORKS[:2],
            out=tmp_path / str(budget),
        )  # fmt: skip

    with pytest.raises(RecipeError, match=r"No network meets the budget: parameters 1,000 \(the"):
        choose(parameters=1000)
    with pytest.raises(RecipeError, match=r"latency_ms 1e-06 \(the least is .*: \w+_cifar8\)"):
        choose(latency_ms=1e-6)
    assert choose(parameters=10**6).network in NETWORKS


def test_one_network_needs_no_race(speed, tmp_path):
    choice = skipcat.choose(
        "digits", budget=Budget(minutes=0.1), networks=["resnet_cifar8"], out=tmp_path / "one"
    )
    assert choice.network == "resnet_cifar8"
    assert choice.reasons[0] == "resnet_cifar8 was the only one left, so it is chosen."
    assert choice.options == ()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"policy": "cheapest"}, "No policy is called 'cheapest'. There are: simplest, best."),
        ({"accuracy": 95}, "accuracy is 95; a share above 0 and at most 1 is needed."),
        ({"networks": []}, "No network is named; leave networks out for the usual ones."),
    ],
)
def test_wrong_wishes_are_refused(given, says, tmp_path):
    with pytest.raises(RecipeError) as refused:
        skipcat.choose("digits", out=tmp_path / "x", **given)
    assert str(refused.value) == says
    assert not (tmp_path / "x").exists()


def test_networks_that_do_not_exist_and_too_few_judges_are_refused(tmp_path):
    with pytest.raises(NetworkError, match="No network is called 'resnet52'"):
        skipcat.choose("digits", networks=["resnet52"], out=tmp_path / "x")
    with pytest.raises(DataError) as refused:
        skipcat.choose("digits", recipe=skipcat.Recipe(validation=0.01), out=tmp_path / "x")
    assert str(refused.value) == (
        "20 validation images cannot tell networks apart; 30 or more are needed: more images, or "
        "a larger --validation."
    )
    assert not (tmp_path / "x").exists()


def test_a_record_of_other_data_or_another_wish_is_refused(race, tmp_path):
    _, out, _ = race
    copy = tmp_path / "race"
    shutil.copytree(out, copy)
    with pytest.raises(RunError, match=r"was begun otherwise \(minutes 0.3, now 0.5\)"):
        skipcat.choose("digits", budget=Budget(minutes=0.5), out=copy, resume=True)
    with pytest.raises(RunError, match=r"begun otherwise \(pretrained torchvision, now none\)"):
        skipcat.choose("digits", pretrained="none", out=copy, resume=True)
    record = json.loads((copy / RECORD).read_text())
    elsewhere = {**record, "setting": {**record["setting"], "torch": "1.0"}}
    (copy / RECORD).write_text(json.dumps(elsewhere))
    told = []
    skipcat.choose("digits", out=copy, resume=True, tell=told.append)
    assert any(one.startswith("The race was begun with another setting (torch 1.0") for one in told)
    (copy / RECORD).write_text(json.dumps({**record, "fingerprint": "0"}))
    with pytest.raises(RunError, match="was run on other images or labels than 'digits' holds"):
        skipcat.choose("digits", out=copy, resume=True)
    (copy / RECORD).write_text("{")
    with pytest.raises(RunError, match="is damaged; choose another --out, or delete"):
        skipcat.choose("digits", out=copy, resume=True)


def test_an_accuracy_that_is_asked_for_takes_the_fastest_that_reaches_it(race, tmp_path):
    _, out, _ = race
    low = skipcat.choose("digits", out=out, resume=True, accuracy=0.01)
    fastest = min(low.options, key=lambda one: one.candidate.latency_p50_ms)
    assert low.network == fastest.candidate.network
    assert low.reasons[0].startswith(f"The fastest network that reaches 1 % is {low.network}: ")
    high = skipcat.choose("digits", out=out, resume=True, accuracy=1.0)
    reached = any(one.accuracy == 1 for one in high.options)
    start = "The fastest network that reaches" if reached else "No network reached"
    assert high.reasons[0].startswith(f"{start} 100 %")


def test_an_accuracy_that_none_reaches_keeps_the_winner_and_names_who_came_nearest():
    said = say_not_reached(0.95, {"a": np.arange(10) < 9, "b": np.arange(10) < 5})
    assert said.startswith("No network reached 95 % in the race; a came nearest with 90.0 %")
    with use_language("zh"):
        assert "最接近的是 a（90.0%）" in _(said)


def test_the_budget_of_a_choice_can_be_written_down(race):
    assert race[0].to_dict()["budget"] == asdict(Budget(minutes=0.3))


def test_a_class_that_no_judge_shows_is_named(speed, tmp_path):
    dataset = open_dataset("digits")
    labels = np.array(dataset.labels)
    rows = np.concatenate([np.flatnonzero(labels < 3), np.flatnonzero(labels == 3)[:2]])
    pixels = np.stack(dataset.images)[rows]
    choice = skipcat.choose(
        (pixels, labels[rows]), budget=Budget(minutes=0.1), networks=NETWORKS[:2],
        out=tmp_path / "race",
    )  # fmt: skip
    [told] = [one for one in choice.reasons if one.startswith("No validation image is of")]
    assert told.startswith("No validation image is of 3: the choice knows nothing of them.")


def test_when_all_diverge_nothing_is_chosen_and_the_record_stays(speed, tmp_path):
    out = tmp_path / "race"
    told = []
    with pytest.raises(RunError) as refused:
        skipcat.choose(
            "digits", budget=Budget(minutes=0.1), networks=NETWORKS[:2], out=out, tell=told.append,
            recipe=skipcat.Recipe(learning_rate=100, weight_decay=1),
        )  # fmt: skip
    assert str(refused.value) == (
        "The training of all 2 candidates diverged; try a lower learning_rate."
    )
    assert sum("leaves the race: " in sentence for sentence in told) == 2
    assert read_race(out).diverged.keys() == set(NETWORKS[:2])
