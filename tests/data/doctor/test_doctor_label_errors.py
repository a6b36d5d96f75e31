import numpy as np
import pytest

from skipcat.data.dataset import open_dataset
from skipcat.data.doctor.check import check
from skipcat.data.doctor.exclusion_list import list_exclusions
from skipcat.data.doctor.label_errors import find_suspects
from skipcat.errors import DataError

HEADER = "name,label,predicted,probability_of_label,probability_of_predicted\n"


@pytest.fixture
def pair():
    images = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
    return images, np.array(["cat", "dog"] * 4)


def write_run(folder, rows):
    folder.mkdir(exist_ok=True)
    (folder / "out_of_fold.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return folder


ROWS = [
    "images[0],cat,cat,0.9,0.9",
    "images[1],dog,dog,1.0,1.0",
    "images[2],cat,dog,0.10,0.90",  # doubted: 0.9 is more than dogs usually get
    "images[3],dog,dog,0.9,0.9",
    "images[4],cat,dog,0.45,0.55",  # not: 0.55 is less than dogs usually get
    "images[5],dog,cat,0.05,0.95",  # doubted most
    "images[6],dog,cat,0.01,0.99",  # its label is cat by now
    "gone,cat,dog,0.01,0.99",
]


def test_labels_doubted_with_confidence_are_ranked(pair, tmp_path):
    # Mean self-confidence: cats (0.9 + 0.1 + 0.45) / 3 = 0.48, dogs (1.0 + 0.9 + 0.05) / 3 = 0.65.
    checkup = check(pair, labels_run=write_run(tmp_path / "run", ROWS))
    assert [one.name for one in checkup.suspects] == ["images[5]", "images[2]"]
    finding = checkup.findings[-1]
    assert finding.kind == "suspicious-label"
    assert dict(finding.details) == {
        "images[5]": "dog 5%, rather cat 95%",
        "images[2]": "cat 10%, rather dog 90%",
    }
    assert "\n#images[5]\n#images[2]\n" in list_exclusions(checkup, open_dataset(pair)).text
    assert checkup.to_dict()["suspects"][0] == {
        "name": "images[5]",
        "label": "dog",
        "predicted": "cat",
        "probability_of_label": 0.05,
        "probability_of_predicted": 0.95,
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name,label\n", "'{file}' lacks the column predicted; it needs " + HEADER.strip() + "."),
        (HEADER, "'{file}' has a header but no rows; one row per image is needed."),
        (
            HEADER + "images[0],cat,cat,0.9,0.9\nimages[1],dog,dog,nan,2\n",
            "'{file}' is wrong in line 3: probabilities from 0 to 1 are needed.",
        ),
        (
            HEADER + "x,cat,cat,0.9,0.9\n",
            "'{file}' names 1 images, none of them with a name and label of 'arrays'; give the run "
            "that was made of these data.",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_refused(pair, tmp_path, content, message):
    file = tmp_path / "out_of_fold.csv"
    file.write_text(content)
    with pytest.raises(DataError) as caught:
        find_suspects(open_dataset(pair), tmp_path)
    assert str(caught.value) == message.format(file=file)
