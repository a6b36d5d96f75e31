"""Harmed files: whatever they hold, a SkipcatError comes out, or an answer; soon, in little memory.

`benchmarks/fuzz.py` does the same for longer.
"""

import hashlib
import io
import json
import random
import time

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import skipcat
from mutations import (
    FORMATS,
    RUNS,
    attempt,
    draw_images,
    few_digits,
    memory_bound,
    mutate_bytes,
    mutate_classifier,
    mutate_run,
    resume_harmed,
    train_runs,
)
from skipcat.data.cache import decode_dataset
from skipcat.data.images import decode_image, without_warnings

PROFILE = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# Far more than any case takes on a slow machine, far less than a loop without end.
MOST_SECONDS = 20
IMAGES = draw_images()


@pytest.fixture(scope="module")
def clf(trained):
    return skipcat.load(trained)


@pytest.mark.parametrize("kind", FORMATS)
def test_harmed_images_are_answered_or_refused(kind, clf, tmp_path):
    draw = random.Random(f"images {kind}")
    path = tmp_path / f"image{FORMATS[kind]}"
    refused = 0
    with memory_bound(), without_warnings():
        for number in range(400):
            path.write_bytes(mutate_bytes(draw.choice(IMAGES[kind]), draw))
            start = time.perf_counter()
            message = attempt(lambda: clf.predict(path))
            assert time.perf_counter() - start < MOST_SECONDS, number
            assert message.startswith(f"Cannot use '{path}': it ") or message in (
                "", f"Cannot use '{path}': the file is empty (0 bytes).",
            )  # fmt: skip
            refused += bool(message)
    assert 40 < refused < 400


def test_harmed_images_as_data_are_used_or_named(tmp_path):
    draw = random.Random("data")
    for kind, suffix in FORMATS.items():
        for label in "ab":
            (tmp_path / "data" / label).mkdir(parents=True, exist_ok=True)
            for number in range(60):
                content = mutate_bytes(draw.choice(IMAGES[kind]), draw)
                (tmp_path / "data" / label / f"{number}{suffix}").write_bytes(content)
    with memory_bound():
        dataset = skipcat.open_dataset(tmp_path / "data")
        decoded = decode_dataset(dataset, 16, 3)
        checkup = skipcat.check(dataset)
    assert len(decoded.rows) + len(decoded.broken) == len(dataset) == 720
    assert 100 < len(decoded.rows) < 700
    assert all(why.startswith(("it ", "the file is ")) for why in decoded.broken.values())
    assert sorted(checkup.not_used["cannot be read"]) == sorted(decoded.broken)


