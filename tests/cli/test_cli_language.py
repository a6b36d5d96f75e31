import json

import pytest

from skipcat.cli import app as cli
from skipcat.text.translation import get_language
from skipcat.text.width import count_columns


@pytest.fixture
def run(capsys):
    def call(*arguments):
        code = cli.run(list(arguments))
        return (code, *capsys.readouterr())

    return call


@pytest.mark.parametrize(
    "arguments", [("--language", "zh", "list"), ("list", "--language=zh"), ("list",)]
)
def test_the_language_is_that_of_the_flag_or_the_environment(run, monkeypatch, arguments):
    if arguments == ("list",):
        monkeypatch.setenv("SKIPCAT_LANGUAGE", "zh-Hans")
    code, out, err = run(*arguments)
    assert (code, err) == (0, "")
    assert out.splitlines()[0].split() == ["网络", "px", "参数量", "M", "MACs", "G", "特点"]
    assert get_language() == "en"


def test_another_language_and_none_are_refused(run):
    assert run("list", "--language", "fr") == (
        2, "",
        "skipcat: skipcat speaks no 'fr'; its languages are en (English) and zh (Simplified "
        "Chinese).\n",
    )  # fmt: skip
    code, _, err = run("list", "--language")
    assert code == 2
    assert "--language" in err


def test_traditional_chinese_falls_back_with_a_word(run):
    code, out, err = run("list", "--language", "zh_TW")
    assert (code, err) == (0, "没有繁体中文，以下为简体中文。\n")
    assert "网络" in out


COMMANDS = [(), *((name,) for name in cli.build_commands(cli.app).commands)]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_translated_and_fits_80_columns(run, command):
    code, out, _ = run(*command, "--help", "--language", "zh")
    assert code == 0
    assert "--language" in out
    said = out.split("Options:")[1]
    flags = [line for line in said.splitlines() if line.startswith("  --") and "--help" not in line]
    for line in flags:
        help_text = line[3:].partition("  ")[2].strip()
        assert not help_text or count_columns(help_text) > len(help_text), line
    assert max(map(count_columns, out.splitlines())) <= 80
    assert run(*command, "--help")[1].isascii()


def test_a_usage_error_is_in_the_language_too(run):
    assert run("list", "--jsn", "--language", "zh")[2].endswith("查看允许的用法。\n")


def test_json_stays_english(run):
    english = run("show", "resnet18", "--json")[1]
    assert run("show", "resnet18", "--json", "--language", "zh")[1] == english
    assert json.loads(english)
