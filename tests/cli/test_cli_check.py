import json

import numpy as np
import pytest
from PIL import Image

from skipcat.cli.app import run


@pytest.fixture
def pets(tmp_path):
    draw = np.random.default_rng(0)
    for label in ("cat", "dog"):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for i in range(5):
            pixels = draw.integers(0, 256, (40, 40, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / label / f"{i}.png")
    (tmp_path / "pets/dog/copy.png").write_bytes((tmp_path / "pets/cat/2.png").read_bytes())
    (tmp_path / "pets/cat/empty.png").write_bytes(b"")
    return tmp_path / "pets"


def test_check_prints_a_table_and_exits_0(pets, capsys):
    assert run(["check", str(pets)]) == 0
    printed = capsys.readouterr()
    assert printed.out == (
        "pets: 12 images in 2 classes; 11 would be used.\n"
        "\n"
        "Not used\n"
        "      1  empty files\n"
        "         They hold no byte; get them again.\n"
        "           cat/empty.png\n"
        "\n"
        "Worth a look\n"
        "      2  equal files in several classes\n"
        "         At most one of the labels is the right one.\n"
        "           cat/2.png = dog/copy.png\n"
        "\n"
        f"Next: skipcat check {pets} --out list.txt\n"
        "      writes what to leave out; read it, then give it to fit's --exclude.\n"
    )


def test_check_prints_json_and_nothing_else(pets, capsys):
    assert run(["check", str(pets), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["used"] == 11
    assert content["not_used"] == {"cannot be read": ["cat/empty.png"]}
    assert [one["kind"] for one in content["findings"]] == ["zero-bytes", "exact-across-classes"]


def test_the_list_goes_back_into_check(pets, tmp_path, capsys):
    file, page = tmp_path / "list.txt", tmp_path / "page.html"
    assert run(["check", str(pets), "--out", str(file), "--page", str(page)]) == 0
    assert capsys.readouterr().out.endswith(
        f"\n\nList: {file}\nPage: {page}\n\nNext: skipcat fit {pets} --exclude {file}\n"
    )
    assert file.read_text().splitlines()[3:] == [
        "",
        "# empty files",
        "cat/empty.png",
        "",
        "# equal files in several classes",
        "cat/2.png",
        "dog/copy.png",
        "",
    ]
    assert "pets: what the doctor found" in page.read_text()
    assert run(["check", str(pets), "--exclude", str(file), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["used"] == 9
    assert [one["kind"] for one in content["findings"]] == ["excluded"]


def test_a_class_that_a_list_would_empty_is_spared_and_named(pets, tmp_path, capsys):
    (pets / "twin").mkdir()
    for number in range(2):
        (pets / f"twin/{number}.png").write_bytes((pets / f"cat/{number}.png").read_bytes())
    file = tmp_path / "list.txt"
    assert run(["check", str(pets), "--out", str(file)]) == 0
    assert capsys.readouterr().out.endswith(
        f"\nList: {file}\n"
        "      Every image to learn 'twin' from has a finding. A class needs at least\n"
        "      one, so in the list these names stand behind a # and are not left out.\n"
        f"\nNext: skipcat fit {pets} --exclude {file}\n"
    )
    assert {"cat/0.png", "#twin/0.png"} < set(file.read_text().splitlines())
    assert run(["check", str(pets), "--out", str(file), "--json"]) == 0
    printed = capsys.readouterr()
    json.loads(printed.out)
    assert printed.err.splitlines()[-1].startswith("Every image to learn 'twin' from")
    assert run(["check", str(pets), "--exclude", str(file)]) == 0


@pytest.mark.parametrize("flag", ["--out", "--page"])
def test_a_folder_in_the_place_of_a_file_is_refused_before_the_work(flag, tmp_path, capsys):
    # Nothing was looked at: that there are no such data is not even noticed.
    assert run(["check", str(tmp_path / "nowhere"), flag, str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"skipcat: '{tmp_path}' is a folder; {flag} needs a file.\n"


def test_wrong_input_is_one_line_and_exit_2(pets, tmp_path, capsys):
    assert run(["check", str(tmp_path / "nowhere")]) == 2
    assert run(["check", str(pets), "--labels", str(tmp_path / "run")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("skipcat: ")] == [
        f"skipcat: There is no folder or file '{tmp_path}/nowhere', and no set is called so. "
        "Named sets: digits, fashion-mnist, cifar10.",
        f"skipcat: There is no '{tmp_path}/run/out_of_fold.csv'; --labels needs a run that judged "
        "every image out of fold.",
    ]


@pytest.mark.parametrize("command", ["fit", "train"])
def test_fit_and_train_refuse_a_list_of_other_data(command, pets, tmp_path, capsys):
    file = tmp_path / "list.txt"
    file.write_text("cat/22.png\n")
    arguments = [command, str(pets), "--exclude", str(file), "--out", str(tmp_path / "out")]
    assert run(arguments) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"skipcat: The list '{file}' names an image that 'pets' does not hold: 'cat/22.png'. "
        "Did you mean 'cat/2.png'?"
    )


@pytest.mark.parametrize("flag", ["--out", "--page"])
def test_no_image_is_written_over(flag, tmp_path, capsys):
    for label in "ab":
        (tmp_path / "data" / label).mkdir(parents=True)
        for number in range(3):
            image = np.full((8, 8, 3), 20 * number + 40, np.uint8)
            Image.fromarray(image).save(tmp_path / "data" / label / f"{number}.png")
    path = tmp_path / "data" / "a" / "1.png"
    before = path.read_bytes()
    assert run(["check", str(tmp_path / "data"), flag, str(path)]) == 2
    assert capsys.readouterr().err == (
        f"skipcat: '{path}' is a file of the data; give another name.\n"
    )
    assert path.read_bytes() == before
