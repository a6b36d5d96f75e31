import json
import re
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

import skipcat
from skipcat.classifier import Classifier, Origin, load
from skipcat.classifier_folder import compute_sha256
from skipcat.data.preprocessing import Preprocessing
from skipcat.errors import ClassifierError, DataError, SkipcatError
from skipcat.networks.catalogue import build_network, list_networks

RGB = Preprocessing(32, 3, (0.5, 0.4, 0.3), (0.2, 0.2, 0.2))


@pytest.fixture
def colours():
    """Give a classifier of colour photographs whose weights are lively, not trained."""
    net = build_network("resnet_cifar8", classes=3, image_px=32)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_var.uniform_(0.5, 2, generator=torch.Generator().manual_seed(1))
    return Classifier(net, ("blue", "green", "red"), RGB, temperature=1.7)


@pytest.fixture(scope="module")
def clf(trained):
    return load(trained)


def refuse(folder):
    with pytest.raises(ClassifierError) as caught:
        load(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def edit(folder, **changes):
    path = folder / "classifier.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **changes}))


def test_a_saved_classifier_answers_as_before(clf, digits, tmp_path):
    clf.save(tmp_path / "new" / "a.skipcat")
    again = load(tmp_path / "new" / "a.skipcat")
    ours, theirs = (one.compute_logits(digits[0])[0] for one in (clf, again))
    assert np.array_equal(ours, theirs)
    assert again.predict(list(digits[0])) == clf.predict(list(digits[0]))
    assert (again.classes, again.preprocessing, again.temperature, again.origin) == (
        clf.classes, clf.preprocessing, clf.temperature, clf.origin,
    )  # fmt: skip
    assert again.evaluation.to_dict() == clf.evaluation.to_dict()
    assert sorted(p.name for p in (tmp_path / "new" / "a.skipcat").iterdir()) == [
        "classifier.json", "evaluation.json", "used_images.json", "weights.safetensors",
    ]  # fmt: skip


def test_equal_classifiers_are_equal_files(clf, tmp_path):
    clf.save(tmp_path / "a")
    load(tmp_path / "a").save(tmp_path / "b")
    for path in (tmp_path / "a").iterdir():
        assert (tmp_path / "b" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "name", [n for n in list_networks() if n.startswith(("googlenet", "inception_v3", "resnet18"))]
)
def test_specs_of_every_kind_come_back_as_they_were(name, tmp_path):
    net = build_network(name, classes=2, image_px=96)
    preprocessing = Preprocessing(96, 3, (0.5,) * 3, (0.2,) * 3)
    Classifier(net, ("a", "b"), preprocessing).save(tmp_path / "c")
    assert load(tmp_path / "c").network.spec == net.spec


def test_predictions_name_the_most_probable_class(clf, digits):
    answers = clf.predict(digits[0][:5, :, :, None])
    logits, _ = clf.compute_logits(list(digits[0][:5]))
    for answer, row in zip(answers, logits.astype(float), strict=True):
        scaled = np.exp((row - row.max()) / clf.temperature)
        assert list(answer.probabilities) == list(clf.classes)
        assert np.allclose(list(answer.probabilities.values()), scaled / scaled.sum())
        assert answer.label == clf.classes[row.argmax()]
        assert answer.probability == max(answer.probabilities.values())


def test_one_image_a_list_and_every_kind_of_image_are_answered_alike(clf, digits, tmp_path):
    array = digits[0][0]
    path = tmp_path / "digit.png"
    Image.fromarray(array).save(path)
    kinds = [array, Image.fromarray(array), path, str(path), array[:, :, None]]
    answers = clf.predict(kinds)
    assert len({answer.label for answer in answers}) == 1
    assert np.ptp([answer.probability for answer in answers]) < 1e-6
    assert [answer.name for answer in answers] == [
        "image 0", "image 1", str(path), str(path), "image 4",
    ]  # fmt: skip
    for kind in kinds:
        assert clf.predict(kind)[0].label == answers[0].label
    assert clf.predict([]) == []
    assert len(clf.predict(image for image in digits[0][:3])) == 3


@pytest.mark.parametrize(("width", "height"), [(640, 427), (427, 640)])
@pytest.mark.parametrize("fit", ["pad", "squash"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_photographs_are_predicted_as_the_person_sees_them(
    colours, tmp_path, width, height, fit, orientation
):
    rows, columns = np.mgrid[:height, :width]
    seen = np.stack([rows / height, columns / width, (rows + columns) / 1067], 2) * 255
    seen = Image.fromarray(seen.astype(np.uint8))
    turn = {1: 0, 3: 180, 6: 90, 8: 270}[orientation]  # counter-clockwise, as it is stored
    exif = Image.Exif()
    exif[0x0112] = orientation
    seen.rotate(turn, expand=True).save(tmp_path / "turned.png", exif=exif)
    seen.save(tmp_path / "upright.png")
    classifier = Classifier(
        colours.network, colours.classes, Preprocessing(32, 3, RGB.mean, RGB.std, fit)
    )
    logits, broken = classifier.compute_logits([tmp_path / "turned.png", tmp_path / "upright.png"])
    assert not broken
    assert np.array_equal(logits[0], logits[1])
    assert np.ptp(logits[0]) > 1e-3


def test_images_that_cannot_be_read_are_named(clf, digits, tmp_path):
    (tmp_path / "bad.jpg").write_text("<html>")
    why = "it is not an image in a format that Pillow knows."
    for images, message in [
        ([tmp_path / "bad.jpg"], f"Cannot use '{tmp_path / 'bad.jpg'}': {why}"),
        (
            [digits[0][0], tmp_path / "bad.jpg", tmp_path / "none.jpg"],
            f"Cannot use '{tmp_path / 'bad.jpg'}': {why} (1 more cannot be used either.)",
        ),
        (
            [digits[0][0], np.zeros((4, 4))],
            "Image 1: An image array has dtype float64; uint8 with values 0 to 255 is needed.",
        ),
        (
            [None],
            "Image 0: An image is a path, a Pillow image or a uint8 array; NoneType was given.",
        ),
    ]:
        with pytest.raises(DataError) as caught:
            clf.predict(images)
        assert str(caught.value) == message


def test_images_that_it_was_trained_on_do_not_judge(clf, digits):
    evaluation = clf.evaluate(digits)
    out = evaluation.left_out
    assert set(out) == {"trained on", "used to decide (validation)"}
    assert evaluation.images + sum(len(names) for names in out.values()) == 240
    assert evaluation.images == clf.evaluation.images
    assert evaluation.correct == clf.evaluation.correct
    assert all(re.fullmatch(r"images\[\d+\]", name) for name in out["trained on"])


def test_only_images_that_it_knows_are_left_for_nobody(clf, digits):
    known = clf.evaluate(digits).left_out
    rows = [int(name[7:-1]) for name in known["trained on"]]
    with pytest.raises(ClassifierError) as caught:
        clf.evaluate((digits[0][rows], digits[1][rows]))
    assert str(caught.value) == (
        f"No image of 'arrays' may judge this classifier ({len(rows)} trained on); give images "
        "that it has not seen."
    )


def test_classes_are_matched_by_name_not_by_order(colours, photos):
    names = ("red", "blue", "green")
    order = [colours.classes.index(name) for name in names]
    net = build_network("resnet_cifar8", classes=3, image_px=32)
    state = {k: v.clone() for k, v in colours.network.state_dict().items()}
    last = net.row_names[-1]
    for part in ("weight", "bias"):
        state[f"{last}.{part}"] = state[f"{last}.{part}"][order]
    net.load_state_dict(state)
    other = Classifier(net, names, RGB, temperature=1.7)
    first, second = colours.evaluate(photos), other.evaluate(photos)
    assert (first.correct, first.images) == (second.correct, 36)
    assert {n: f.recall for n, f in first.per_class.items()} == {
        n: f.recall for n, f in second.per_class.items()
    }


def test_a_dataset_of_other_classes_is_told(colours, photos):
    (photos / "red").rename(photos / "rde")
    with pytest.raises(ClassifierError) as caught:
        colours.evaluate(photos)
    assert str(caught.value) == (
        "'photos' holds the class 'rde', which this classifier does not know. Did you mean 'red'? "
        "It knows: blue, green, red."
    )


def test_a_test_part_judges_alone_and_broken_images_are_named(colours, photos, tmp_path):
    for part in ("train", "test"):
        shutil.copytree(photos, tmp_path / "parts" / part)
    (tmp_path / "parts" / "test" / "red" / "00.png").write_bytes(b"")
    evaluation = colours.evaluate(tmp_path / "parts")
    assert evaluation.images == 35
    assert evaluation.left_out == {"cannot be read": ("test/red/00.png",)}


def test_evaluating_writes_nothing_into_the_data(colours, photos):
    before = {p: p.stat().st_mtime_ns for p in photos.rglob("*")}
    colours.evaluate(photos)
    assert {p: p.stat().st_mtime_ns for p in photos.rglob("*")} == before


def test_saving_over_a_classifier_replaces_all_of_it(clf, colours, tmp_path):
    clf.save(tmp_path / "a")
    colours.save(tmp_path / "a")
    again = load(tmp_path / "a")
    assert again.classes == colours.classes
    assert again.evaluation is None
    assert again.origin == Origin()


def test_a_save_that_fails_leaves_the_old_classifier(clf, colours, tmp_path, monkeypatch):
    clf.save(tmp_path / "a")
    before = {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir()}

    def press_ctrl_c(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("skipcat.classifier.compute_sha256", press_ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        colours.save(tmp_path / "a")
    assert {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir()} == before


def test_a_full_disk_leaves_the_old_classifier(clf, colours, tmp_path):
    resource = pytest.importorskip("resource")
    clf.save(tmp_path / "a")
    before = {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(SkipcatError, match=r"weights.safetensors.: File too large\."):
            colours.save(tmp_path / "a")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir()} == before


def test_other_peoples_folders_are_not_saved_into(colours, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for place, message in [
        (tmp_path, f"'{tmp_path}' holds other files; save into a new folder."),
        (
            tmp_path / "notes.txt",
            f"'{tmp_path / 'notes.txt'}' is a file; a classifier is saved as a folder.",
        ),
    ]:
        with pytest.raises(ClassifierError) as caught:
            colours.save(place)
        assert str(caught.value) == message
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_class_names_of_any_kind_come_back(tmp_path):
    names = ("<script>", "a/b", "花\n", "\udc80", "..", " ")
    net = build_network("resnet_cifar8", classes=6, image_px=32)
    Classifier(net, names, RGB).save(tmp_path / "c")
    assert load(tmp_path / "c").classes == names


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"classes": ("a", "b")}, "2 class names were given for a network of 3."),
        (
            {"classes": ("a", "b", "a")},
            "Each class needs a name of its own; some are empty or the same.",
        ),
        (
            {"temperature": float("nan")},
            "Mean, std and temperature must be finite, std and temperature above 0.",
        ),
        (
            {"temperature": 0.0},
            "Mean, std and temperature must be finite, std and temperature above 0.",
        ),
        (
            {"preprocessing": Preprocessing(32, 1, (0.5,), (0.2,))},
            "Images are prepared in 1 channels; the network takes 3.",
        ),
        (
            {"preprocessing": Preprocessing(32, 3, (0.5,), (0.2,) * 3)},
            "Images of 3 channels need a mean and a std for each of them.",
        ),
        (
            {"preprocessing": Preprocessing(32, 3, (0.5,) * 3, (0.0,) * 3)},
            "Mean, std and temperature must be finite, std and temperature above 0.",
        ),
    ],
)
def test_parts_that_do_not_fit_are_told(changes, message):
    parts = {"classes": ("a", "b", "c"), "preprocessing": RGB, "temperature": 1.0, **changes}
    net = build_network("resnet_cifar8", classes=3, image_px=32)
    classes, preprocessing = parts["classes"], parts["preprocessing"]
    with pytest.raises(ClassifierError) as caught:
        Classifier(net, classes, preprocessing, temperature=parts["temperature"])
    assert str(caught.value) == message


def test_sizes_that_the_network_does_not_take_are_told():
    net = build_network("resnet_cifar8", classes=3, image_px=32)
    for side in (1, 5000):
        with pytest.raises(ClassifierError) as caught:
            Classifier(net, "abc", Preprocessing(side, 3, RGB.mean, RGB.std))
        assert str(caught.value) == (
            f"The network takes images of {net.smallest_px} to 4096 px; they are prepared in "
            f"{side}."
        )


def test_weights_that_are_no_numbers_are_refused():
    net = build_network("resnet_cifar8", classes=3, image_px=32)
    with torch.no_grad():
        net.conv1.conv.weight[0, 0, 0, 0] = float("nan")
    with pytest.raises(ClassifierError) as caught:
        Classifier(net, "abc", RGB)
    assert str(caught.value) == ("The weights hold NaN or infinity, first in conv1.conv.weight.")


def test_what_is_no_classifier_is_told(tmp_path, trained):
    assert refuse(tmp_path / "none") == f"'{tmp_path / 'none'}' does not exist."
    assert refuse(tmp_path) == f"'{tmp_path}' is no classifier: it has no classifier.json."
    shutil.copy(trained / "recipe.json", tmp_path)
    assert refuse(tmp_path) == (
        f"'{tmp_path}' is no classifier: it has no classifier.json. Its training has not ended; go "
        "on with --resume."
    )


def test_missing_truncated_and_tampered_weights_are_told(classifier_folder):
    weights = classifier_folder / "weights.safetensors"
    changed = (
        f"'{weights}' is not the file that classifier.json was written with; it was changed or "
        "damaged. Copy the whole folder again."
    )
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1])
    assert refuse(classifier_folder) == changed
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert refuse(classifier_folder) == changed
    weights.unlink()
    assert refuse(classifier_folder) == (
        f"'{classifier_folder}' lacks weights.safetensors; copy the whole folder."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is damaged: it is not JSON."),
        ('{"format": 1', "is damaged: it is not JSON."),
        ("[" * 100_000, "is damaged: it is not JSON."),
        ("[]", "is damaged: it is not a JSON object."),
        ("{}", "was not written by skipcat: it has no format."),
        (
            '{"format": 2}',
            "has format 2; this version reads format 1. A newer skipcat may read it.",
        ),
        ('{"format": 1}', "is damaged at 'spec': Field required."),
        ("\xff", "is damaged: it is not JSON."),
    ],
)
def test_a_damaged_description_is_told(classifier_folder, text, message):
    path = classifier_folder / "classifier.json"
    path.write_bytes(text.encode("latin-1"))
    assert refuse(classifier_folder) == f"'{path}' {message}"


