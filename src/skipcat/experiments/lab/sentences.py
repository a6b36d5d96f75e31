"""What the lab says of how it measured, English and Chinese."""

from collections.abc import Sequence

from skipcat.training.prepared_data import Prepared
from skipcat.training.recipe import Recipe
from skipcat.training.schedule.learning_rate import BATCH_OF_RATE

Words = tuple[str, str]  # English, Chinese


def say_recipe(
    recipe: Recipe, epochs: int, prepared: Prepared, sides_px: Sequence[int] = ()
) -> Words:
    """Say how the networks were trained and judged, on images of which sizes."""
    train, validation = len(prepared.split.train), len(prepared.split.validation)
    sides = [str(side) for side in sides_px or [prepared.image_px]]
    side = " or ".join(sides).replace(" or ", ", ", max(0, len(sides) - 2))
    side_zh = "、".join(sides)
    batch, decay = recipe.batch_size, recipe.weight_decay
    rate = (recipe.learning_rate or 0) * batch / BATCH_OF_RATE
    warmup = f"{100 * recipe.warmup:.0f} %"
    return (
        f"Every network saw the same {train:,} training images of {side} px, unchanged, in the "
        f"same order, {epochs} times, {batch} in a step: SGD with momentum {recipe.momentum:g}, a "
        f"rate that rises to {rate:g} over {warmup} of the steps and falls along a cosine, weight "
        f"decay {decay:g}. {validation:,} other images validate. Intervals are over seeds (95 %, "
        "Student): another seed, these images.",
        f"每个网络看相同的 {train:,} 张 {side_zh} 像素训练图片，顺序相同，不做增强，"
        f"共 {epochs} 轮，每步 {batch} 张：带动量 {recipe.momentum:g} 的 SGD，学习率在前 {warmup} "
        "的步数内升到 "
        f"{rate:g}，再按余弦下降，权重衰减 {decay:g}。另有 {validation:,} 张图片用于验证。"
        "区间按随机种子计算（95 %，Student）：换种子，不换图片。",
    )


def say_seeds(kept: int, wanted: int) -> Words:
    """Say that there are fewer seeds."""
    number = "1 seed of" if kept == 1 else f"{kept} seeds of"
    return (
        f"The minutes hold {number} {wanted}; more minutes would show how much is chance.",
        f"时间只够 {wanted} 个随机种子中的 {kept} 个；更多时间才能看出有多少是偶然。",
    )


def say_repetitions(kept: int, wanted: int) -> Words:
    """Say that there are fewer repetitions of a measurement."""
    return (
        f"The minutes hold {kept} of {wanted} repetitions; more would show how much is chance.",
        f"时间只够重复 {kept} 次（原定 {wanted} 次）；更多次才能看出有多少是偶然。",
    )


def say_epochs(kept: int, wanted: int) -> Words:
    """Say that training is shorter."""
    return (
        f"The minutes hold {kept} epochs where the experiment wants {wanted}.",
        f"时间只够训练 {kept} 轮，本实验原定 {wanted} 轮。",
    )


def say_left_out(labels: Sequence[str]) -> Words:
    """Say which networks are left out."""
    return (
        f"Left out, since the minutes do not hold it: {'; '.join(labels)}.",
        f"时间不够，略去：{'；'.join(labels)}。",
    )
