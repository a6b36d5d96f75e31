import dataclasses

import pytest
import torch

from skipcat.errors import NetworkError
from skipcat.networks.catalogue import (
    build_network,
    find_entry,
    list_entries,
    list_networks,
    make_spec,
)


def message(action) -> str:
    with pytest.raises(NetworkError) as caught:
        action()
    return str(caught.value)


def test_names() -> None:
    assert list_networks() == (
        *("googlenet", "googlenet_2014", "googlenet_3x3"),
        *("bn_inception", "inception_v3"),
        *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
        *("resnet50_2015", "resnet101_2015", "resnet152_2015"),
        *("resnet34_a", "resnet34_c", "plain18", "plain34"),
        *("resnet_cifar20", "resnet_cifar32", "resnet_cifar44", "resnet_cifar56"),
        *("resnet_cifar110", "resnet_cifar1202"),
        *("plain_cifar20", "plain_cifar32", "plain_cifar44", "plain_cifar56"),
        *("plain_cifar110", "plain_cifar1202"),
        *("inception_v4", "inception_resnet_v1", "inception_resnet_v2"),
        *("preact_resnet18", "preact_resnet34", "preact_resnet50"),
        *("preact_resnet101", "preact_resnet152", "preact_resnet200"),
        *("preact_cifar110", "preact_cifar164", "preact_cifar1001"),
        *("wide_resnet28_10", "wide_resnet40_4", "wide_resnet50_2", "wide_resnet101_2"),
        *("resnext50_32x4d", "resnext101_32x8d", "resnet50_d"),
    )


def test_entries_state_what_they_are() -> None:
    for entry in list_entries():
        assert entry.name == entry.spec.name
        assert "arXiv" in entry.paper and entry.introduced and entry.family.introduced
        assert entry.paper == entry.spec.paper
        assert entry.family.year in {2014, 2015, 2016, 2018}
        assert entry.smallest_px <= (17 if "inception" in entry.name else 8)
        assert make_spec(entry.name, image_px=entry.image_px) == entry.spec


def test_a_name_that_is_not_there() -> None:
    assert message(lambda: build_network("resnet52")) == (
        "No network is called 'resnet52'. Did you mean 'resnet50'? 'skipcat list' shows all."
    )
    assert message(lambda: build_network("zzz")) == (
        "No network is called 'zzz'. 'skipcat list' shows all."
    )


@pytest.mark.parametrize(
    ("series", "depths", "depth", "nearest"),
    [
        *(("resnet_cifar", "6n+2 (8, 14, 20, …)", d, n) for d, n in ((21, 20), (0, 8), (100, 98))),
        ("plain_cifar", "6n+2 (8, 14, 20, …)", 57, 56),
        *(("preact_cifar", "9n+2 (11, 20, 29, …)", d, n) for d, n in ((163, 164), (2, 11))),
    ],
)
def test_a_depth_that_is_in_no_series(series: str, depths: str, depth: int, nearest: int) -> None:
    assert message(lambda: find_entry(f"{series}{depth}")) == (
        f"No network is called '{series}{depth}': the depths of {series} are {depths}; "
        f"the nearest is '{series}{nearest}'."
    )


@pytest.mark.parametrize("name", ["resnet_cifar26", "plain_cifar14", "preact_cifar29"])
def test_every_depth_of_a_series_builds(name: str) -> None:
    net = build_network(name, classes=4)
    layers = [
        key
        for key, m in net.named_modules()
        if isinstance(m, torch.nn.Conv2d | torch.nn.Linear) and "shortcut" not in key
    ]
    assert len(layers) == int(name[-2:])


@pytest.mark.parametrize(
    ("name", "image_px", "reduction"),
    [
        *(("googlenet", px, r) for px, r in ((8, 1), (32, 1), (40, 1), (41, 2), (64, 2))),
        *(("googlenet", px, r) for px, r in ((80, 2), (81, 4), (128, 4), (224, 8), (999, 8))),
        *(("inception_v3", px, r) for px, r in ((13, 1), (32, 1), (64, 2), (128, 4), (299, 8))),
        *(("resnet18", px, r) for px, r in ((8, 1), (32, 1), (64, 2), (128, 4), (224, 4))),
        *(("resnet50", px, r) for px, r in ((8, 1), (40, 1), (41, 2), (80, 2), (81, 4))),
        *(("inception_v4", px, r) for px, r in ((17, 1), (32, 1), (64, 2), (128, 4), (299, 8))),
        *(("inception_resnet_v1", px, r) for px, r in ((15, 1), (32, 1), (64, 2), (299, 8))),
        *(("bn_inception", px, r) for px, r in ((8, 1), (32, 1), (64, 2), (128, 4), (224, 8))),
        *(("resnet50_d", px, r) for px, r in ((8, 1), (41, 2), (224, 4))),
        *(("resnet_cifar20", px, 1) for px in (8, 32, 224)),
    ],
)
def test_the_stem_gives_way_to_small_images(name: str, image_px: int, reduction: int) -> None:
    spec = make_spec(name, image_px=image_px)
    assert spec.stem_reduction == reduction
    with torch.device("meta"):
        net = build_network(spec)
    grid = torch.empty(1, 3, image_px, image_px, device="meta")
    for row, stage in net.stages():
        if row in {"inception3a", "Mixed_5b", "conv2_x", "inception_resnet_a"}:
            break
        grid = stage(grid)
    assert grid.shape[-1] <= 40 or reduction in {1, 4, 8}
    ceiling = 8 if "incep" in name or "googl" in name else 1 if "cifar" in name else 4
    if reduction < ceiling:
        assert grid.shape[-1] <= 40


