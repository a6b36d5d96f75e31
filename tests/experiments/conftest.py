"""A lab that measures on a few digits, or on other arrays."""

import pytest
import torch

from skipcat.data.dataset import open_dataset
from skipcat.experiments.lab.bench import Lab


@pytest.fixture
def make_lab(digits, tmp_path):
    def make(folder="lab", seeds=1, minutes=None, data=None):
        return Lab(
            open_dataset(data or digits), tmp_path / folder, tuple(range(seeds)), minutes,
            torch.device("cpu"), lambda *work: None, lambda sentence: None,
        )  # fmt: skip

    return make
