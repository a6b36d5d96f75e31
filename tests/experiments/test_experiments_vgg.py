import pytest

import skipcat
from skipcat.cost.counting import measure_cost
from skipcat.errors import RecipeError
from skipcat.experiments import vgg
from skipcat.report.experiment import render_experiment


def times(vgg_ms, other_ms):
    """Give made-up times of one other network, by repetition, equal for each number of images."""
    return [
        {str(batch): {"VGG-16": batch * ours, "GoogLeNet": batch * theirs} for batch in vgg.ROUNDS}
        for ours, theirs in zip(vgg_ms, other_ms, strict=True)
    ]


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
    assert vgg.judge(times(vgg_ms, other_ms)) == holds


def test_the_sentences_hold_the_figures():
    costs = {
        "VGG-16": {"depth": 16, "parameters": 138_357_544, "macs": 15_470_264_320},
        "GoogLeNet": {"depth": 22, "parameters": 7_005_832, "macs": 1_582_671_872},
    }
    said = [english for english, _ in vgg._say(costs, times([200, 210, 190], [50, 52, 51]))]
    assert said == [
        "It is so here. VGG-16 takes 199.8 (176.5 … 226.3) ms (one image at a time), so many times "
        "as long as: GoogLeNet 3.92 (3.51 … 4.37).",
        "VGG-16 takes 199.8 (176.5 … 226.3) ms (8 images at a time, per image), so many times as "
        "long as: GoogLeNet 3.92 (3.51 … 4.37).",
        "VGG-16 has 16 layers with weights, the others 22; it has 138.4 million parameters "
        "and 15.47 GMAC for an image.",
        "Multiply-adds do not tell the time: one takes 13 ps in VGG-16 and 32 ps in GoogLeNet, one "
        "image at a time.",
    ]
    slower = vgg._say(costs, times([50, 52, 51], [200, 210, 190]))
    assert slower[0][0].startswith("It is not so here. ")
    assert slower[2] == (
        "Not faster for sure: GoogLeNet (slower, 1 at a time); GoogLeNet (slower, 8 at a time).",
        "不能确定更快的：GoogLeNet（更慢，每次 1 张）；GoogLeNet（更慢，每次 8 张）。",
    )
    assert slower[-1][0] == (
        "GoogLeNet has fewer of them than VGG-16 (1.58 against 15.47 G) and takes 3.92 "
        "(3.51 … 4.37) times as long."
    )


def test_vgg_costs_what_its_table_says():
    grids = [(224, 3, 64), (224, 64, 64), (112, 64, 128), (112, 128, 128), (56, 128, 256)]
    grids += [(56, 256, 256)] * 2 + [(28, 256, 512)] + [(28, 512, 512)] * 2 + [(14, 512, 512)] * 3
    macs = sum(grid**2 * 9 * given * width for grid, given, width in grids)
    macs += 512 * 7 * 7 * 4096 + 4096 * 4096 + 4096 * 1000
    found = vgg.count_case("vgg16", 224)
    assert found["macs"] == macs == 15_470_264_320
    assert found["parameters"] == 138_357_544
    assert found["depth"] == 16


@pytest.mark.parametrize(("name", "depth"), [("googlenet", 22), ("inception_v3", 48)])
def test_networks_are_counted_as_they_answer(name, depth):
    cost, found = measure_cost(name, 224), vgg.count_case(name, 224)
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
    assert result.notes == (
        (
            "The minutes hold 1 of 4 repetitions; more would show how much is chance.",
            "时间只够重复 1 次（原定 4 次）；更多次才能看出有多少是偶然。",
        ),
    )
    assert result.findings.holds == "cannot tell"


def test_it_takes_no_images(tmp_path):
    with pytest.raises(RecipeError) as error:
        skipcat.experiment("vgg", "digits", out=tmp_path / "vgg")
    assert str(error.value) == "The experiment 'vgg' looks at no images; leave out data."
    assert not (tmp_path / "vgg").exists()
