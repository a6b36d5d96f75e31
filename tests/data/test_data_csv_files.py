import pytest
from PIL import Image

from skipcat.data.dataset import open_dataset
from skipcat.errors import DataError


@pytest.fixture
def table(tmp_path):
    """Give a function that writes a CSV beside a.png, b.png and sub/c.png."""
    (tmp_path / "sub").mkdir()
    for name in ("a.png", "b.png", "sub/c.png"):
        Image.new("RGB", (2, 2)).save(tmp_path / name)

    def write(text, encoding="utf-8"):
        path = tmp_path / "labels.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def refuse(path):
    with pytest.raises(DataError) as caught:
        open_dataset(path)
    return str(caught.value)


def test_paths_are_relative_to_the_csv(table):
    path = table("path,label\nb.png,dog\nsub/c.png,cat\n\na.png, cat \n")
    dataset = open_dataset(path)
    assert dataset.name == "labels"
    assert dataset.classes == ("cat", "dog")
    assert dataset.names == ["a.png", "b.png", "sub/c.png"]
    assert dataset.labels.tolist() == [0, 1, 0]
    assert dataset.images[2] == path.parent / "sub" / "c.png"


def test_other_columns_quotes_bom_and_parts(table):
    text = '\ufeffid,path,label,part\n1,"a.png","a, b",train\n2,b.png,x,Test\n3,sub/c.png,x,\n'
    dataset = open_dataset(table(text))
    assert dataset.classes == ("a, b", "x")
    assert dict(zip(dataset.names, dataset.parts, strict=True)) == {
        "a.png": "train",
        "b.png": "test",
        "sub/c.png": "",
    }


def test_all_bad_rows_are_told_at_once_by_line(table):
    path = table("path,label,part\n,cat\na.png,\nnone.png,cat\nb.png,cat,tset\nsub/c.png,cat\n")
    assert refuse(path) == (
        f"'{path}' has 4 bad rows: line 2: the path is empty; line 3: the label is empty; "
        "line 4: there is no file 'none.png'; line 5: the part 'tset' is not train, val or test."
    )


def test_of_very_many_bad_rows_the_first_twenty_are_told(table):
    path = table("path,label\n" + "".join(f"{i}.png,cat\n" for i in range(1200)))
    message = refuse(path)
    assert message.startswith(f"'{path}' has 1200 bad rows: line 2: there is no file '0.png'; ")
    assert message.endswith("line 21: there is no file '19.png'; and 1,180 more.")


def test_a_path_that_no_file_can_have_is_a_bad_row(table):
    path = table(f"path,label\n{'x' * 5000},cat\na.png,dog\n")
    assert refuse(path) == f"'{path}' has 1 bad row: line 2: there is no file '{'x' * 5000}'."


def test_a_row_that_repeats_another_is_left_out_and_named(table):
    dataset = open_dataset(table("path,label\na.png,cat\nb.png,dog\na.png,cat\n"))
    assert dataset.names == ["a.png", "b.png"]
    assert dataset.left_out == {"a row that repeats another": ("a.png",)}


def test_a_row_that_contradicts_another_is_bad(table):
    path = table("path,label\na.png,cat\nb.png,dog\na.png,dog\n")
    assert refuse(path) == (
        f"'{path}' has 1 bad row: line 4: 'a.png' has another label or part than on line 2."
    )


def test_what_is_no_such_csv_is_told(table):
    path = table("file;label\na.png;cat\n")
    assert refuse(path) == (
        f"'{path}' has the columns file;label; the header path,label is needed."
    )
    assert refuse(table("")) == f"'{path}' has the columns none; the header path,label is needed."
    assert refuse(table("path,label\n")) == (
        f"'{path}' has a header but no rows; one row per image is needed."
    )
    assert refuse(table("path,label\na.png,Gänseblümchen\n", "latin-1")) == (
        f"'{path}' cannot be read as a CSV in UTF-8: 'utf-8' codec can't decode byte 0xe4 in "
        "position 18: invalid continuation byte."
    )
