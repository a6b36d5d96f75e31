"""How training went: one small figure for each quantity, against epochs."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from skipcat.plots import style
from skipcat.text.translation import Message, _

History = Sequence[Mapping[str, float | None]]

_WIDTH_PX, _HEIGHT_PX = 400, 240
_TITLES = {
    "loss": Message("loss (nats)"),
    "accuracy": Message("right answers (%)"),
    "learning_rate": Message("learning rate"),
    "image_px": Message("image size (px)"),
}


def draw_history(history: History) -> dict[str, Figure]:
    """Draw what the history holds of loss, accuracy, learning_rate and image_px.

    Each epoch is a mapping; its values may be None, NaN or missing. A figure without a single
    value is not made. The epochs' axis says how many minutes they took where `seconds` (since
    the start) are known.
    """
    figures = {}
    for name, title in _TITLES.items():
        scale = 100.0 if name == "accuracy" else 1.0
        lines = {
            part: values
            for part, key in _columns(name).items()
            if np.isfinite(values := scale * _read(history, key)).any()
        }
        if lines:
            figures[name] = _draw_lines(history, title, lines)
    return figures


def _columns(name: str) -> dict[str, str]:
    if name in ("loss", "accuracy"):
        return {Message("training"): f"train_{name}", Message("validation"): f"validation_{name}"}
    return {"": name}


def _draw_lines(history: History, title: str, lines: dict[str, np.ndarray]) -> Figure:
    figure = style.new_figure(_WIDTH_PX, _HEIGHT_PX)
    axes = style.add_axes(figure, left=50, right=14, top=38, bottom=46)
    epochs = _epochs(history)
    colours = {"training": style.ORANGE, "validation": style.MARK, "": style.GREEN}
    for part, values in lines.items():
        _draw_line(axes, epochs, values, label=_(part), colour=colours[part])
    if title == _TITLES["image_px"]:
        axes.lines[0].set_drawstyle("steps-mid")
    _set_limits(axes, epochs, lines)
    style.rule_grid(axes, "y")
    style.label_axes(axes, x=_time_label(history), y=_(title))
    if "" not in lines:
        look = {"loc": "lower right", "borderaxespad": 0.2, "handlelength": 1.2}
        style.add_legend(axes, (1.0, 1.0), 2, **look)
    return figure


def _draw_line(
    axes: Axes, epochs: np.ndarray, values: np.ndarray, *, label: str, colour: str
) -> None:
    known = np.isfinite(values)
    axes.plot(
        epochs[known],
        values[known],
        label=label,
        color=colour,
        linewidth=style.points(2),
        marker="o" if known.sum() <= 15 else "",
        markersize=style.points(5),
        markeredgewidth=0,
        clip_on=False,
    )


def _set_limits(axes: Axes, epochs: np.ndarray, lines: dict[str, np.ndarray]) -> None:
    low, high = float(epochs.min()), float(epochs.max())
    if high > low:
        axes.set_xlim(low, high)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    else:
        axes.set_xlim(low - 0.5, low + 0.5)
        axes.set_xticks([low], [f"{low:g}"])
    axes.yaxis.set_major_locator(MaxNLocator(5))
    highest = max(float(np.nanmax(values[np.isfinite(values)])) for values in lines.values())
    axes.set_ylim(0.0, highest * 1.06 if highest > 0.0 else 1.0)


def _time_label(history: History) -> str:
    seconds = _read(history, "seconds")
    if not np.isfinite(seconds).any():
        return _("epoch")
    minutes = float(np.nanmax(seconds)) / 60.0
    return _("epoch ({epochs} in {minutes:.1f} minutes)", epochs=len(history), minutes=minutes)


def _epochs(history: History) -> np.ndarray:
    epochs = _read(history, "epoch")
    return epochs if np.isfinite(epochs).all() else np.arange(1.0, len(history) + 1.0)


def _read(history: History, key: str) -> np.ndarray:
    """Return one value for each epoch, NaN where it is not known."""
    values = (epoch.get(key) for epoch in history)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