@pytest.mark.parametrize("part", range(4))
def test_harmed_classifiers_are_loaded_or_refused(part, trained, digits, tmp_path):
    draw = random.Random(f"classifiers {part}")
    folder = tmp_path / "harmed.skipcat"
    refused = 0

    def ask():
        for answer in skipcat.load(folder).predict(list(digits[0][:2])):
            assert 0 <= answer.probability <= 1
            assert np.isclose(sum(answer.probabilities.values()), 1)

    with memory_bound():
        for number in range(400):
            mutate_classifier(folder, trained, draw)
            start = time.perf_counter()
            message = attempt(ask)
            assert time.perf_counter() - start < MOST_SECONDS, number
            assert not message or str(folder) in message or message.startswith("The network's ")
            refused += bool(message)
    assert 100 < refused < 400
    assert [path.name for path in tmp_path.iterdir()] == ["harmed.skipcat"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    train_runs(place)
    return place


@pytest.mark.parametrize("kind", RUNS)
def test_harmed_runs_go_on_or_are_refused(kind, runs, tmp_path):
    draw = random.Random(f"runs {kind}")
    data = few_digits()
    folder = tmp_path / "harmed.skipcat"
    refused = 0
    with memory_bound():
        for number in range(100):
            mutate_run(folder, runs / kind, draw)
            start = time.perf_counter()
            message = attempt(lambda: resume_harmed(folder, data))
            assert time.perf_counter() - start < MOST_SECONDS, number
            refused += bool(message)
    assert 10 < refused < 100
    assert [path.name for path in tmp_path.iterdir()] == ["harmed.skipcat"]


@PROFILE
@given(st.binary(max_size=300))
def test_any_bytes_are_an_image_or_none(content):
    with without_warnings():
        attempt(lambda: decode_image(content))


@PROFILE
@given(st.sampled_from(sorted(IMAGES)), st.integers(0, 2), st.data())
def test_any_change_of_an_image_is_told_or_harmless(kind, which, data):
    content = bytearray(IMAGES[kind][which % len(IMAGES[kind])])
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    content[start:end] = data.draw(st.binary(max_size=64))
    with memory_bound(), without_warnings():
        attempt(lambda: decode_image(bytes(content)))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@PROFILE
@given(data=st.data())
def test_any_value_in_the_place_of_another_is_told_or_harmless(data, classifier_folder, digits):
    name = data.draw(st.sampled_from(["classifier.json", "evaluation.json", "used_images.json"]))
    path = classifier_folder / name
    whole = path.read_bytes()
    content = json.loads(whole)
    holder, key = content, data.draw(st.sampled_from(sorted(content)))
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        keys = sorted(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = data.draw(st.sampled_from(keys))
    holder[key] = data.draw(_JSON)
    path.write_text(json.dumps(content))
    try:
        with memory_bound():
            attempt(lambda: skipcat.load(classifier_folder).predict(digits[0][0]))
    finally:
        path.write_bytes(whole)
        torch.set_flush_denormal(False)  # hypothesis draws them


def test_an_image_that_unpacks_to_more_than_it_may_takes_little_memory():
    """The largest image that is allowed, in a file of a few KiB, deep and clear."""
    for mode in ("I;16", "LA"):
        file = io.BytesIO()
        Image.new(mode, (9000, 9000)).save(file, "PNG")
        with memory_bound():
            assert decode_image(file.getvalue(), 1).size == (9000, 9000)


@pytest.mark.parametrize(
    ("row", "changes", "message"),
    [
        ("conv2_x", {"units": 10**9}, "its units is 1,000,000,000, allowed: 4,096."),
        ("conv1", {"kernel": 10**9}, "its kernel is 1,000,000,000, allowed: 4,096."),
        ("conv2_x", {"stride": -1}, None),
        ("conv1", {"stride": 0}, None),
    ],
)
def test_tables_that_would_take_forever_are_refused(row, changes, message, classifier_folder):
    path = classifier_folder / "classifier.json"
    content = json.loads(path.read_text())
    next(values for name, values in content["spec"]["rows"] if name == row).update(changes)
    path.write_text(json.dumps(content))
    start = time.perf_counter()
    found = attempt(lambda: skipcat.load(classifier_folder))
    assert time.perf_counter() - start < MOST_SECONDS
    assert found.startswith(f"'{classifier_folder}' describes no network: ")
    assert message is None or found == f"'{classifier_folder}' describes no network: {message}"


def test_weights_that_are_a_pickle_are_not_opened(classifier_folder):
    weights, about = (classifier_folder / n for n in ("weights.safetensors", "classifier.json"))
    torch.save(skipcat.load(classifier_folder).network.state_dict(), weights)
    content = json.loads(about.read_text())
    content["weights_sha256"] = hashlib.sha256(weights.read_bytes()).hexdigest()
    about.write_text(json.dumps(content))
    assert attempt(lambda: skipcat.load(classifier_folder)) == (
        f"'{weights}' is no safetensors file, and nothing else is read."
    )


def test_postscript_is_refused_before_it_runs():
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "EPS")
    assert attempt(lambda: decode_image(file.getvalue())) == (
        "it is PostScript, a program and no pixels; save it as PNG or JPEG."
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"mean": [1e300]},
            "Mean and std are of pixel values scaled to 0..1, std 1e-06 or more; given: (1e+300,) "
            "and (0.2,).",
        ),
        (
            {"std": [1e-300]},
            "Mean and std are of pixel values scaled to 0..1, std 1e-06 or more; given: (0.5,) "
            "and (1e-300,).",
        ),
        ({"temperature": 1e-300}, "The temperature is 1e-300, allowed: 0.001 to 1000."),
    ],
)
def test_figures_that_leave_no_answer_are_refused(changes, message, classifier_folder):
    path = classifier_folder / "classifier.json"
    content = json.loads(path.read_text())
    content["preprocessing"] |= {"mean": [0.5], "std": [0.2]}
    for key, value in changes.items():
        (content if key in content else content["preprocessing"])[key] = value
    path.write_text(json.dumps(content))
    assert attempt(lambda: skipcat.load(classifier_folder)) == (
        f"'{classifier_folder}' cannot be loaded: {message}"
    )
