import json

import pytest

from skipcat.cli.app import run

TINY = "--network resnet_cifar8 --epochs 1 --batch 64 --shares 1/4,0.5,1".split()


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    """Run the command on the digits in an empty folder; give exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def do(*flags):
        code = run(["curve", "digits", *TINY, *flags])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return do


def test_the_command_measures_says_and_shows_and_goes_on(call, tmp_path, capsys):
    code, out, err = call()
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split() == ["share", "images", "epochs", "accuracy", "95", "%", "interval"]
    assert [line.split()[:4] for line in lines[1:4]] == [
        ["25", "%", "358", "4"], ["50", "%", "717", "2"], ["100", "%", "1,439", "1"],
    ]  # fmt: skip
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "Report: digits.curve/report.html"
    assert "Training 3/3: 1,439 images, 1 epochs, seed 0:" in err
    page = (tmp_path / "digits.curve" / "report.html").read_text()
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("weights.safetensors")}
    assert run(["curve", "digits", "--resume", "--json"]) == 0  # all else is as it began
    out = capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in written} == written
    told = json.loads(out)
    assert told["images"] == 1439
    assert told["report"] == "digits.curve/report.html"
    assert told["expectation"] in page
    assert (tmp_path / "digits.curve" / "report.html").read_text() == page
    assert run(["curve", "digits", "--resume", "--epochs", "2", "--network", "resnet18"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "skipcat: The run in 'digits.curve' was started otherwise (network resnet_cifar8, now "
        "resnet18; epochs 1, now 2); resume it as it was, or choose another --out."
    )
    assert run(["curve", "digits", "--resume", "--augment", "none"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "skipcat: The run in 'digits.curve' was started otherwise (augment auto, now none); resume "
        "it as it was, or choose another --out."
    )
    assert run(["curve", "digits", "--resume", "--shares", "1/2,1"]) == 0
    assert (
        "The curve in 'digits.curve' had shares 0.25, 0.5, 1 with 1 seed; it goes on with shares "
        "0.5, 1 with 1 seed."
    ) in capsys.readouterr().err.splitlines()
