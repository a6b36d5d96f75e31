import hashlib
import threading
import time
import urllib.error
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import safetensors.torch
import torch
import torchvision

from lively import enliven
from skipcat.errors import WeightsError
from skipcat.networks.catalogue import build_network
from skipcat.networks.weights import load_save as weights
from skipcat.networks.weights import torchvision as published
from skipcat.networks.weights.load_save import load_weights, save_weights
from skipcat.networks.weights.torchvision import WeightsInfo, fetch_pretrained
from skipcat.networks.weights.transfer import load_trunk

TORCHVISION_S = (
    "googlenet_3x3, inception_v3, resnet18, resnet34, resnet50, resnet101, resnet152, "
    "wide_resnet50_2, wide_resnet101_2, resnext50_32x4d, resnext101_32x8d"
)


def message(action) -> str:
    with pytest.raises(WeightsError) as caught:
        action()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def small(seed: int = 0, classes: int = 2, channels: int = 3):
    return build_network("resnet_cifar8", classes=classes, channels=channels, seed=seed)


@pytest.mark.parametrize("suffix", [".pth", ".bin", ".safetensors", ""])
def test_format_is_told_from_the_content(suffix: str, tmp_path) -> None:
    net = small()
    for write in (
        lambda path: path.write_bytes(safetensors.torch.save(net.state_dict())),
        lambda path: torch.save(net.state_dict(), path),
        lambda path: torch.save(net.state_dict(), path, _use_new_zipfile_serialization=False),
    ):
        path = tmp_path / f"w{suffix}"
        write(path)
        other = small(seed=1)
        assert load_weights(other, path) == "skipcat"
        assert torch.equal(other.fc.weight, net.fc.weight)


def test_wrappers_and_prefixes(tmp_path) -> None:
    net = small()
    plain = dict(net.state_dict())
    prefixed = {f"module.{key}": tensor for key, tensor in plain.items()}
    for found in (
        {"state_dict": plain, "epoch": 3},
        {"model": prefixed},
        {"state_dict": prefixed, "optimizer": {"lr": 0.1}},
        prefixed,
    ):
        torch.save(found, tmp_path / "w.pth")
        other = small(seed=1)
        assert load_weights(other, tmp_path / "w.pth") == "skipcat"
        assert torch.equal(other.fc.weight, net.fc.weight)


