import json

from skipcat.cli.app import run
from skipcat.networks.catalogue import list_networks


def test_the_list_is_a_map_in_80_columns(capsys) -> None:
    assert run(["list"]) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    families = [block.splitlines()[0] for block in printed.split("\n\n")[1:]]
    assert families[0] == (
        "GoogLeNet, 2014: parallel branches behind 1x1 bottlenecks; auxiliary classifiers"
    )
    assert len(families) == 14
    assert "  resnet_cifar20        32     0.27    0.04  3 units in each of three stages" in printed


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
