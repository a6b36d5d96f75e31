"""Transfer learning: weights into a network of other classes or channels."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from skipcat.networks.network import Network
from skipcat.networks.weights import matching
from skipcat.networks.weights.files import as_path, read_state


def load_trunk(net: Network, source: str | Path | Mapping[str, Tensor]) -> tuple[str, ...]:
    """Fill all of a network that fits another class or channel count; name the rows remade.

    Classifiers of another class count keep their fresh values. A first convolution of other
    channels takes the file's filters: summed over RGB for grey images, else repeated in turn and
    scaled to the same sum.

    Raises:
        WeightsError: the file cannot be read, or its trunk is not this network's.
    """
    if isinstance(source, Mapping):
        label, given = "the given weights", dict(source)
    else:
        path = as_path(source)
        label, given = path.name, read_state(path)
    _, state = matching.translate(net, given, label)
    own = net.state_dict()
    remade = []
    for row, prefix in matching.classifiers(net).items():
        if any(
            matching.shapes_differ(state, own, f"{prefix}{name}") for name in ("weight", "bias")
        ):
            state |= {name: own[name] for name in own if name.startswith(prefix)}
            remade.append(row)
    remade += [f"auxiliary.{row}" for row in matching.missing_heads(net, state)]
    first = next(name for name, tensor in own.items() if tensor.dim() == 4)
    if first in state and state[first].dim() == 4 and state[first].shape[1] != net.spec.channels:
        state[first] = _adapt_channels(state[first], net.spec.channels)
        remade.append(net.row_names[0])
    matching.fill(net, state, label)
    return tuple(remade)


def _adapt_channels(weight: Tensor, channels: int) -> Tensor:
    """Return a first convolution for other channels whose answer to a grey image is the same."""
    given = weight.shape[1]
    if channels == 1:
        return weight.sum(1, keepdim=True)
    order = [channel % given for channel in range(channels)]
    return weight[:, order] * (given / channels)
