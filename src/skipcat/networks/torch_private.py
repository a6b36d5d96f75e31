"""Private parts of torch that skipcat uses, all in one place.

Tried with torch 2.14. A release of torch may move them; nothing else here is private.
"""

from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode

__all__ = ["DispatchMode", "StorageWeakRef", "is_compiler_error", "storage_key"]


class DispatchMode(TorchDispatchMode):
    """Watch every operation that torch dispatches, whatever module it came from."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Spare torch's compiler its import, a second: nothing is compiled here."""
        return False


def is_compiler_error(error: Exception) -> bool:
    """Return whether an error came from torch.compile, which has no public class for its own."""
    return type(error).__module__.startswith(("torch._dynamo", "torch._inductor"))


def storage_key(tensor: Tensor) -> int:
    """Return what views of one storage have in common, on the meta device too."""
    return int(tensor.untyped_storage()._cdata)
