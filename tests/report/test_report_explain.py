from dataclasses import replace

import numpy as np
import pytest

from report.test_report_fit import finish
from report.test_report_page import HOSTILE, check, full_page
from skipcat.explanation.branches.attribution import ModuleShares
from skipcat.explanation.heatmaps.faithfulness import Faithfulness
from skipcat.explanation.heatmaps.features import FeatureMaps
from skipcat.explanation.heatmaps.result import Explanation, Explanations, HeatMap, Sheet
from skipcat.explanation.heatmaps.target_layer import GridRow
from skipcat.report.explain import render_explanations
from skipcat.report.explained_images import explain_answers
from skipcat.report.render import render_fit_page
from skipcat.runtime.prediction import Prediction
from skipcat.text.translation import Message, use_language

FOUND = Faithfulness(0.1, 0.6, (0.4,) * 19, (0.5,) * 19, 0.9, 0.2, 0.3)


def make_image(name, px=48):
    values = np.linspace(0, 1, px * px, dtype=np.float32).reshape(px, px)
    maps = (
        HeatMap("Grad-CAM", name, values, (6, 6), FOUND),
        HeatMap("Occlusion", name, np.zeros_like(values), (6, 6), None),
    )
    shares = (
        ModuleShares(
            "inception3a", "inception", {"1x1": 0.25, "3x3": -0.5, "5x5": 0, "pool": 0.25}
        ),
        ModuleShares("conv2_x.0", "residual", {"branch": 0.3, "shortcut": 0.7}),
    )
    answer = Prediction(name, name, 0.9, {name: 0.9, "other": 0.1})
    pixels = np.full((3, px, px), 128, np.uint8)
    features = FeatureMaps("conv2_x", (5, 2), np.zeros((2, 6, 6), np.float32))
    return Explanation(answer, "other", pixels, maps, shares, features)


def make(names=("rose", "tulip")):
    row = GridRow("conv3_x", (6, 6), Message("Coarse {name}.", name=names[0]))
    ones = tuple(make_image(name) for name in names)
    sheets = (
        Sheet("class", names[0], Message("Chosen so."), ones),
        Sheet("class", names[1], Message("Empty."), ()),
        Sheet("mistake", names[1], Message("Number 1."), ones[:1]),
    )
    return Explanations("resnet18", row, 48, 0, sheets, names[0], 343, {names[1]: names})


def test_the_page_shows_maps_words_branches_and_how_to_read_them():
    text = check(render_explanations(make()))
    assert "rose: why it answered so" in text
    assert "3 pictures explained." in text
    assert "Grad-CAM: +0.40 (+0.40 to +0.40) against random maps on 3 maps, 3 believable." in text
    assert "Occlusion: no map that could be judged." in text
    assert "Coarse rose." in text
    assert (
        "Believable: taking away what it marks costs more than at random (+0.40), better than 19 "
        "of 19 random maps."
    ) in text
    assert "Nothing speaks for “tulip” here" in text
    assert "In inception3a the 1x1 branch carried most (25 %)." in text
    assert "Of the residual branches that of conv2_x.0 carried most (30 %)." in text
    assert "-50 %" in text
    with use_language("zh"):
        chinese = check(render_explanations(make()))
    assert "可信：" in chinese
    assert "热力图处处为零" in chinese
    assert "Believable" not in chinese


def test_hostile_names_stay_text():
    for name in HOSTILE:
        text = check(render_explanations(make((name, "tulip"))))
        assert "3 pictures explained." in text


def test_given_pictures_need_no_labels_and_no_data():
    found = make()
    given = replace(
        found,
        sheets=(Sheet("images", "", Message("All."), found.explanations[:1]),),
        data="",
        left_out={},
    )
    text = check(render_explanations(given, classifier="flowers.skipcat"))
    assert "flowers.skipcat: why it answered so" in text
    assert "What was left out" not in text


@pytest.mark.parametrize("note", ["", "Coarse."])
def test_fits_page_shows_maps_where_it_has_them(note):
    page = replace(full_page(), explained=(make_image("rose"),), explained_note=note)
    text = check(render_fit_page(page))
    assert "Why it answered so" in text
    assert "better than 19 of 19 random maps" in text
    assert note in text
    assert "Why it answered so" not in check(render_fit_page(full_page()))


def test_a_training_explains_mistakes_and_right_answers_in_the_time_there_is(digits, tmp_path):
    trained = finish(digits, tmp_path / "run", epochs=1)
    explained, note = explain_answers(trained, 3600)
    held = {trained.prepared.dataset.names[row] for row in trained.held_rows}
    assert len(explained) == 6
    assert {one.prediction.name for one in explained} <= held
    right = [one.true == one.prediction.label for one in explained]
    assert right == sorted(right)
    assert 0 < sum(right) < 6
    sure = [one.prediction.probability for one in explained if one.true != one.prediction.label]
    assert sure == sorted(sure, reverse=True)
    assert note.startswith("On images of this size the last row, conv4_x, has a grid of only 2x2,")
    assert all([m.method for m in one.maps] == ["Grad-CAM"] for one in explained)


@pytest.mark.parametrize(
    ("seconds", "held", "note"),
    [
        (59, "test", "There are no heat maps: training this short leaves no time for "
         "them."),
        (3600, "train", "There are no heat maps: the network that is kept learnt from all the "
         "pictures."),
        (60, "test", "There are no heat maps: one would have taken over 1.5 % of the whole time."),
    ],
)  # fmt: skip
def test_what_is_skipped_is_said(digits, tmp_path, monkeypatch, seconds, held, note):
    trained = finish(digits, tmp_path / "run", epochs=1)
    if held == "train":
        trained = replace(trained, held_rows=trained.prepared.split.train)
    if seconds == 60:  # a network so slow cannot stand in a test
        monkeypatch.setattr("skipcat.report.explained_images.SHARE_OF_TIME", 1e-9)
    assert explain_answers(trained, seconds) == ((), note)


def test_without_held_out_pictures_nothing_is_explained(digits, tmp_path):
    trained = finish(digits, tmp_path / "run", epochs=1, validation=0, test=0)
    assert explain_answers(trained, 3600) == ((), "")
