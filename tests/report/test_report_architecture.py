from pathlib import Path

import pytest

import skipcat
from drawn import assert_tidy, read
from skipcat.networks.catalogue import make_spec


def test_networks_are_drawn_by_name_spec_or_as_built():
    spec = make_spec("plain_cifar20", 10, 32)
    net = skipcat.build_network("resnet_cifar20", classes=10, image_px=32)
    svg = skipcat.draw_network("resnet_cifar20", spec, net, image_px=32)
    drawn = read(svg)
    assert_tidy(drawn)
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" ')
    assert drawn.words.count("resnet_cifar20") == 2
    assert drawn.words.count("plain_cifar20") == 1
    assert "269,722" in drawn.words and "ms" not in drawn.words


def test_milliseconds_are_measured_and_said_to_be():
    net = skipcat.build_network("resnet_cifar8", image_px=16)
    drawn = read(skipcat.draw_network(net, "resnet_cifar8", image_px=16, milliseconds=True))
    assert_tidy(drawn)
    assert drawn.words.count("ms") == 2
    assert sum(word.startswith("ms: measured on this machine") for word in drawn.words) == 2


def test_what_cannot_be_drawn_is_told():
    with pytest.raises(skipcat.SkipcatError) as none:
        skipcat.draw_network()
    assert str(none.value) == "A drawing needs a network; 'skipcat list' shows all."
    with pytest.raises(skipcat.SkipcatError) as wrong:
        skipcat.draw_network("resnet52")
    assert str(wrong.value).startswith("No network is called 'resnet52'.")


@pytest.mark.parametrize("networks", [("googlenet",), ("resnet34", "plain34")])
def test_the_drawings_of_the_docs_are_what_their_commands_give(networks):
    path = Path(__file__).parents[2] / "docs" / "drawings" / f"{'-'.join(networks)}.svg"
    assert path.read_text(encoding="utf-8") == skipcat.draw_network(*networks)
