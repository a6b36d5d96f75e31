"""Why a network was chosen, in plain words, English and Chinese."""

from collections.abc import Sequence

import numpy as np

from skipcat.choice.candidate import Candidate
from skipcat.choice.candidates import NOISY
from skipcat.choice.elimination import Answers, Left
from skipcat.choice.race_record import Race
from skipcat.evaluation.compare import Comparison
from skipcat.evaluation.intervals import wilson_interval

Words = tuple[str, str]  # English, Chinese


def _points(comparison: Comparison) -> str:
    """Give a difference and its interval in points: "0.4 (-1.2 to +2.0)"."""
    low, high = (100 * end for end in comparison.interval)
    return f"{100 * comparison.difference:+.1f} ({low:+.1f} … {high:+.1f})"


def say_winner(
    winner: Candidate, other: Candidate, comparison: Comparison | None, *, policy: str
) -> list[Words]:
    """Say why the winner and not the one that it was compared with.

    The comparison is of the leader with the winner, or of the second best with the winner.
    """
    if comparison is None:
        return [
            (f"{winner.network} was the only one left, so it is chosen.",
             f"只剩下 {winner.network}，因此选它。"),
        ]  # fmt: skip
    name, rival, images = winner.network, other.network, comparison.images
    difference = _points(comparison)
    speed = other.latency_p50_ms / winner.latency_p50_ms
    if comparison.can_tell:
        return [
            (f"{name} names more of the {images:,} validation images rightly than {rival} in "
             f"the race: by {difference} points, so it is chosen. Further training "
             "might still turn that.",
             f"比赛中，{name} 在 {images:,} 张验证图片上比 {rival} 答对得更多：相差 "
             f"{difference} 个百分点，因此选它。继续训练仍可能改变这个次序。"),
        ]  # fmt: skip
    more = comparison.images_missing
    needed = f"; about {more:,} more would be needed" if more else ""
    needed_zh = f"；大约还需要 {more:,} 张" if more else ""
    apart = (
        f"{name} and {rival} cannot be told apart on your {images:,} validation images "
        f"(difference {difference} points{needed})"
    )
    apart_zh = (
        f"在你的 {images:,} 张验证图片上分不出 {name} 和 {rival} 的高下"
        f"（相差 {difference} 个百分点{needed_zh}）"
    )
    if speed >= 1 and policy == "simplest":
        return [
            (f"{apart}; {name} answers {speed:.1f} times as fast, so it is chosen.",
             f"{apart_zh}；{name} 的回答速度是它的 {speed:.1f} 倍，因此选它。"),
        ]  # fmt: skip
    if comparison.difference == 0:
        return [
            (f"{apart}; {name} answers faster, so it is chosen.",
             f"{apart_zh}；{name} 回答得更快，因此选它。"),
        ]  # fmt: skip
    return [
        (f"{apart}; {name} was right more often, so it is chosen.",
         f"{apart_zh}；{name} 答对得更多一些，因此选它。"),
    ]  # fmt: skip


def say_reached(accuracy: float, network: str, right: np.ndarray) -> Words:
    """Say that a network reaches the accuracy that was asked for."""
    asked, images = f"{100 * accuracy:.3g} %", len(right)
    low, high = (100 * end for end in wilson_interval(int(right.sum()), images))
    share = f"{100 * right.mean():.1f} %"
    return (
        f"The fastest network that reaches {asked} is {network}: {share} of {images:,} validation "
        f"images in the race alone; of new images expect {low:.1f} to {high:.1f} %.",
        f"达到 {asked} 的最快网络是 {network}：仅在比赛中就答对了 {images:,} 张验证图片的 "
        f"{share}；对新图片，预计为 {low:.1f} % 到 {high:.1f} %。",
    )


def say_not_reached(accuracy: float, answers: Answers) -> Words:
    """Say that none reaches the accuracy that was asked for, and which came nearest."""
    asked = f"{100 * accuracy:.3g} %"
    best = max(answers, key=lambda one: answers[one].mean())
    share = f"{100 * answers[best].mean():.1f} %"
    return (
        f"No network reached {asked} in the race; {best} came nearest with {share}, and the "
        "winner's further training will add to that.",
        f"比赛中没有网络达到 {asked}；最接近的是 {best}（{share}），优胜者继续训练后还会提高。",
    )


