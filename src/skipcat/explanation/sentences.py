"""How far a map can be believed, and which branches answered, in plain words."""

from skipcat.explanation.branches.attribution import ModuleShares
from skipcat.explanation.heatmaps.result import METHOD_NAMES, HeatMap, MeanFaithfulness
from skipcat.text.numbers import join_sentences, percent
from skipcat.text.translation import Message


def say_map(one: HeatMap) -> Message:
    """Say whether a map can be believed, and by which figures."""
    found = one.faithfulness
    if found is None:
        return Message(
            "Nothing speaks for “{of_class}” here: the map is zero everywhere, so there is nothing "
            "to judge.",
            of_class=one.of_class,
        )
    size, maps = found.difference, found.random_maps
    beats = Message(
        "better than {beaten} of {maps} random maps", beaten=found.beaten, maps=found.random_maps
    )
    if one.verdict == "unjudged":
        return Message(
            "Cannot be judged: without the picture it says “{of_class}” as surely ({whole} with "
            "it, {least} or more without).",
            of_class=one.of_class,
            whole=percent(found.whole, 0),
            least=percent(min(found.deleted, found.blurred), 0),
        )
    if one.verdict == "believable":
        return Message(
            "Believable: taking away what it marks costs more than at random ({size:+.2f}), "
            "{beats}.",
            size=size,
            beats=beats,
        )
    if one.verdict == "doubtful":
        return Message(
            "Doubtful: taking away what it marks costs a little more than at random ({size:+.2f}), "
            "but it is {beats} only.",
            size=size,
            beats=beats,
        )
    if size > 0:
        return Message(
            "Explains nothing that chance would not: {others} of {maps} random maps do as well or "
            "better ({size:+.2f}).",
            others=maps - found.beaten,
            maps=maps,
            size=size,
        )
    return Message(
        "Explains nothing: taking away what it marks costs no more than at random ({size:+.2f}), "
        "{beats}.",
        size=size,
        beats=beats,
    )


def say_mean(method: str, mean: MeanFaithfulness | None) -> Message:
    """Say how faithful a method's maps were on average."""
    name = METHOD_NAMES[method]
    if mean is None:
        return Message("{method}: no map that could be judged.", method=name)
    between = ""
    if mean.interval:
        low, high = mean.interval
        between = Message(" ({low:+.2f} to {high:+.2f})", low=low, high=high)
    return Message(
        "{method}: {difference:+.2f}{between} against random maps on {n} map, {believable} "
        "believable.",
        "{method}: {difference:+.2f}{between} against random maps on {n} maps, {believable} "
        "believable.",
        method=name,
        difference=mean.difference,
        between=between,
        n=mean.maps,
        believable=mean.believable,
    )


def say_shares(shares: tuple[ModuleShares, ...]) -> str:
    """Say what the answer leant on most: in the last module that has branches, and overall."""
    inceptions = [one for one in shares if one.kind == "inception"]
    units = [one for one in shares if one.kind == "residual"]
    said: list[str] = []
    if inceptions:
        last = inceptions[-1]
        name = max(last.shares, key=lambda branch: last.shares[branch])
        said.append(
            Message(
                "In {module} the {name} branch carried most ({share}).",
                module=last.module,
                name=name,
                share=percent(last.shares[name], 0),
            )
        )
    if units:
        most = max(units, key=lambda unit: unit.shares["branch"])
        said.append(
            Message(
                "Of the residual branches that of {module} carried most ({share}).",
                module=most.module,
                share=percent(most.shares["branch"], 0),
            )
        )
    return join_sentences("", *said)