def test_equal_weights_give_equal_files_and_nothing_beside_them(tmp_path) -> None:
    save_weights(small(), tmp_path / "a.safetensors")
    save_weights(small(), tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    assert b"__metadata__" not in (tmp_path / "a.safetensors").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.safetensors", "b.safetensors"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(small(), path)
    before = path.read_bytes()

    def no_space(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(weights.os, "fsync", no_space)
    assert message(lambda: save_weights(small(seed=1), path)) == (
        f"Cannot write weights to {path}: No space left on device."
    )
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]


def test_what_does_not_fit_is_named(tmp_path) -> None:
    state = dict(small().state_dict())
    del state["conv1.conv.weight"]
    state["conv9.conv.weight"] = torch.zeros(1)
    state["fc.weight"] = torch.zeros(5, 64)
    torch.save(state, tmp_path / "w.pth")
    net = small(seed=1)
    untouched = net.fc.weight.clone()
    assert message(lambda: load_weights(net, tmp_path / "w.pth")) == (
        "w.pth does not fit resnet_cifar8: missing: conv1.conv.weight; "
        "unexpected: conv9.conv.weight; other shapes: fc.weight is (5, 64) there, (2, 64) here."
    )
    assert torch.equal(net.fc.weight, untouched)


def test_another_class_count_is_refused_with_the_way_out(tmp_path) -> None:
    torch.save(small(classes=5).state_dict(), tmp_path / "w.pth")
    assert message(lambda: load_weights(small(), tmp_path / "w.pth")) == (
        "w.pth does not fit resnet_cifar8: other shapes: fc.weight is (5, 64) there, (2, 64) here, "
        "fc.bias is (5,) there, (2,) here. "
        "Its trunk fits: build_network(pretrained=FILE) keeps that."
    )


def test_files_that_hold_no_weights(tmp_path) -> None:
    path = tmp_path / "w.pth"
    assert message(lambda: load_weights(small(), path)) == (
        f"Cannot read weights from {path}: No such file or directory."
    )
    path.write_bytes(b"hello")
    start = f"{path} is neither a safetensors file nor a state dict of torch's ("
    assert message(lambda: load_weights(small(), path)).startswith(start)
    path.write_bytes(b"")
    assert message(lambda: load_weights(small(), path)).startswith(start)
    torch.save([1, 2], path)
    assert message(lambda: load_weights(small(), path)) == f"{path} holds no state dict, but list."
    torch.save({"a": torch.zeros(1), "b": torch.zeros(1)}, path)
    assert message(lambda: load_weights(small(), path)) == (
        "w.pth holds no weights of resnet_cifar8: none of its names fits (they begin a, b)."
    )


class Trap:
    def __reduce__(self):
        return (print, ("this must not run",))


def test_a_file_cannot_run_code(tmp_path, capsys) -> None:
    torch.save({"state_dict": small().state_dict(), "trap": Trap()}, tmp_path / "w.pth")
    assert "is neither a safetensors file" in message(
        lambda: load_weights(small(), tmp_path / "w.pth")
    )
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("name", "model", "heads"),
    [("googlenet_3x3", "googlenet", "aux"), ("inception_v3", "inception_v3", "AuxLogits")],
)
def test_heads_that_a_file_lacks_keep_their_values(name, model, heads, tmp_path) -> None:
    reference = getattr(torchvision.models, model)(
        weights=None, num_classes=2, aux_logits=True, init_weights=False
    )
    state = {k: t for k, t in reference.state_dict().items() if not k.startswith(heads)}
    torch.save(state, tmp_path / "w.pth")
    net = build_network(name, 2, 32)
    before = {k: t.clone() for k, t in net.auxiliary.state_dict().items()}
    assert load_weights(net, tmp_path / "w.pth") == "torchvision"
    assert all(torch.equal(t, before[k]) for k, t in net.auxiliary.state_dict().items())
    # Half a head is not "no head".
    partial = next(k for k in reference.state_dict() if k.startswith(heads))
    state[partial] = reference.state_dict()[partial]
    torch.save(state, tmp_path / "w.pth")
    assert " does not fit " in message(lambda: load_weights(net, tmp_path / "w.pth"))


def test_both_heads_land_on_their_rows(tmp_path) -> None:
    """vision#8736: only the order of the returned logits was wrong, never these names."""
    reference = torchvision.models.googlenet(
        weights=None, num_classes=2, aux_logits=True, init_weights=False
    )
    enliven(reference)
    torch.save(reference.state_dict(), tmp_path / "w.pth")
    net = build_network("googlenet_3x3", 2, 32)
    load_weights(net, tmp_path / "w.pth")
    assert torch.equal(net.auxiliary["inception4a"].hidden.weight, reference.aux1.fc1.weight)
    assert torch.equal(net.auxiliary["inception4d"].hidden.weight, reference.aux2.fc1.weight)
    assert reference.aux2.conv.conv.weight.shape[1] == 528


def test_old_files_without_batch_counters_load(tmp_path) -> None:
    state = small().state_dict()
    kept = {k: t for k, t in state.items() if not k.endswith("num_batches_tracked")}
    torch.save(kept, tmp_path / "w.pth")
    assert load_weights(small(seed=1), tmp_path / "w.pth") == "skipcat"


def test_torchvision_s_names_do_not_slip_into_another_network(tmp_path) -> None:
    save_weights(build_network("resnet50", 2, 32), tmp_path / "w.pth", "torchvision")
    assert message(lambda: load_weights(build_network("resnet50_2015", 2), tmp_path / "w.pth")) == (
        "w.pth has torchvision's names, whose stride is in the 3x3; in resnet50_2015 they would "
        "load and answer wrongly. Use resnet50."
    )
    save_weights(build_network("googlenet_3x3", 2, 32), tmp_path / "w.pth", "torchvision")
    assert "inception3a.branch5x5.conv.conv.weight is (32, 16, 3, 3) there" in message(
        lambda: load_weights(build_network("googlenet", 2), tmp_path / "w.pth")
    )


