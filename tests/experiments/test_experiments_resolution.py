import numpy as np
import pytest

import skipcat
from made_up import SIZES, of_resolution
from skipcat.cost.counting import measure_cost
from skipcat.experiments import resolution
from skipcat.experiments.lab.trial import fit_spec
from skipcat.networks.catalogue import build_network
from skipcat.report.experiment import render_experiment


@pytest.mark.parametrize(
    ("full", "quarter", "holds"),
    [
        ([0.10, 0.11, 0.10], [0.11, 0.12, 0.11], "yes"),
        ([0.10, 0.11, 0.10], [0.20, 0.21, 0.20], "no"),
        ([0.10, 0.11, 0.10], [0.12, 0.13, 0.12], "cannot tell"),
        ([0.10, 0.11, 0.10], [0.10, 0.30, 0.20], "cannot tell"),
        ([0.10], [0.30], "cannot tell"),
    ],
)
def test_the_verdict_is_read_from_the_figures(full, quarter, holds):
    assert resolution.decide(of_resolution(full, quarter), SIZES) == holds


def test_the_sentences_hold_the_figures():
    found = of_resolution([0.10, 0.12, 0.11], [0.20, 0.22, 0.21])
    full, half, quarter = resolution._describe(found, SIZES)
    assert (full.values["error"], full.values["macs"]) == ("11.0 (8.5 … 13.5) %", "2.0")
    assert half.values["difference"] == "+0.0 (+0.0 … +0.0) points, too close to call"
    assert quarter.values["error"] == "21.0 (18.5 … 23.5) %"
    assert quarter.values["difference"] == "+10.0 (+10.0 … +10.0) points, a real difference"


@pytest.fixture
def clothes():
    """Return 160 noisy squares of 28 px in two classes."""
    draw = np.random.default_rng(0)
    labels = np.arange(160) % 2
    images = draw.integers(0, 256, (160, 28, 28), dtype=np.uint8)
    images[labels == 1, 7:21, 7:21] = 255
    return images, labels


def test_sizes_are_of_the_same_images_and_cost_about_the_same(clothes, make_lab):
    images = resolution.list_images(make_lab(data=clothes))
    assert [one.image_px for one in images.values()] == [28, 14, 7]
    trials = {one.label: one for one in resolution.list_trials(images)}
    macs = {}
    for label, one in trials.items():
        spec = fit_spec(one.network, one.images, one.stem_reduction)
        macs[label] = measure_cost(build_network(spec), one.images.image_px).macs
        assert (one.images.split.train == images[1].split.train).all()
    assert macs["14 px"] == macs["28 px"]
    assert macs["7 px"] == pytest.approx(macs["28 px"], rel=0.06)
    assert macs["14 px, same stem"] < 0.5 * macs["28 px"]


def test_it_runs_goes_on_and_becomes_a_page(monkeypatch, clothes, tmp_path):
    monkeypatch.setattr(resolution, "EPOCHS", 1)
    monkeypatch.setattr(resolution, "WIDTH", 1 / 16)
    monkeypatch.setattr(resolution, "MOST_IMAGES", 120)
    result = skipcat.experiment("resolution", clothes, seeds=1, out=tmp_path / "r")
    assert [row["image_px"] for row in result.findings.csv] == [28, 14, 7, 14, 7]
    assert result.findings.holds == "cannot tell"
    page = render_experiment(result)
    assert "Of the 160 images 120 were used" in page
    assert "sides in px: 7, 14, 28" in page
    again = skipcat.experiment("resolution", clothes, seeds=1, out=tmp_path / "r", resume=True)
    assert again.findings == result.findings
