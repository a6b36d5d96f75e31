import pytest

import skipcat
from made_up import COSTS, of_vgg
from skipcat.cost.counting import measure_cost
from skipcat.errors import RecipeError
from skipcat.experiments import vgg
from skipcat.report.experiment import render_experiment


@pytest.mark.parametrize(
    ("vgg_ms", "other_ms", "holds"),
    [
        ([200, 210, 190], [50, 52, 51], "yes"),
        ([200, 210, 190], [400, 410, 390], "no"),
        ([200, 210, 190], [100, 400, 200], "cannot tell"),
        ([200], [50], "cannot tell"),
    ],
)
def test_the_verdict_is_read_from_the_times(vgg_ms, other_ms, holds):
    assert vgg.decide(of_vgg(vgg_ms, other_ms)) == holds


def test_the_sentences_hold_the_figures():
    said = vgg._describe(COSTS, of_vgg([200, 210, 190], [50, 52, 51]))
    assert said[0].values == {"faster": 2, "all": 2}
    for one in said[1:3]:
        assert one.values["ms"] == "199.8 (176.5 … 226.3)"
        assert one.values["ratios"] == "GoogLeNet: 3.92 (3.51 … 4.37)"
    slower = vgg._describe(COSTS, of_vgg([50, 52, 51], [200, 210, 190]))
    assert slower[0].values == {"faster": 0, "all": 2}
    assert "GoogLeNet (slower, 8 images at a time)" in slower[3]
    assert slower[-1].values["times"] == "3.92 (3.51 … 4.37)"


def test_vgg_costs_what_its_table_says():
    grids = [(224, 3, 64), (224, 64, 64), (112, 64, 128), (112, 128, 128), (56, 128, 256)]
    grids += [(56, 256, 256)] * 2 + [(28, 256, 512)] + [(28, 512, 512)] * 2 + [(14, 512, 512)] * 3
    macs = sum(grid**2 * 9 * given * width for grid, given, width in grids)
    macs += 512 * 7 * 7 * 4096 + 4096 * 4096 + 4096 * 1000
    found = vgg.count_prediction("vgg16", 224)
    assert found["macs"] == macs == 15_470_264_320
    assert found["parameters"] == 138_357_544
    assert found["depth"] == 16


@pytest.mark.parametrize(("name", "depth"), [("googlenet", 22), ("inception_v3", 48)])
def test_networks_are_counted_as_they_answer(name, depth):
    cost, found = measure_cost(name, 224), vgg.count_prediction(name, 224)
    assert (found["parameters"], found["macs"]) == (cost.parameters, cost.macs)
    assert found["depth"] == depth


@pytest.fixture
def small(monkeypatch):
    cases = {"VGG-16": ("resnet_cifar20", 16), "ResNet-18": ("resnet_cifar8", 16)}
    monkeypatch.setattr(vgg, "CASES", cases)


def test_it_runs_goes_on_and_becomes_a_page(small, tmp_path):
    result = skipcat.experiment("vgg", seeds=2, out=tmp_path / "vgg")
    assert [row["repetition"] for row in result.findings.csv] == [0, 1] * 4
    assert all(row["ms_per_image"] > 0 for row in result.findings.csv)
    page = render_experiment(result)
    assert "<dt>Repetitions</dt>" in page
    assert "<dt>Images</dt>" not in page
    assert result.to_dict()["data"] is None
    again = skipcat.experiment("vgg", seeds=2, out=tmp_path / "vgg", resume=True)
    assert again.findings == result.findings


def test_minutes_take_repetitions(small, tmp_path):
    result = skipcat.experiment("vgg", seeds=4, minutes=0.0001, out=tmp_path / "vgg")
    assert result.seeds == (0,)
    [note] = result.notes
    assert note.values == {"n": 1, "wanted": 4}
    assert result.findings.holds == "cannot tell"


def test_it_takes_no_images(tmp_path):
    with pytest.raises(RecipeError) as error:
        skipcat.experiment("vgg", "digits", out=tmp_path / "vgg")
    assert str(error.value) == "The experiment 'vgg' looks at no images; leave out data."
    assert not (tmp_path / "vgg").exists()