def test_torchvision_s_dialect_is_for_its_networks_only(tmp_path) -> None:
    for name in ("resnet_cifar8", "resnet50_2015", "googlenet", "googlenet_2014"):
        with torch.device("meta"):
            net = build_network(name)
        assert message(lambda net=net: save_weights(net, tmp_path / "w.pth", "torchvision")) == (
            f"torchvision has no {name}; it has {TORCHVISION_S}. Save in dialect 'skipcat'."
        )


def test_a_trunk_fits_another_class_count(tmp_path) -> None:
    source = build_network("googlenet_3x3", 4, 32)
    save_weights(source, tmp_path / "w.pth", "torchvision")
    net = build_network("googlenet_3x3", 2, 32, seed=1)
    fresh = net.linear.weight.clone()
    remade = load_trunk(net, tmp_path / "w.pth")
    assert remade == ("linear", "auxiliary.inception4a", "auxiliary.inception4d")
    assert torch.equal(net.linear.weight, fresh)
    assert torch.equal(net.conv1.conv.weight, source.conv1.conv.weight)
    head = "inception4a"
    assert torch.equal(net.auxiliary[head].hidden.weight, source.auxiliary[head].hidden.weight)
    same = build_network("googlenet_3x3", 4, 32, seed=1)
    assert load_trunk(same, tmp_path / "w.pth") == ()
    assert torch.equal(same.linear.weight, source.linear.weight)


def test_a_trunk_of_another_network_is_refused() -> None:
    state = build_network("resnet_cifar14", 4).state_dict()
    assert "does not fit resnet_cifar8: unexpected: conv2_x.1." in message(
        lambda: load_trunk(small(), state)
    )


def test_other_channels_answer_alike_to_grey_images() -> None:
    source = small(classes=4).eval()
    grey = torch.rand(2, 1, 16, 16)
    with torch.inference_mode():
        expected = source(grey.expand(2, 3, 16, 16))
        for channels in (1, 2, 6):
            net = small(classes=4, channels=channels, seed=1).eval()
            remade = load_trunk(net, source.state_dict())
            assert remade == ("conv1",)
            if channels == 2:
                continue  # two of three filters cannot sum to all three
            given = net(grey.expand(2, channels, 16, 16))
            torch.testing.assert_close(given, expected, rtol=1e-4, atol=1e-5)


def test_build_network_takes_a_file(tmp_path) -> None:
    source = small(classes=4)
    save_weights(source, tmp_path / "w.safetensors")
    net = build_network("resnet_cifar8", 4, seed=9, pretrained=tmp_path / "w.safetensors")
    assert torch.equal(net.fc.weight, source.fc.weight)
    fresh = build_network("resnet_cifar8", 4, seed=9, pretrained="none")
    assert not torch.equal(fresh.fc.weight, source.fc.weight)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


def no_connection(*_, **__):
    raise urllib.error.URLError("no route")


def test_offline_says_what_and_what_to_do(hub, monkeypatch) -> None:
    monkeypatch.setattr(published.urllib.request, "urlopen", no_connection)
    assert message(lambda: build_network("resnet18", pretrained="torchvision")) == (
        "Cannot fetch resnet18's weights https://download.pytorch.org/models/resnet18-f37072fd.pth:"
        " no connection; pass a file instead: pretrained=FILE (--pretrained FILE)."
    )


def test_a_silent_connection_is_given_up_in_time(hub, monkeypatch) -> None:
    assert published.REACH_SECONDS <= 5
    monkeypatch.setattr(published, "REACH_SECONDS", 0.2)
    hang_up = threading.Event()

    def hang(*_, **__):
        hang_up.wait(20)
        no_connection()

    monkeypatch.setattr(published.urllib.request, "urlopen", hang)
    start = time.monotonic()
    try:
        assert "no connection" in message(lambda: fetch_pretrained("resnet18"))
        assert time.monotonic() - start < 5
    finally:
        hang_up.set()


