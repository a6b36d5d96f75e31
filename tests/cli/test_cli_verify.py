import json

import pytest

from skipcat.cli.app import run
from skipcat.conformance import verify as verify_module


def test_a_network_beside_its_paper(capsys) -> None:
    assert run(["verify", "bn_inception"]) == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert lines[0].startswith("bn_inception beside Ioffe and Szegedy 2015, appendix.")
    assert "convolution 7x7/2       112x112x64      1  equal" in lines
    assert "inception (3c)          28x28x576       3  misprint [2]" in lines
    assert "  inception3c           14x14x576          built" in lines
    assert max(map(len, lines)) <= 80


def test_a_network_as_json(capsys) -> None:
    assert run(["verify", "resnet50", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["network"] == "resnet50"
    last = found["comparisons"][-1]
    assert (last["printed"], last["built"], last["kind"]) == ("3.8B", "4.1B", "deviation")


@pytest.mark.slow
def test_all_networks(capsys) -> None:
    assert run(["verify"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "googlenet                 61    53        3        5  Szegedy et al. 2014" in lines


def test_a_difference_without_a_reason_is_a_bug(capsys, monkeypatch) -> None:
    monkeypatch.setattr(verify_module, "find_reason", lambda *_: None)
    assert run(["verify", "resnet50"]) == 1
    assert "unexplained [1]" in capsys.readouterr().out


def test_a_network_that_is_not_there(capsys) -> None:
    assert run(["verify", "resnet52"]) == 2
    assert (
        capsys.readouterr()
        .err.strip()
        .endswith(
            "No network is called 'resnet52'. Did you mean 'resnet50'? 'skipcat list' shows all."
        )
    )


def test_a_network_without_a_table(capsys) -> None:
    assert run(["verify", "preact_resnet50"]) == 0
    assert capsys.readouterr().out == "The paper of preact_resnet50 prints no table of it.\n"
