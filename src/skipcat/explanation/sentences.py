"""How far a map can be believed, and which branches answered, in plain English and Chinese."""

from skipcat.explanation.branches.attribution import ModuleShares
from skipcat.explanation.heatmaps.result import HeatMap, MeanFaithfulness
from skipcat.explanation.heatmaps.target_layer import Words


def say_map(one: HeatMap) -> Words:
    """Say whether a map can be believed, and by which figures."""
    found = one.faithfulness
    if found is None:
        return (
            f"Nothing speaks for “{one.of_class}” here: the map is zero everywhere, so there is "
            "nothing to judge.",
            f"这里没有什么支持“{one.of_class}”：热图处处为零，无从评判。",
        )
    beats = f"better than {found.beaten} of {found.random_maps} random maps"
    beats_zh = f"胜过 {found.random_maps} 张随机图中的 {found.beaten} 张"
    size = f"{found.difference:+.2f}"
    if one.verdict == "unjudged":
        least = 100 * min(found.deleted, found.blurred)
        return (
            f"Cannot be judged: without the picture it says “{one.of_class}” as surely "
            f"({100 * found.whole:.0f} % with it, {least:.0f} % or more without).",
            f"无法评判：没有图片时它说“{one.of_class}”的把握也一样大"
            f"（有图 {100 * found.whole:.0f}%，无图至少 {least:.0f}%）。",
        )
    if one.verdict == "believable":
        return (
            f"Believable: taking away what it marks costs more than at random ({size}), {beats}.",
            f"可信：去掉它标出的部分比随机去掉损失更大（{size}），{beats_zh}。",
        )
    if one.verdict == "doubtful":
        return (
            f"Doubtful: taking away what it marks costs a little more than at random ({size}), but "
            f"it is {beats} only.",
            f"存疑：去掉它标出的部分比随机去掉损失略大（{size}），但只{beats_zh}。",
        )
    if found.difference > 0:
        others = found.random_maps - found.beaten
        return (
            f"Explains nothing that chance would not: {others} of {found.random_maps} random maps "
            f"do as well or better ({size}).",
            f"并不比碰运气解释得更多：{found.random_maps} 张随机图中有 {others} 张同样好或更好"
            f"（{size}）。",
        )
    return (
        f"Explains nothing: taking away what it marks costs no more than at random ({size}), "
        f"{beats}.",
        f"什么也没解释：去掉它标出的部分并不比随机去掉损失更大（{size}），{beats_zh}。",
    )


def say_mean(method: str, mean: MeanFaithfulness | None) -> Words:
    """Say how faithful a method's maps were on average."""
    if mean is None:
        return (f"{method}: no map that could be judged.", f"{method}：没有可评判的热图。")
    between = between_zh = ""
    if mean.interval:
        between = " ({:+.2f} to {:+.2f})".format(*mean.interval)
        between_zh = "（{:+.2f} 至 {:+.2f}）".format(*mean.interval)
    maps = "1 map" if mean.maps == 1 else f"{mean.maps} maps"
    return (
        f"{method}: {mean.difference:+.2f}{between} against random maps on {maps}, "
        f"{mean.believable} believable.",
        f"{method}：{mean.maps} 张热图平均比随机图高 {mean.difference:+.2f}{between_zh}，"
        f"其中 {mean.believable} 张可信。",
    )


def say_shares(shares: tuple[ModuleShares, ...]) -> Words:
    """Say what the answer leant on most: in the last module that has branches, and overall."""
    inceptions = [one for one in shares if one.kind == "inception"]
    units = [one for one in shares if one.kind == "residual"]
    english, chinese = [], []
    if inceptions:
        last = inceptions[-1]
        name = max(last.shares, key=lambda branch: last.shares[branch])
        share = f"{100 * last.shares[name]:.0f}"
        english.append(f"In {last.module} the {name} branch carried most ({share} %).")
        chinese.append(f"在 {last.module} 中，{name} 分支承担最多（{share}%）。")
    if units:
        most = max(units, key=lambda unit: unit.shares["branch"])
        share = f"{100 * most.shares['branch']:.0f}"
        english.append(f"Of the residual branches that of {most.module} carried most ({share} %).")
        chinese.append(f"残差分支里，{most.module} 的承担最多（{share}%）。")
    return " ".join(english), "".join(chinese)