def test_descriptions_that_describe_nothing_are_told(classifier_folder):
    path = classifier_folder / "classifier.json"
    content = json.loads(path.read_text())
    edit(classifier_folder, temperature="warm")
    assert refuse(classifier_folder).startswith(f"'{path}' is damaged at 'temperature': Input ")
    edit(classifier_folder, **content)
    edit(classifier_folder, spec={**content["spec"], "classes": 0})
    assert refuse(classifier_folder).startswith(f"'{classifier_folder}' describes no network: ")
    edit(classifier_folder, spec={**content["spec"], "classes": 10**9})
    assert refuse(classifier_folder).startswith(
        f"'{classifier_folder / 'weights.safetensors'}' holds "
    )
    edit(classifier_folder, **content)
    edit(classifier_folder, classes=[*"012345678", "x"])
    assert refuse(classifier_folder) == (
        f"'{classifier_folder}' cannot be loaded: evaluation.json is of other classes; without "
        "that file the rest may load."
    )
    (classifier_folder / "evaluation.json").unlink()
    edit(classifier_folder, classes=[*"012345678", "0"])
    assert refuse(classifier_folder) == (
        f"'{classifier_folder}' cannot be loaded: Each class needs a name of its own; some are "
        "empty or the same."
    )


def test_weights_of_nan_are_refused_even_with_the_right_sum(classifier_folder):
    path = classifier_folder / "weights.safetensors"
    state = load_file(path)
    state["conv1.conv.weight"][0] = float("nan")
    save_file(state, path)
    edit(classifier_folder, weights_sha256=compute_sha256(path))
    assert refuse(classifier_folder) == (
        f"'{classifier_folder}' cannot be loaded: The weights hold NaN or infinity, first in "
        "conv1.conv.weight."
    )


def test_damaged_companions_are_told(classifier_folder):
    evaluation = classifier_folder / "evaluation.json"
    evaluation.write_text("{}")
    assert refuse(classifier_folder) == (
        f"'{classifier_folder}' cannot be loaded: A stored evaluation lacks its 'classes'."
    )
    evaluation.unlink()
    assert load(classifier_folder).evaluation is None
    used = classifier_folder / "used_images.json"
    for text in ('{"trained_on": 5}', '{"decided_on": [5]}'):
        used.write_text(text)
        assert refuse(classifier_folder) == (f"'{used}' is damaged: it must hold lists of hashes.")


def test_a_pickle_is_never_read(classifier_folder):
    torch.save({"a": 1}, classifier_folder / "weights.safetensors")
    edit(
        classifier_folder,
        weights_sha256=compute_sha256(classifier_folder / "weights.safetensors"),
    )
    assert refuse(classifier_folder).startswith(f"'{classifier_folder / 'weights.safetensors'}' ")


def test_it_says_what_it_is(clf):
    assert repr(clf) == "Classifier(resnet_cifar8, 10 classes, 8 px)"
    assert skipcat.load is load
