"""No circle of imports, inside a room either: import-linter's layers see only what is between."""

import subprocess
import sys

import grimp
import pytest

# A value that shows itself in a notebook, and the module that draws it, which names its type.
ALLOWED = {
    ("skipcat.choice.chart", "skipcat.choice.result"),
    ("skipcat.cost.counting", "skipcat.cost.drawing", "skipcat.cost.notebook"),
    ("skipcat.evaluation.metrics", "skipcat.evaluation.notebook"),
}


def find_circles(imports: dict[str, set[str]]) -> set[tuple[str, ...]]:
    """Return the groups of modules each of which imports, by way of others, all of its group."""
    reached = {}
    for module in imports:
        reached[module], waiting = set(), [module]
        while waiting:
            for other in imports[waiting.pop()] - reached[module]:
                reached[module].add(other)
                waiting.append(other)
    circles = set()
    for module, others in reached.items():
        if module in others:
            circles.add(tuple(sorted(other for other in others if module in reached[other])))
    return circles


@pytest.mark.parametrize(("types_only", "circles"), [(False, set()), (True, ALLOWED)])
def test_no_circle_runs_through_the_package(
    types_only: bool, circles: set[tuple[str, ...]]
) -> None:
    # Imports inside functions count; those under TYPE_CHECKING never run, and count apart.
    graph = grimp.build_graph(
        "skipcat", cache_dir=None, exclude_type_checking_imports=not types_only
    )
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 200
    assert find_circles(imports) == circles


@pytest.mark.parametrize(
    ("imports", "circles"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, set()),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, {("b", "c")}),
        ({"a": {"b"}, "b": {"a"}, "c": {"a", "d"}, "d": {"c"}}, {("a", "b"), ("c", "d")}),
    ],
)
def test_circles_are_found(imports: dict[str, set[str]], circles: set[tuple[str, ...]]) -> None:
    assert find_circles(imports) == circles


def test_what_predicts_without_torch_loads_none() -> None:
    modules = "runtime.prediction data.images data.preprocessing files errors".split()
    heavy = ("torch", "torchvision", "sklearn", "scipy", "matplotlib")
    script = f"""
import importlib, sys
for name in {modules}: importlib.import_module("skipcat." + name)
print([name for name in {heavy} if name in sys.modules])"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
