import numpy as np

from skipcat.plots.heatmap import draw_legend, lay_over, tile_maps


def test_the_picture_is_seen_below_the_map_and_colours_are_the_maps_alone():
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[:, 3:] = (255, 0, 0)
    flat = lay_over(picture, np.zeros((4, 6)))
    assert flat.shape == (4, 6, 3)
    assert flat.dtype == np.uint8
    assert (flat[0, 5] > flat[0, 0]).all()  # brighter below, in grey
    assert len({tuple(pixel - flat[0, 0]) for pixel in flat[:, 4].tolist()}) == 1
    rising = lay_over(np.full((1, 50), 128, np.uint8), np.linspace(0, 1, 50)[None])[0].astype(int)
    brightness = rising @ [0.299, 0.587, 0.114]
    assert (np.diff(brightness) > -0.6).all()  # to be read in grey as well
    assert np.array_equal(
        lay_over(picture, np.full((4, 6), -3.0)), lay_over(picture, np.zeros((4, 6)))
    )


def test_the_legend_runs_from_dark_to_light():
    legend = draw_legend()
    assert legend.shape == (10, 160, 3)
    assert (legend[0] == legend[-1]).all()
    assert legend[0, 0].sum() < legend[0, -1].sum()


def test_feature_maps_are_tiled_each_in_its_own_range():
    maps = np.stack([np.zeros((4, 4)), np.eye(4) * 100, np.eye(4)])
    sheet = tile_maps(maps, columns=2, least_px=8)
    assert sheet.shape == (17, 17, 3)
    assert (sheet[:8, 9:] == sheet[9:, :8]).all()  # equal but for the range
    assert (sheet[8] == 255).all()
    assert (sheet[9:, 9:] == 255).all()  # no fourth map
