import json
import subprocess
import sys
from dataclasses import replace

import pytest

import skipcat
from drawn import assert_tidy, read
from skipcat.cli.app import run
from skipcat.data.preprocessing import Preprocessing
from skipcat.networks.catalogue import list_networks, make_spec


def test_the_list_is_a_map_in_80_columns(capsys) -> None:
    assert run(["list"]) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    families = [block.splitlines()[0] for block in printed.split("\n\n")[1:]]
    assert families[0] == (
        "2014  GoogLeNet: parallel branches behind 1x1 bottlenecks; auxiliary classifiers"
    )
    years = [int(family[:4]) for family in families[:-1]]
    assert len(years) == 14 and years == sorted(years)
    assert "  resnet_cifar20         32     0.27    0.041  3 units in each of 3 stages" in printed
    assert "  resnet18*             224    11.69    1.814  basic units: two 3x3" in printed
    # One line each: the head, a blank line and a heading per family, and the foot.
    assert len(printed.splitlines()) == 1 + 2 * 14 + len(list_networks()) + 5


def test_the_list_starts_no_compiler() -> None:
    """torch's rules for shapes import it, which takes longer than counting everything."""
    command = "from skipcat.cli.app import run; run(['list']); import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", command], check=True, capture_output=True, text=True
    )
    assert "torch._dynamo" not in done.stdout.splitlines()[-1].split()


def test_the_list_as_json(capsys) -> None:
    assert run(["list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert tuple(entry["name"] for entry in found) == list_networks()
    wide = next(entry for entry in found if entry["name"] == "wide_resnet28_10")
    assert (wide["family"], wide["year"], wide["parameters"]) == ("Wide ResNet", 2016, 36_479_194)
    assert all(entry["smallest_px"] <= 32 for entry in found)


def test_show_at_other_widths_and_depths(capsys) -> None:
    flags = ["--width-multiplier", "0.5", "--depth-multiplier", "2"]
    assert run(["show", "resnet_cifar20", *flags]) == 0
    assert "[3x3 8, 3x3 8] x6" in capsys.readouterr().out


def test_show_foresees_the_memory_of_training(capsys) -> None:
    assert run(["show", "resnet_cifar56", "--training", "--batch", "128", "--json"]) == 0
    every, root = json.loads(capsys.readouterr().out)["training"]
    assert every["activation_memory"] == "all" and root["activation_memory"] == "sqrt"
    assert every["peak_mib"] > 3 * root["peak_mib"] > 300
    assert run(["show", "resnet_cifar20", "--training", "--batch", "128"]) == 0
    printed = capsys.readouterr().out
    assert "Training at batch 128, beside what Python and torch take (MiB):" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_show_prints_the_paper_s_table(capsys) -> None:
    assert run(["show", "googlenet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "224 px, 3 channels, 1000 classes; takes 8 px or more" in lines
    row = lines.index("inception3a    28x28x256     164,064    128.05       59")
    assert lines[row + 1] == "    1x1 64 | 3x3 96-128 | 5x5 16-32 | pool 32"
    assert "linear              1000   1,025,000      1.02      715  linear, one per class" in lines
    assert lines[-2] == (
        "Auxiliary heads on inception4a and inception4d: 6,379,984 parameters more."
    )


def test_show_draws_and_prints_the_table_all_the_same(capsys, tmp_path) -> None:
    assert run(["show", "resnet_cifar20"]) == 0
    table = capsys.readouterr().out
    path = tmp_path / "new" / "net.SVG"
    assert run(["show", "resnet_cifar20", "--drawing", str(path)]) == 0
    assert capsys.readouterr().out == f"{table}\nDrawing: {path}\n"
    drawn = read(path.read_text(encoding="utf-8"))
    assert {"resnet_cifar20", "conv3_x", "269,722", "x 3"} <= set(drawn.words)


def test_show_draws_two_networks_side_by_side(capsys, tmp_path) -> None:
    path = tmp_path / "two.svg"
    flags = ["--image-px", "16", "--classes", "4", "--width-multiplier", "0.5"]
    assert run(["show", "resnet_cifar8", "plain_cifar8", *flags, "--drawing", str(path)]) == 0
    printed = capsys.readouterr().out
    assert printed.index("resnet_cifar8: ") < printed.index("\n\nplain_cifar8: ")
    drawn = read(path.read_text(encoding="utf-8"))
    assert_tidy(drawn)
    assert drawn.words.count("8x8x16") == drawn.words.count("linear, 4") == 2


def test_several_networks_are_a_list_in_json_and_one_is_none(capsys, tmp_path) -> None:
    path = tmp_path / "two.svg"
    networks = ["resnet_cifar8", "plain_cifar8"]
    assert run(["show", *networks, "--json", "--drawing", str(path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["network"] for one in found] == networks
    assert path.is_file() and "spec" not in found[0]
    assert run(["show", "plain_cifar8", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == found[1]


def test_milliseconds_are_a_column_with_a_sum(capsys) -> None:
    assert run(["show", "resnet_cifar8", "--image-px", "16", "--milliseconds"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    head = next(line for line in lines if line.startswith("row"))
    assert head.endswith(" sees px       ms  what it is")
    assert any(line.startswith("ms: measured on this machine (") for line in lines)
    end = head.index("ms  what") + 2
    rows = [line for line in lines[lines.index(head) + 1 :] if line[end - 3 : end - 2] == "."]
    times = [float(row[end - 9 : end]) for row in rows]
    assert len(times) == 7 and abs(sum(times[:-1]) - times[-1]) < 0.05
    assert run(["show", "resnet_cifar8", "--image-px", "16", "--milliseconds", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["milliseconds"]["rows"]) == [row["name"] for row in told["rows"]]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net.png", "A drawing is an SVG file, whose name ends in .svg; 'net.png' does not."),
        ("net", "A drawing is an SVG file, whose name ends in .svg; 'net' does not."),
        (
            "folder.svg",
            "'folder.svg' is a folder; give --drawing the name of a file, as in net.svg.",
        ),
        (
            "file/net.svg",
            "Cannot write 'file/net.svg': File exists. That file is as it was.",
        ),
    ],
)
def test_a_place_that_cannot_hold_a_drawing_is_told(
    name, message, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").write_text("mine")
    assert run(["show", "resnet_cifar8", "--drawing", name]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"skipcat: {message}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.svg"]


def test_a_classifiers_network_is_shown_as_it_was_trained(tmp_path, capsys):
    net = skipcat.build_network(replace(make_spec("resnet18", 3, 64), stem_reduction=4))
    look = Preprocessing(64, 3, (0.5,) * 3, (0.25,) * 3)
    skipcat.Classifier(net, ("a", "b", "c"), look).save(tmp_path / "clf")
    assert run(["show", str(tmp_path / "clf"), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["macs"] == skipcat.measure_cost(net, image_px=64).macs
    assert (shown["image_px"], shown["classes"]) == (64, 3)
    assert run(["show", str(tmp_path / "clf"), "--classes", "7", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == 7
