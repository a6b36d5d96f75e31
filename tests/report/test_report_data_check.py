import numpy as np
from PIL import Image

from skipcat.data.dataset import open_dataset
from skipcat.data.doctor.check import check
from skipcat.report.data_check import render_checkup

HOSTILE = "<script>alert(1)<"


def test_the_page_shows_duplicates_suspects_and_names_but_no_markup_of_theirs(tmp_path):
    draw = np.random.default_rng(0)
    for label in ("cat", HOSTILE.replace("/", "")):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for i in range(4):
            pixels = draw.integers(0, 256, (80, 80, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / label / f"{i}.png")
    twin = tmp_path / "pets" / HOSTILE / "twin.png"
    twin.write_bytes((tmp_path / "pets/cat/1.png").read_bytes())
    (tmp_path / "pets/cat/empty.png").write_bytes(b"")
    run = tmp_path / "run"
    run.mkdir()
    (run / "out_of_fold.csv").write_text(
        "name,label,predicted,probability_of_label,probability_of_predicted\n"
        f"cat/0.png,cat,{HOSTILE},0.02,0.98\n"
        f"{HOSTILE}/0.png,{HOSTILE},{HOSTILE},0.7,0.7\n"
    )
    dataset = open_dataset(tmp_path / "pets")
    html = render_checkup(dataset, check(dataset, labels_run=run))
    assert "9 of 10 pictures would be used." in html
    assert "<script" not in html
    assert "http:" not in html
    assert "https:" not in html
    # Two of the pair, one doubtful label; a file that is empty has no picture.
    assert html.count("<img ") == 3
    assert "equal files in several classes" in html
    assert "cat/empty.png" in html
    assert "is cat" in html


def test_a_clean_dataset_has_a_page_too():
    images = np.random.default_rng(1).integers(0, 256, (6, 16, 16, 3), dtype=np.uint8)
    dataset = open_dataset((images, np.arange(6) % 2))
    html = render_checkup(dataset, check(dataset))
    assert "All 6 pictures would be used." in html
    assert "Nothing odd was found, and no file was changed." in html
