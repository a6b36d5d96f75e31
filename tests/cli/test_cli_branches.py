import json

import pytest

from skipcat.cli.app import run


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def do(*words):
        code = run(list(words))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return do


def test_branches_prints_a_table_and_makes_a_page(call, taught, tmp_path):
    code, out, _ = call("branches", str(taught), "digits", "--out", "told")
    assert code == 0
    lines = out.splitlines()
    assert lines[2].split() == ["without", "points", "lost", "loss"]
    assert [line.split()[0] for line in lines[3:6]] == ["conv2_x.0", "conv3_x.0", "conv4_x.0"]
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "Report: told/report.html"
    page = (tmp_path / "told" / "report.html").read_text()
    stored = json.loads((tmp_path / "told" / "branches.json").read_text())
    assert stored["findings"][0] in page
    assert stored["messages"][0]["message"] == "{Branch} adds most: {points} points of accuracy."
    code, out, _ = call("branches", str(taught), "digits", "--json")
    assert code == 0
    assert json.loads(out) == {**stored, "report": None}


def test_branches_into_a_classifiers_folder_is_refused(call, classifier_folder):
    code, out, err = call(
        "branches", str(classifier_folder), "digits", "--out", str(classifier_folder)
    )
    assert (code, out) == (2, "")
    assert err == f"skipcat: '{classifier_folder}' lies in the classifier's folder; " + (
        "choose another --out.\n"
    )


def test_prune_makes_a_smaller_classifier(call, taught, tmp_path):
    code, out, _ = call("prune", str(taught), "digits", "--lose-at-most", "10", "--out", "small")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split() == ["resnet_cifar8", "resnet_cifar8_pruned"]
    assert max(map(len, lines)) <= 80
    assert lines[-2:] == ["Classifier: small", "Report:     small/report.html"]
    stored = json.loads((tmp_path / "small" / "pruning.json").read_text())
    page = (tmp_path / "small" / "report.html").read_text()
    assert stored["findings"][0] in page
    assert stored["after"]["macs"] < stored["before"]["macs"]
    code, out, _ = call("evaluate", "small", "digits", "--json")
    assert code == 0
    assert json.loads(out)["accuracy"] == stored["comparison"]["second"]
    code, out, err = call("prune", str(taught), "digits", "--lose-at-most", "1", "--out", "small")
    assert (code, out) == (2, "")
    assert err == "skipcat: 'small' already holds a classifier; choose another --out.\n"


def test_prune_without_a_wish_is_refused(call, taught):
    code, out, err = call("prune", str(taught), "digits")
    assert (code, out) == (2, "")
    assert err == (
        "skipcat: Pruning cannot do as it is asked: give lose_at_most (points), latency_ms or "
        "speedup.\n"
    )


def test_a_folder_that_is_no_classifier_is_refused(call):
    for command in ("branches", "prune"):
        code, out, err = call(command, "nowhere", "digits")
        assert (code, out) == (2, "")
        assert err == "skipcat: 'nowhere' does not exist.\n"


def test_branches_writes_over_no_other_files(taught, tmp_path, capsys):
    from skipcat.cli.app import run

    own = tmp_path / "own"
    own.mkdir()
    (own / "report.html").write_text("mine")
    assert run(["branches", str(taught), "digits", "--out", str(own)]) == 2
    assert f"'{own}' already holds other files; choose another --out." in capsys.readouterr().err
    assert (own / "report.html").read_text() == "mine"
