import re

import numpy as np
import pytest

from skipcat.engines.latency import Latency
from skipcat.evaluation.compare import compare_answers
from skipcat.explanation.pruning.result import Pruned, Size
from skipcat.explanation.pruning.search import PruningStep
from skipcat.report.pruning import render_pruning
from skipcat.text.translation import Message


def make(met=True):
    right = np.arange(687) >= 80
    later = right.copy()
    later[100:103] = False
    before, after = (
        Latency(ms, ms, 9, 64, 28, "torch", "cpu", 1) for ms in (100.0, 40.0)
    )  # fmt: skip
    return Pruned(
        classifier=None,
        data="flowers",
        before=Size("googlenet", 1000, 2000, before),
        after=Size("googlenet_pruned", 500, 800, after),
        comparison=compare_answers(right, later),
        lose_at_most=0.5,
        met=met,
        steps=(
            PruningStep("channels", "12 channels", 0.9, 0.2, 0.88, 1e-7),
            PruningStep("branch", "m.b", 0.5, 0.3, 0.8, 0.0),
        ),
        difference=1e-7,
        deciding=300,
        deciding_accuracy=0.87,
        deciding_are=Message("the images that chose its best epoch (validation)"),
        tuned_rounds=1,
        left_out={},
        table=(("conv1", "3x3 16", "3x3 16"), ("m", "1x1 8 | pool 4", "1x1 8")),
    )


def test_words_say_what_was_lost_won_and_certified():
    assert make().findings == (
        "2.50 times as fast: 40.0 ms instead of 100.0 ms for 64 images, with 40 % of the "
        "multiply-adds and 50 % of the parameters.",
        "Accuracy 87.9 % instead of 88.4 % on the same 687 images: a difference of -0.4 points "
        "(-1.1 to +0.2).",
        "With 687 images a loss of up to 1.1 points cannot be excluded.",
    )
    assert make(met=False).findings[0] == (
        "More was lost than the 0.5 points allowed, on the images that decide; this is the nearest "
        "that was reached."
    )
    assert len(make(met=False).findings) == 4
    assert max(map(len, str(make()).splitlines())) <= 80


@pytest.mark.parametrize("met", [True, False])
def test_the_page_shows_both_tables_and_every_step(met):
    found = make(met)
    page = render_pruning(found)
    for sentence in found.findings:
        assert sentence in page
    assert "1x1 8 | pool 4" in page
    assert "the same" in page
    assert "to 1e-07 of the largest answer at most" in page
    assert not re.search(r"(src|href)=.https?:", page)
    assert page == render_pruning(found)
