"""Prose that is held whole, in both languages; tests of the figures stand beside their code.

python tests/snapshots.py    writes tests/snapshots/ anew; first `make translations`
"""

from pathlib import Path

from made_up import list_verdicts
from skipcat.experiments.lab.catalogue import list_experiments
from skipcat.text.translation import _, use_language

FOLDER = Path(__file__).parent / "snapshots"


def write_verdicts() -> str:
    """Return the claims, the papers' own figures and made-up verdicts of all experiments."""
    lines = ["Made-up figures: verdicts of every kind. Written by `python tests/snapshots.py`."]
    verdicts = list_verdicts()
    for one in list_experiments():
        lines.append(f"\n# {one.name}")
        for sentence in (one.claim, one.published, *verdicts[one.name]):
            lines.append(f"- {sentence}")
            with use_language("zh"):
                lines.append(f"  {_(sentence)}")
    return "\n".join(lines) + "\n"


SNAPSHOTS = {"verdicts.txt": write_verdicts}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, write in SNAPSHOTS.items():
        (FOLDER / name).write_text(write(), encoding="utf-8")
