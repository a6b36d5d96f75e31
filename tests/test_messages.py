"""Every kind of bad input gets its message, whole; `docs/messages.md` is made of the same cases.

make messages    writes that page anew
"""

import html
import itertools
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch

import skipcat
from bad_input import NETWORK, SHORT, lay_out
from messages import ANYTHING, CASES, TOLD, Case
from skipcat.cli.app import run
from skipcat.reporting import no_telling
from skipcat.training.run_folder.lock import hold_folder

PAGE = Path(__file__).parents[1] / "docs" / "messages.md"
HEAD = """# What skipcat says to bad input

Written by `make messages` from the cases of `tests/messages.py`, each of which is a test: this was
done, and this was answered, whole and in one line. A command ends with exit code 2, a call raises a
`SkipcatError`. `[…]` stands for what differs between machines and versions.

`images, labels` are 240 of the digits, `clf` is a classifier that learnt them, `net` is a
`resnet_cifar8` for colour images; the files and folders are those of `tests/bad_input.py`.
"""


@pytest.fixture(scope="module")
def place(trained, digits, tmp_path_factory):
    """Give the folder in which everything is wrong."""
    folder = tmp_path_factory.mktemp("bad")
    lay_out(folder, trained, digits)
    with hold_folder(folder / "busy", no_telling):
        yield folder


@pytest.fixture(scope="module")
def words(trained, digits):
    """Give what the calls name."""
    net = skipcat.build_network(NETWORK, classes=3, image_px=32)
    images, labels = digits
    return {
        "skipcat": skipcat, "np": np, "torch": torch, "images": images, "labels": labels,
        "clf": skipcat.load(trained), "net": net, "short": SHORT,
    }  # fmt: skip


def name_case(case):
    return f"{case.group}: {case.what}".replace(" ", "-")


@pytest.mark.parametrize("case", CASES, ids=name_case)
def test_bad_input_gets_its_message(case, place, words, monkeypatch, capsys):
    if case.done.endswith("--device mps") and torch.backends.mps.is_available():
        pytest.skip("this machine has MPS")
    monkeypatch.chdir(place)
    answer = do(case, words, capsys)
    pattern = "(.|\n)*".join(re.escape(part) for part in case.says.split(ANYTHING))
    if case.group == TOLD:
        assert any(re.fullmatch(pattern, line) for line in answer.splitlines()), answer
    else:
        assert answer == case.says or re.fullmatch(pattern, answer), answer


def do(case: Case, words: dict, capsys) -> str:
    """Do what a case says; give the message, or all that was printed where it succeeds."""
    if not case.done.startswith("skipcat "):
        with pytest.raises(skipcat.SkipcatError) as caught:
            eval(case.done, words)
        return str(caught.value)
    capsys.readouterr()
    code = run(shlex.split(case.done)[1:])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    if case.group == TOLD:
        assert code == 0
        return printed.err + printed.out
    assert code == 2
    assert printed.out == ""
    return printed.err.splitlines()[-1].removeprefix("skipcat: ")


def test_there_are_more_than_sixty_kinds_and_none_twice():
    assert len(CASES) > 100
    assert len({case.done for case in CASES}) == len(CASES)
    assert len({(case.group, case.what) for case in CASES}) == len(CASES)


def test_the_page_is_made_of_these_cases():
    assert PAGE.read_text(encoding="utf-8") == render(), "run `make messages`"


def render() -> str:
    """Give the page: one table, by groups."""
    lines = [HEAD, "| what was wrong | what was done | what skipcat says |", "|---|---|---|"]
    for group, cases in itertools.groupby(CASES, key=lambda case: case.group):
        lines.append(f"| **{group}** | | |")
        lines += [f"| {case.what} | {_code(case.done)} | {_code(case.says)} |" for case in cases]
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return f"<code>{html.escape(text, quote=False).replace('|', '&#124;')}</code>"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
