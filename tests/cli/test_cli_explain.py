import json
import shutil

import pytest
from PIL import Image

from skipcat.cli.app import run

FEW = ("--per-class", "1", "--mistakes", "1")


@pytest.fixture
def call(trained, digits, tmp_path, monkeypatch, capsys):
    """Run the command beside a classifier and two images; give exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(trained, tmp_path / "digits.skipcat")
    for number in range(2):
        Image.fromarray(digits[0][number]).save(tmp_path / f"{number}.png")

    def do(*arguments):
        code = run(["explain", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return do


def test_images_get_a_table_and_a_page(call, tmp_path):
    code, out, _ = call("digits.skipcat", "0.png", "1.png")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split() == ["image", "answered", "sure", "Grad-CAM", "Occlusion"]
    assert [line.split()[0] for line in lines[1:3]] == ["0.png", "1.png"]
    assert max(map(len, lines[:5])) <= 80
    assert lines[-1] == "Report: digits.explain/report.html"
    page = (tmp_path / "digits.explain" / "report.html").read_text()
    assert "0.png" in page
    assert page.count("<img ") == 2 * 3 + 1
    code, out, _ = call("digits.skipcat", "0.png", "--json", "--features", "conv2_x")
    told = json.loads(out)
    assert code == 0
    assert told.pop("report") == "digits.explain/report.html"
    assert told == json.loads((tmp_path / "digits.explain" / "explanation.json").read_text())
    assert len(told["sheets"][0]["images"][0]["channels"]) == 16


def test_data_get_sheets(call, tmp_path):
    code, out, _ = call("digits.skipcat", "digits", *FEW, "--out", "x", "--json")
    told = json.loads(out)
    assert code == 0
    assert [sheet["kind"] for sheet in told["sheets"]] == ["class"] * 10 + ["mistake"]
    page = (tmp_path / "x" / "report.html").read_text()
    assert "Right answers, class by class" in page
    assert "The mistakes that it was most sure of" in page


def test_wrong_input_is_one_line_and_nothing_is_written(call, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for arguments, message in (
        (("0.png", "1.png"), "'0.png' is a file; a classifier is a folder."),
        (("digits.skipcat", "0.png", "none.png"),
         "Cannot read 'none.png': No such file or directory."),
        (("digits.skipcat", "0.png", "--class", "seven"),
         "This classifier knows no class 'seven'. It knows: 0, 1, 2, 3, 4, 5, 6, 7, …."),
        (("digits.skipcat", "0.png", "--out", "full"),
         "'full' already holds other files; choose another --out."),
        (("digits.skipcat", "0.png", "--out", "digits.skipcat"),
         "'digits.skipcat' lies in the classifier's folder; choose another --out."),
        (("digits.skipcat", "0.png", "--out", "digits.skipcat/x"),
         "'digits.skipcat/x' lies in the classifier's folder; choose another --out."),
        (("digits.skipcat", "0.png", "--out", "1.png"),
         "'1.png' is a file; --out needs a folder."),
        (("digits.skipcat", "full"),
         "'full' is empty; one folder per class is needed, with that class's images in it."),
    ):  # fmt: skip
        code, out, err = call(*arguments)
        assert (code, out) == (2, ""), arguments
        assert err.splitlines()[-1] == f"skipcat: {message}"
    assert not (tmp_path / "digits.explain").exists()
    assert [one.name for one in (tmp_path / "full").iterdir()] == ["mine.txt"]
