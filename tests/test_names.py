"""Names: a class name has one meaning in the package, and torch's private ones have one place."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import skipcat

SOURCE = Path(skipcat.__file__).parent


def test_every_class_name_occurs_once() -> None:
    places = defaultdict(list)
    for path in SOURCE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(SOURCE)))
    assert len(places) > 100
    assert not {name: found for name, found in places.items() if len(found) > 1}


def test_private_parts_of_torch_are_used_in_one_file() -> None:
    private = re.compile(r"torch(\.\w+)*\._\w|\._cdata")
    found = [p.name for p in SOURCE.rglob("*.py") if private.search(p.read_text(encoding="utf-8"))]
    assert found == ["torch_private.py"]