class Stalling(BaseHTTPRequestHandler):
    """Answers at once, sends half of what it promised, and then nothing or all of the rest."""

    content, hang_up = b"x" * 1000, None

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()

    def do_GET(self):
        self.do_HEAD()
        self.wfile.write(self.content[:500])
        self.wfile.flush()
        if self.hang_up:
            self.hang_up.wait(20)
        else:
            self.wfile.write(self.content[500:])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    place = ThreadingHTTPServer(("127.0.0.1", 0), Stalling)
    threading.Thread(target=place.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{place.server_port}"
    place.shutdown()
    place.server_close()


def test_a_download_that_stands_still_is_given_up(hub, server, monkeypatch) -> None:
    monkeypatch.setattr(published, "STALL_SECONDS", 0.2)
    monkeypatch.setattr(Stalling, "hang_up", threading.Event())
    url, start = f"{server}/net.pth", time.monotonic()
    try:
        assert message(lambda: published._fetch(url, "net")) == (
            f"Cannot fetch net's weights {url}: the download stood still for 0.2 s; pass a file "
            "instead: pretrained=FILE (--pretrained FILE)."
        )
    finally:
        Stalling.hang_up.set()
    assert time.monotonic() - start < 10
    assert list(hub.iterdir()) == []


def test_a_download_arrives_whole_or_not_at_all(hub, server) -> None:
    digest = hashlib.sha256(Stalling.content).hexdigest()
    path = published._fetch(f"{server}/net-{digest[:8]}.pth", "net")
    assert path.read_bytes() == Stalling.content
    assert message(lambda: published._fetch(f"{server}/net-00000000.pth", "net")) == (
        f"Cannot fetch net's weights {server}/net-00000000.pth: what came is damaged, its sha256 "
        f"begins {digest[:8]}; pass a file instead: pretrained=FILE (--pretrained FILE)."
    )
    assert list(hub.iterdir()) == [path]


def test_networks_without_published_weights() -> None:
    assert message(lambda: fetch_pretrained("googlenet")) == (
        f"torchvision has no weights for googlenet; it has some for {TORCHVISION_S}. "
        "Pass a file instead: pretrained=FILE (--pretrained FILE)."
    )


def test_a_cached_file_needs_no_connection_but_the_right_hash(hub, monkeypatch) -> None:
    monkeypatch.setattr(published.urllib.request, "urlopen", no_connection)
    cached = hub / "resnet18-f37072fd.pth"
    reference = torchvision.models.resnet18(weights=None)
    torch.save(reference.state_dict(), cached)
    digest = hashlib.sha256(cached.read_bytes()).hexdigest()
    assert message(lambda: fetch_pretrained("resnet18")) == (
        f"The weights in {cached} are damaged: their sha256 begins {digest[:8]}, not f37072fd. "
        "Delete the file to fetch it again."
    )
    monkeypatch.setattr(published, "_hash_in", lambda _: digest[:8])
    state, info = fetch_pretrained("resnet18")
    assert torch.equal(state["fc.weight"], reference.fc.weight)
    assert info == WeightsInfo(
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        image_px=224,
        source="torchvision IMAGENET1K_V1",
        url="https://download.pytorch.org/models/resnet18-f37072fd.pth",
    )
    net = build_network("resnet18", 3, 32, channels=1, pretrained="torchvision")
    assert torch.equal(net.conv2_x[0].branch.conv1.conv.weight, reference.layer1[0].conv1.weight)


def test_googlenet_s_untrained_heads_are_left_in_their_file(hub, monkeypatch) -> None:
    reference = torchvision.models.googlenet(weights=None, aux_logits=True, init_weights=False)
    torch.save(reference.state_dict(), hub / "googlenet-1378be20.pth")
    monkeypatch.setattr(published, "_hash_in", lambda _: None)
    state, info = fetch_pretrained("googlenet_3x3")
    assert not any(key.startswith("aux") for key in state)
    assert info.mean == info.std == (0.5, 0.5, 0.5)
    net = build_network("googlenet_3x3", 1000, 32)
    assert load_trunk(net, state) == ("auxiliary.inception4a", "auxiliary.inception4d")