def test_strides_are_kept_from_the_input_on() -> None:
    net = build_network("googlenet", classes=2, image_px=64)
    assert net.conv1.conv.stride == (2, 2)
    assert isinstance(net.pool1, torch.nn.Identity) and isinstance(net.pool2, torch.nn.Identity)
    assert net.descriptions["pool1"] == "max pool 3x3 /2, left out for small images"
    net = build_network("googlenet", classes=2, image_px=128)
    assert isinstance(net.pool1, torch.nn.MaxPool2d) and isinstance(net.pool2, torch.nn.Identity)
    net = build_network("resnet18", classes=2, image_px=32)
    assert net.conv1.conv.stride == (1, 1) and net.conv1.conv.kernel_size == (7, 7)


@pytest.mark.parametrize("name", ["googlenet", "inception_v3", "inception_v4", "resnet50_d"])
def test_weights_of_any_reduction_load_into_any_other(name: str) -> None:
    large, small = build_network(name, 2, 224), build_network(name, 2, 20, seed=1)
    assert large.spec.stem_reduction != small.spec.stem_reduction
    small.load_state_dict(large.state_dict())


def test_a_larger_reduction_can_be_asked_for() -> None:
    spec = dataclasses.replace(make_spec("resnet18", 2, 64), stem_reduction=4)
    assert build_network(spec).spec.stem_reduction == 4
    assert build_network(spec, image_px=64).spec.stem_reduction == 2


def test_figures_that_are_refused() -> None:
    assert message(lambda: build_network("resnet18", classes=0)) == (
        "resnet18 needs at least 1 class, but was given 0."
    )
    assert message(lambda: build_network("resnet18", channels=0)) == (
        "resnet18 needs at least 1 channel, but was given 0."
    )
    assert message(lambda: build_network("resnet18", image_px=7)) == (
        "resnet18 takes images of 8 px or more, but was given 7."
    )
    assert message(lambda: build_network("inception_v3", image_px=12)) == (
        "inception_v3 takes images of 13 px or more, but was given 12."
    )


def test_images_that_are_refused() -> None:
    net = build_network("googlenet", classes=2).eval()
    assert message(lambda: net(torch.zeros(1, 1, 64, 64))) == (
        "googlenet was built for 3-channel images, but was given 1 channels; "
        "build it with channels=1."
    )
    assert message(lambda: net(torch.zeros(3, 64, 64))) == (
        "googlenet takes images (N, 3, H, W), but was given (3, 64, 64)."
    )
    assert message(lambda: net(torch.zeros(1, 3, 64, 20))) == (
        "googlenet with stem reduction 8 takes images of 31 px or more, but was given 64x20; "
        "build it with image_px=20."
    )
    assert message(lambda: net.forward_with_auxiliary(torch.zeros(1, 3, 7, 64))) == (
        "googlenet with stem reduction 8 takes images of 31 px or more, but was given 7x64."
    )


VALID_EDGES = ("inception_v3", "inception_v4", "inception_resnet_v1", "inception_resnet_v2")


@pytest.mark.parametrize("name", ["googlenet", "googlenet_3x3", "bn_inception", *VALID_EDGES])
@pytest.mark.parametrize("reduction", [1, 2, 4, 8])
def test_the_smallest_size_is_the_smallest_that_runs(name: str, reduction: int) -> None:
    spec = dataclasses.replace(make_spec(name, 2), stem_reduction=reduction)
    with torch.device("meta"):
        net = build_network(spec)
        x = torch.empty(2, 3, net.smallest_px, net.smallest_px)
        assert len(net.forward_with_auxiliary(x).auxiliary) == len(net.auxiliary)
        if net.smallest_px > spec.smallest_px or name in VALID_EDGES:
            smaller = torch.empty(2, 3, net.smallest_px - 1, net.smallest_px)
            with pytest.raises(RuntimeError, match=r"too small|can't be greater than"):
                for _, stage in net.stages():
                    smaller = stage(smaller)


def test_other_channels() -> None:
    assert build_network("resnet18", 2, 32, 5)(torch.zeros(2, 5, 32, 32)).shape == (2, 2)


def test_default_device_and_seed() -> None:
    spec = make_spec("resnet_cifar8", 2)
    torch.set_default_device("cpu")
    try:
        assert build_network(spec).fc.weight.device.type == "cpu"
    finally:
        torch.set_default_device(None)
