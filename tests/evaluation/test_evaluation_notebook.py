import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from skipcat.evaluation.metrics import evaluate_logits

HOSTILE = '<script>alert("x")</script> & \x00\u202e'


def evaluate(classes, images=60, seed=0):
    rng = np.random.default_rng(seed)
    names = [f"class {index}" for index in range(classes - 1)] + [HOSTILE]
    labels = rng.integers(0, classes, images)
    return evaluate_logits(rng.normal(size=(images, classes)), labels, names)


@pytest.mark.parametrize("classes", [1, 2, 200])
def test_it_is_well_formed_and_names_are_escaped(classes):
    html = evaluate(classes)._repr_html_()
    ET.fromstring(html.replace("xlink:", ""))
    assert "<script" not in html and "\x00" not in html and "\u202e" not in html
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; \ufffd\ufffd" in html
    assert html.count("<svg ") == 1
    assert ("<details open" in html) == (classes <= 20)


def test_it_says_how_good_with_its_interval():
    evaluation = evaluate_logits(np.eye(4)[[0, 1, 1, 0]], np.array([0, 1, 1, 1]), list("abcd"))
    html = evaluation._repr_html_()
    assert "Accuracy 75.0 % (30.1 to 95.4 %)".replace(" to ", " % to ") in html
    assert "3 of 4 images." in html
    assert "Most often confused: b as a (1)." in html
    assert html.count(">–<") == 2 * 3  # c and d have no image and were never answered


def test_what_was_left_out_is_counted():
    one = evaluate(3)
    assert "Left out" not in one._repr_html_()
    left = replace(one, left_out={"seen in <training>": ("a.jpg", "b.jpg"), "broken": ()})
    assert "Left out: seen in &lt;training&gt; (2)." in left._repr_html_()


def test_two_of_them_share_no_id():
    html = evaluate(3, seed=1)._repr_html_(), evaluate(3, seed=2)._repr_html_()
    ids = [
        {one.get("id") for one in ET.fromstring(each.replace("xlink:", "")).iter() if one.get("id")}
        for each in html
    ]
    assert ids[0] and not ids[0] & ids[1]
