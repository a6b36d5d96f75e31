"""The documentation: its examples are executed, its commands are commands, its files are there."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sybil import Sybil
from sybil.document import Document, PythonDocStringDocument
from sybil.parsers.markdown import PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser
from typer.main import get_command

from skipcat.cli.app import UsageError, app

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / name
    for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "docs/choosing.md",
                 "docs/choosing.zh-CN.md", "docs/experiments/README.md", "docs/explained/README.md")
]  # fmt: skip
MODULES = [path for path in sorted((ROOT / "src").rglob("*.py")) if ">>> " in path.read_text()]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_examples_of_docstrings_give_what_they_say(path):
    sybil = Sybil([DocTestParser()], document_types={".py": PythonDocStringDocument})
    examples = list(sybil.parse(path).examples())
    assert examples
    for example in examples:
        example.evaluate()


@pytest.mark.doors
def test_readme_in_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.zeros((8, 8), np.uint8)).save("photo.png")
    document = Sybil([PythonCodeBlockParser()], document_types={".md": Document}).parse(
        ROOT / "README.md"
    )
    examples = list(document.examples())
    assert examples
    for example in examples:
        example.evaluate()
    assert document.namespace["answer"].label in "0123456789"


def test_checklists_of_contributing_can_be_followed():
    sybil = Sybil([PythonCodeBlockParser()], document_types={".md": Document})
    document = sybil.parse(ROOT / "CONTRIBUTING.md")
    examples = list(document.examples())
    assert len(examples) >= 3
    for example in examples:
        example.evaluate()
    assert document.namespace["EXPERIMENT"].name == "width"


def list_commands(page: Path) -> list[str]:
    """List the lines of code blocks that begin with skipcat, continued lines joined."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    inline = re.findall(r"`(skipcat [a-z][^`]*)`", page.read_text(encoding="utf-8"))
    return [line for line in (*lines, *inline) if re.match(r"skipcat [a-z]", line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_the_documentation_are_commands(page):
    group = get_command(app)
    found = list_commands(page)
    assert found or page.name == "CONTRIBUTING.md"
    for line in found:
        _, name, *words = shlex.split(line, comments=True)
        command = group.commands.get(name)
        assert command, line
        words = [word for word in words if word not in ("…", "...")]
        try:
            command.make_context(name, words, resilient_parsing=True)
        except UsageError as error:
            pytest.fail(f"{line}: {error.format_message()}")
        known = {flag for one in command.params for flag in (*one.opts, *one.secondary_opts)}
        flags = {word.split("=")[0] for word in words if word.startswith("--")}
        assert flags <= known | {"--help"}, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_the_documentation_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_the_twenty_questions_name_files_that_are_there():
    text = (ROOT / "docs" / "layout-questions.md").read_text(encoding="utf-8")
    files = re.findall(r"\| `([^`]+)` \|$", text, re.M)
    assert len(files) == 20
    assert not [name for name in files if not (ROOT / "src" / "skipcat" / name).exists()]
