"""Private parts of torch that skipcat uses, all in one place.

Tried with torch 2.14. A release of torch may move them; nothing else here is private.
"""

from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode

__all__ = ["DispatchMode", "StorageWeakRef", "storage_key"]


class DispatchMode(TorchDispatchMode):
    """Watch every operation that torch dispatches, whatever module it came from."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Spare torch's compiler its import, a second: nothing is compiled here."""
        return False


def storage_key(tensor: Tensor) -> int:
    """Return what views of one storage have in common, on the meta device too."""
    return int(tensor.untyped_storage()._cdata)
