"""What the Inceptions after the first share: the few lines that build them.

Szegedy et al. 2015, arXiv 1512.00567, and 2017, arXiv 1602.07261; Ioffe and Szegedy 2015,
arXiv 1502.03167. Their tables stand in `bn_inception.py`, `inception_v3.py`, `inception_v4.py` and
`inception_resnet.py`.
"""

from collections.abc import Callable
from functools import partial

from torch import Generator, nn

from skipcat.blocks.auxiliary import InceptionV3Head
from skipcat.blocks.initialisation import he_normal, truncated_normal
from skipcat.networks.network import Network
from skipcat.networks.specs import InceptionSpec


def build_inception(spec: InceptionSpec) -> Network:
    """Build the network of a spec."""

    def build_head(in_width: int) -> InceptionV3Head:
        return InceptionV3Head(
            in_width, spec.classes, widths=spec.auxiliary_widths, norm_eps=spec.norm_eps
        )

    return Network(
        spec, initialise=_initialiser(spec), build_head=build_head, head_rows=spec.auxiliary_rows
    )


def _initialiser(spec: InceptionSpec) -> Callable[[nn.Module, Generator], None]:
    if spec.first_weights == "he":
        return he_normal
    # Inception v3's published code; where it names no deviation, 0.1.
    exceptions = {spec.rows[-1][0]: 0.01}
    for row in spec.auxiliary_rows:
        exceptions |= {f"auxiliary.{row}.spread.conv": 0.01, f"auxiliary.{row}.linear": 0.001}
    return partial(truncated_normal, std=0.1, exceptions=exceptions)
