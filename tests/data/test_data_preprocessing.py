import numpy as np
import pytest
from PIL import Image

from skipcat.data.preprocessing import Preprocessing, prepare_image, resize, to_pixels

MEAN = (0.2, 0.4, 0.6)
PAD = Preprocessing(32, 3, MEAN, (0.25,) * 3, "pad")
COLOUR = [51, 102, 153]  # MEAN in 0..255


def flat(height, width, colour=(250, 0, 0)):
    return np.full((height, width, 3), colour, np.uint8)


@pytest.mark.parametrize(
    ("height", "width"), [(64, 32), (32, 64), (427, 640), (640, 427), (7, 900)]
)
def test_all_of_an_image_is_fitted_in_and_the_rest_is_the_mean_colour(height, width):
    pixels = prepare_image(flat(height, width), PAD)
    assert pixels.shape == (3, 32, 32)
    inside = pixels[0] == 250
    rows, columns = inside.any(1).sum(), inside.any(0).sum()
    assert max(rows, columns) == 32
    assert abs(min(rows, columns) - max(1, 32 * min(height, width) / max(height, width))) <= 1
    assert np.unique(pixels[:, ~inside].T, axis=0).tolist() == [COLOUR]
    top, bottom = inside.any(1).argmax(), inside.any(1)[::-1].argmax()
    left, right = inside.any(0).argmax(), inside.any(0)[::-1].argmax()
    assert abs(int(top) - int(bottom)) <= 1
    assert abs(int(left) - int(right)) <= 1


def test_squashing_fills_the_square():
    squash = Preprocessing(32, 3, MEAN, (0.25,) * 3, "squash")
    assert (prepare_image(flat(20, 90), squash)[0] == 250).all()


def test_an_image_of_the_right_size_is_left_as_it_is():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    assert np.array_equal(prepare_image(pixels, PAD), pixels.transpose(2, 0, 1))
    image = Image.fromarray(pixels)
    assert resize(image, 32, 32) is image


def test_grey_networks_see_one_channel():
    grey = Preprocessing(16, 1, (0.5,), (0.5,), "pad")
    pixels = prepare_image(flat(16, 8, (90, 90, 90)), grey)
    assert pixels.shape == (1, 16, 16)
    assert sorted(np.unique(pixels).tolist()) == [90, 128]


def test_pixels_are_laid_out_channels_first():
    assert to_pixels(Image.new("L", (5, 4))).shape == (1, 4, 5)
    assert to_pixels(Image.new("RGB", (5, 4))).shape == (3, 4, 5)
    assert to_pixels(Image.new("RGB", (5, 4))).flags.c_contiguous
