"""Copy the page and the figures of a finished experiment into docs/experiments/.

    skipcat experiment degradation
    python benchmarks/record_experiment.py degradation.experiment

Copies report.html and measurements.csv as NAME.html and NAME.csv, and writes the index,
docs/experiments/README.md, from the records of all that are there.
"""

import argparse
import json
import shutil
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs" / "experiments"
HEAD = """# What the papers claim, measured

Each of these was run by its command; the page has the plots, the CSV every figure. `skipcat
experiment --list` says what each shows; any of them takes your own images with `--data`. The
papers' own figures stand on the pages, cited as theirs. `init` was run with three seeds first,
which was not enough; two more were added after that was seen, and an interval does not know of
such looks. Written by `benchmarks/record_experiment.py`.

"""
HOLDS = {"yes": "holds here", "no": "does not hold here", "cannot tell": "not settled here"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="+", help="of `skipcat experiment`")
    for folder in parser.parse_args().folder:
        found = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
        name = found["experiment"]
        DOCS.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / "report.html", DOCS / f"{name}.html")
        shutil.copyfile(folder / "measurements.csv", DOCS / f"{name}.csv")
        del found["measurements"]
        text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
        (DOCS / f"{name}.json").write_text(text, encoding="utf-8")
    records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(DOCS.glob("*.json"))]
    (DOCS / "README.md").write_text(HEAD + "\n".join(map(describe, records)), encoding="utf-8")


def describe(found: dict) -> str:
    """Return the paragraph of one experiment."""
    name, times = found["experiment"], len(found["seeds"])
    # An experiment that sees no images has repetitions in the seeds' place.
    what = "seed" if found["data"] else "repetition"
    minutes = found["seconds"] / 60
    about = (
        f"`{found['command']}`: {minutes:.0f} min, {times} {what}{'s' if times > 1 else ''}"
        f"{', ' + found['data'] if found['data'] else ''}; "
        f"{found['machine']['system']}, {found['machine']['threads']} thread(s), "
        f"torch {found['machine']['torch']}."
    )
    verdict = "\n".join(f"- {sentence}" for sentence in found["verdict"][1:])
    return (
        f"## [{name}]({name}.html): {HOLDS[found['holds']]}\n\n{found['claim']} "
        f"({found['source']})\n\n{verdict}\n\n{about} Figures: [{name}.csv]({name}.csv).\n"
    )


if __name__ == "__main__":
    main()