def say_left(one: Left) -> Words:
    """Say why a network left the race."""
    rung = one.rung + 1
    difference = _points(one.comparison)
    if one.sure:
        return (
            f"{one.network} left after rung {rung}: worse than {one.leader} by evidence "
            f"({difference} points) and not about to catch up.",
            f"{one.network} 在第 {rung} 轮后退出：证据表明它不如 {one.leader}"
            f"（{difference} 个百分点），而且追不上。",
        )
    return (
        f"{one.network} left after rung {rung}, as one of the least promising, so that others "
        f"have more time: {difference} points from {one.leader}; later it might have come nearer.",
        f"{one.network} 在第 {rung} 轮后退出，因为它属于最没有希望的，时间让给了其他网络：它与 "
        f"{one.leader} 相差 {difference} 个百分点；再训练下去也许会接近。",
    )


def say_race(race: Race) -> list[Words]:
    """Say who left, who was not tried, and what is uncertain about the order of latencies."""
    said = [say_left(one) for one in race.left]
    for name, rung in race.diverged.items():
        said.append(
            (f"{name} left in rung {rung + 1}: its training diverged.",
             f"{name} 在第 {rung + 1} 轮退出：训练发散了。")
        )  # fmt: skip
    for one in race.not_tried:
        said.append(
            (
                f"{one.network} was not tried: {one.reason}.",
                f"没有尝试 {one.network}：{one.reason_zh}。",
            )
        )
    noisy = [c.network for c in race.candidates if c.latency_spread > NOISY]
    if noisy:
        names = ", ".join(noisy)
        said.append(
            (f"The latency of {names} changed by more than {100 * NOISY:.0f} % from round to "
             "round, although it was measured longer: something else was using this machine, so "
             "take the order of speed with care.",
             f"虽然延长了测量，{names} 的延迟在各轮之间仍变化超过 {100 * NOISY:.0f} %：机器上还有"
             "别的程序在运行，这里的快慢次序仅供参考。")
        )  # fmt: skip
    return said


def say_unseen(classes: Sequence[str]) -> list[Words]:
    """Say of which classes the choice knows nothing."""
    if not classes:
        return []
    names = ", ".join(classes[:5]) + (f" and {len(classes) - 5} more" if classes[5:] else "")
    names_zh = "、".join(classes[:5]) + (f" 等 {len(classes)} 类" if classes[5:] else "")
    return [
        (f"No validation image is of {names}: the choice knows nothing of them. More images of "
         "them, or a larger --validation, would change that.",
         f"验证图片里没有 {names_zh}：这个选择对它们一无所知。增加这些类别的图片，或加大 "
         "--validation，可以改变这一点。"),
    ]  # fmt: skip


def say_what_would_change(race: Race, winner: str) -> list[Words]:
    """Say at what latency another network would be chosen."""
    answers = race.answers
    last = race.last_rung
    if winner not in last:
        return []
    chosen, ahead = race.find(winner), []
    for candidate in race.candidates:
        if candidate.network == winner or candidate.network not in last:
            continue
        at = answers[min(last[winner], last[candidate.network])]
        lead = at[candidate.network].mean() - at[winner].mean()
        if lead > 0 and candidate.latency_p50_ms > chosen.latency_p50_ms:
            ahead.append((lead, candidate))
    if not ahead:
        return []
    lead, best = max(ahead, key=lambda pair: pair[0])
    more = best.latency_p50_ms - chosen.latency_p50_ms
    return [
        (f"If an answer may take {more:.2g} ms longer and every bit of accuracy counts: "
         f"{best.network}, which was {100 * lead:.1f} points ahead in the race.",
         f"如果一次回答可以多花 {more:.2g} 毫秒，而且精度最要紧：可选 {best.network}，"
         f"比赛中它领先 {100 * lead:.1f} 个百分点。"),
    ]  # fmt: skip
