import numpy as np
import torch

from skipcat.engines.torch_engine import BATCH, normalise, run_network
from skipcat.networks.catalogue import build_network

MEAN, STD = (0.5, 0.25, 0.125), (0.5, 0.25, 0.2)


def test_pixels_are_scaled_centred_and_spread_channel_by_channel():
    pixels = torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 3, 1, 1)
    found = normalise(pixels, MEAN, STD).flatten().tolist()
    assert np.allclose(found, [-1.0, (0.2 - 0.25) / 0.25, (1 - 0.125) / 0.2])
    floats = pixels.float() / 255
    assert torch.equal(normalise(floats, MEAN, STD), normalise(pixels, MEAN, STD))


def test_more_images_than_a_batch_are_answered_in_order():
    net = build_network("resnet_cifar8", classes=4, image_px=8).eval()
    pixels = np.random.default_rng(0).integers(0, 256, (BATCH + 3, 3, 8, 8), np.uint8)
    logits = run_network(net, pixels, MEAN, STD)
    assert logits.shape == (BATCH + 3, 4)
    assert logits.dtype == np.float32
    with torch.no_grad():
        alone = net(normalise(torch.from_numpy(pixels[-1:]), MEAN, STD)).numpy()
    assert np.allclose(logits[-1:], alone, atol=1e-5 * np.abs(logits).max())
