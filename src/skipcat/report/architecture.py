"""Networks drawn as their papers draw them: what was counted, and what was measured, together."""

from skipcat.cost.counting import Cost, measure_cost
from skipcat.cost.drawing import describe_architecture
from skipcat.engines.row_latency import RowLatency, measure_rows, settle_norms
from skipcat.errors import NetworkError
from skipcat.networks.catalogue import build_network
from skipcat.networks.network import Network
from skipcat.networks.specs import Spec
from skipcat.plots.architecture.draw import draw_architectures
from skipcat.plots.svg import stand_alone


def draw_network(
    *networks: str | Spec | Network,
    image_px: int | None = None,
    classes: int | None = None,
    milliseconds: bool = False,
) -> str:
    """Draw one network, or several side by side, as the content of an SVG file.

    Rows of equal structure are folded; parameters, MACs and the receptive field stand beside, and
    with `milliseconds` the time that each row takes on this machine, one image at a time. In a
    notebook, `measure_cost(network)` draws the same by itself.

    Raises:
        NetworkError: there is no such network, or it does not accept the figures.
    """
    if not networks:
        raise NetworkError("A drawing needs a network; 'skipcat list' shows all.")
    drawn = []
    for network in networks:
        cost = measure_cost(network, image_px, classes)
        drawn.append((cost, time_rows(cost, network) if milliseconds else None))
    return draw_costs(drawn)


def draw_costs(drawn: list[tuple[Cost, RowLatency | None]]) -> str:
    """Return costs, and the rows' times where they were measured, as the content of an SVG file."""
    found = [
        describe_architecture(cost, times.rows if times else {}, measured=str(times or ""))
        for cost, times in drawn
    ]
    return stand_alone(draw_architectures(found))


def time_rows(cost: Cost, network: str | Spec | Network = "") -> RowLatency:
    """Measure what each row of a counted network takes: a given one as it is, else a fresh one."""
    if isinstance(network, Network):
        return measure_rows(network, cost.image_px)
    net = build_network(cost.spec)
    settle_norms(net, cost.image_px)
    return measure_rows(net, cost.image_px)
