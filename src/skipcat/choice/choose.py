"""Which network for these images, on this machine, within this budget: measured, not guessed."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from skipcat.choice.budget import Budget
from skipcat.choice.candidates import PUBLISHED_USUAL, USUAL, gather_candidates
from skipcat.choice.elimination import cheapest_that_reaches, find_frontier, pick_winner
from skipcat.choice.race import RACE_SHARE, find_warm_start, keep_who_fits, run_race
from skipcat.choice.race_record import (
    Race,
    check_folder,
    check_record,
    drop_networks,
    read_race,
    say_setting,
    write_race,
)
from skipcat.choice.reasons import (
    say_not_reached,
    say_race,
    say_reached,
    say_unseen,
    say_what_would_change,
    say_winner,
)
from skipcat.choice.request import ChoiceRequest, Policy
from skipcat.choice.result import Choice, Option
from skipcat.data.dataset import Dataset
from skipcat.data.exclusion import Exclude
from skipcat.engines.device import pick_device
from skipcat.engines.threads import tell_of_threads
from skipcat.errors import DataError, RunError, WeightsError
from skipcat.evaluation.intervals import wilson_interval
from skipcat.files import write_json
from skipcat.networks.catalogue import find_entry
from skipcat.networks.weights.torchvision import PUBLISHED, fetch_pretrained
from skipcat.reporting import Auto, Progress, Reporter, Tell, open_reporter
from skipcat.text.translation import Message
from skipcat.training.initial_weights import SMALLEST_PRETRAINED_PX, say_too_small_for_weights
from skipcat.training.prepared_data import PreparedData, prepare_data
from skipcat.training.recipe import Recipe
from skipcat.training.request import USUAL_NETWORK, WarmStart
from skipcat.training.run_folder.lock import hold_run
from skipcat.training.run_folder.resume import describe_environment
from skipcat.training.schedule.plan import find_batch

RESULT = "choice.json"
# Fewer cannot tell networks apart whose accuracies differ by less than a third.
VALIDATION_AT_LEAST = 30


def choose(  # noqa: PLR0913  the public face, by keyword
    data: object,
    *,
    budget: Budget | None = None,
    networks: Sequence[str] | None = None,
    accuracy: float | None = None,
    policy: Policy = "simplest",
    recipe: Recipe | None = None,
    pretrained: str | None = "torchvision",
    out: str | Path | None = None,
    resume: bool = False,
    exclude: Exclude | None = None,
    progress: Progress | Auto | None = "auto",
    tell: Tell | Auto | None = "auto",
) -> Choice:
    """Let networks race on the images; give the one to take within the budget, and why.

    All candidates train for equal times, are judged on the same validation images, and leave when
    they are beaten (`choice/race.py`). Of the last ones the fastest wins that is not beaten; with
    policy "best" the one that is right most often. `accuracy` asks for the fastest that reaches
    it. `networks` are the candidates; by default one for each idea and class of cost, or those of
    which torchvision's weights can be had (`pretrained`, "none" for training from scratch): their
    first rung is a linear probe. The budget's minutes are those of the whole job: the race takes
    two fifths of them. `out` defaults to NAME.choice; with `resume` a race that stands there goes
    on. `progress` and `tell` are those of `train`.

    Raises:
        SkipcatError: data, budget, networks or recipe that cannot be used; a race in the way.
    """
    with (
        open_reporter(progress, tell) as reporter,
        hold_run(data, out, exclude, reporter.tell, kind="choice") as (dataset, folder),
    ):
        request = ChoiceRequest(budget, networks, accuracy, policy, recipe, pretrained, resume)
        choice, _ = choose_with_warm_start(dataset, folder, request, reporter)
        drop_networks(folder)
    return choice


def choose_with_warm_start(
    dataset: Dataset, folder: Path, request: ChoiceRequest, reporter: Reporter
) -> tuple[Choice, WarmStart | None]:
    """Choose as `choose` does, in `folder`; return also where the network stands, to go on."""
    started, tell = time.monotonic(), reporter.tell
    found = read_race(folder)
    check_folder(folder, found, resume=request.resume)
    request = request.complete(found)
    recipe, budget = request.recipe or Recipe(), request.budget or Budget()
    tell_of_threads(tell, int(found.setting.get("threads", 0)) or None if found else None)
    device = pick_device(recipe.device)
    prepared = prepare_data(dataset, find_entry(USUAL_NETWORK), recipe, progress=reporter.progress)
    tell(prepared.checkup.summarise())
    _check_validation(prepared)
    recipe = replace(recipe, batch=find_batch(recipe, len(prepared.split.train)))
    request = replace(request, recipe=recipe)
    if found:
        check_record(folder, found, prepared, recipe, request.to_dict())
        for sentence in say_setting(found, device):
            tell(sentence)
        race = found
    else:
        race = _begin_race(prepared, request, started + 60 * budget.minutes, device, tell)
        write_race(folder, race)
        tell(_say_candidates(race))
    race = run_race(race, prepared, folder, recipe=recipe, reporter=reporter)
    choice = decide(
        race, dataset.source or dataset.name, folder, budget, recipe,
        policy=request.policy, accuracy=request.accuracy, unseen=_find_unseen(prepared),
    )  # fmt: skip
    write_json(folder / RESULT, choice.to_dict())
    return choice, find_warm_start(race, folder, choice.network, prepared, recipe)


def _begin_race(
    prepared: PreparedData, request: ChoiceRequest, end: float, device: torch.device, tell: Tell
) -> Race:
    """Find the candidates, and how long they may run; all ends at `end`, a time.monotonic()."""
    recipe, budget = request.recipe or Recipe(), request.budget or Budget()
    published = find_published(
        request.pretrained or "none", request.networks, prepared.image_px, tell
    )
    candidates, not_tried = gather_candidates(
        request.networks or (PUBLISHED_USUAL if published else USUAL), prepared, recipe, budget,
        seconds=(1 - RACE_SHARE) * (end - time.monotonic()), device=device, published=published,
    )  # fmt: skip
    seconds = max(1.0, RACE_SHARE * (end - time.monotonic()))
    kept, too_many = keep_who_fits(candidates, seconds)
    return Race(
        prepared.fingerprint, recipe.to_dict(), describe_environment(device), request.to_dict(),
        seconds, kept, (*not_tried, *too_many),
    )  # fmt: skip


def decide(
    race: Race,
    data: str,
    folder: Path,
    budget: Budget,
    recipe: Recipe,
    *,
    policy: Policy,
    accuracy: float | None,
    unseen: Sequence[str] = (),
) -> Choice:
    """Return the choice that follows from what a race has measured.

    `unseen` are classes of which no validation image is.

    Raises:
        RunError: every candidate diverged.
    """
    answers, latency = race.answers, {c.network: c.latency_p50_ms for c in race.candidates}
    finalists = race.running
    if not finalists:
        raise RunError(
            f"The training of all {len(race.candidates)} candidates diverged; try a lower "
            "learning_rate."
        )
    said: list[Message] = []
    if not race.rungs or not any(race.rungs):
        name = finalists[0]
        said += say_winner(race.find(name), race.find(name), None, policy=policy)
    else:
        last = max(rung for rung, each in enumerate(answers) if set(finalists) & set(each))
        final = {name: answers[last][name] for name in finalists if name in answers[last]}
        name, other, comparison = pick_winner(final, latency, policy=policy)
        said += say_winner(race.find(name), race.find(other), comparison, policy=policy)
        if accuracy is not None:
            everyone = {n: answers[r][n] for n, r in race.last_rung.items()}
            reached = cheapest_that_reaches(accuracy, everyone, latency)
            if reached:
                name, said = reached, [say_reached(accuracy, reached, everyone[reached])]
            else:
                said.insert(0, say_not_reached(accuracy, everyone))
    said += say_what_would_change(race, name)
    said += say_unseen(unseen)
    said += say_race(race)
    chosen = race.find(name)
    return Choice(
        data=data,
        network=name,
        image_px=chosen.image_px,
        stem_reduction=chosen.stem_reduction,
        pretrained=chosen.pretrained,
        recipe=recipe,
        budget=budget,
        options=_list_options(race),
        frontier=find_frontier(race.last_rung, answers, latency),
        reasons=tuple(said),
        folder=folder,
    )


def find_published(
    pretrained: str, networks: Sequence[str] | None, image_px: int, tell: Tell
) -> frozenset[str]:
    """Return the networks whose published weights can be had, and tell why there are none."""
    if pretrained == "none":
        return frozenset()
    if image_px < SMALLEST_PRETRAINED_PX:
        tell(say_too_small_for_weights(image_px))
        return frozenset()
    names = [find_entry(name).name for name in networks or PUBLISHED_USUAL]
    found = set()
    for name in names:
        if name not in PUBLISHED:
            continue
        try:
            fetch_pretrained(name)
        except WeightsError as error:
            tell(Message("Training from scratch. {error}", error=str(error)))
            return frozenset()
        found.add(name)
    return frozenset(found)


def _find_unseen(prepared: PreparedData) -> tuple[str, ...]:
    dataset = prepared.dataset
    seen = set(dataset.labels[prepared.split.validation].tolist())
    return tuple(name for label, name in enumerate(dataset.classes) if label not in seen)


def _list_options(race: Race) -> tuple[Option, ...]:
    options = []
    for name, rung in race.last_rung.items():
        answer, candidate = race.rungs[rung][name], race.find(name)
        right = answer.right.count("1")
        options.append(
            Option(
                candidate,
                right / len(answer.right),
                wilson_interval(right, len(answer.right)),
                len(answer.right),
                answer.step * candidate.seconds_per_step,
                rung,
            )
        )
    return tuple(sorted(options, key=lambda one: (-one.rung, -one.accuracy)))


def _say_candidates(race: Race) -> Message:
    names = tuple(
        Message("{network} at {image_px} px", network=c.network, image_px=c.image_px)
        for c in race.candidates
    )
    return Message(
        "{n} network within the budget: {names}.",
        "{n} networks within the budget: {names}.",
        n=len(names),
        names=names,
    )


def _check_validation(prepared: PreparedData) -> None:
    count = len(prepared.split.validation)
    if count < VALIDATION_AT_LEAST:
        raise DataError(
            f"{count} validation images cannot tell networks apart; {VALIDATION_AT_LEAST} or more "
            "are needed: more images, or a larger --validation."
        )
