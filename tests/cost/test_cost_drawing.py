"""Every network draws: no words are cut or meet, every row is there, the sums are Cost's."""

import pytest

from drawn import assert_tidy, read
from skipcat.cost.counting import measure_cost
from skipcat.cost.drawing import describe_architecture
from skipcat.cost.drawn_rows import conv, draw_row
from skipcat.networks.catalogue import list_networks, make_spec
from skipcat.networks.rows.heads import Dropout
from skipcat.networks.rows.residual import ResidualStage
from skipcat.plots.architecture.draw import draw_architectures
from skipcat.plots.architecture.model import Box, Chain, Parallel, Repeat, ResidualPart, in_order


def describe(name, image_px=None, **changes):
    spec = make_spec(name, None, image_px, **changes)
    return describe_architecture(measure_cost(spec, image_px))


def row_of(drawing, name):
    return next(row for row in drawing.rows if name in row.names)


def layers(part):
    return [one.words for one in in_order(part) if isinstance(one, Box)]


@pytest.mark.parametrize("name", list_networks())
def test_every_network_draws(name):
    cost = measure_cost(name)
    drawing = describe_architecture(cost)
    drawn = read(draw_architectures([drawing]))
    assert_tidy(drawn)
    explained = " ".join(drawn.titles)
    for row in cost.rows:
        assert row.name in explained and row.description in explained
    assert [name for row in drawing.rows for name in row.names] == [
        "input", *(row.name for row in cost.rows), "output",
    ]  # fmt: skip
    for figure in (f"{cost.parameters:,}", f"{cost.macs / 1e6:,.2f}"):
        assert figure in drawn.words
    assert sum(row.parameters for row in drawing.rows) == cost.parameters
    assert sum(row.macs for row in drawing.rows) == cost.macs
    assert drawn.edge.right < 1100  # readable where a page is 1000 px wide
    assert drawn.edge.bottom < 3200


@pytest.mark.parametrize(
    ("name", "image_px", "changes"),
    [
        ("googlenet", 8, {"width_multiplier": 4, "depth_multiplier": 3}),
        ("inception_v3", 512, {"width_multiplier": 0.1, "depth_multiplier": 0.2}),
        ("inception_resnet_v2", 64, {"depth_multiplier": 1 / 16}),
        ("inception_v4", 299, {"width_multiplier": 16, "depth_multiplier": 1.5}),
        ("resnet152", 32, {"width_multiplier": 16, "depth_multiplier": 16}),
        ("preact_cifar1001", 33, {"width_multiplier": 3}),
    ],
)
def test_other_sizes_widths_and_depths_draw(name, image_px, changes):
    drawing = describe(name, image_px, **changes)
    assert_tidy(read(draw_architectures([drawing])))
    assert sum(row.macs for row in drawing.rows) == drawing.macs


def test_an_inception_module_has_its_figure_s_branches():
    row = row_of(describe("googlenet"), "inception3a")
    assert row.part == Parallel(
        (
            Box("1x1, 64", "convolution"),
            Chain((Box("1x1, 96", "convolution"), Box("3x3, 128", "convolution"))),
            Chain((Box("1x1, 16", "convolution"), Box("5x5, 32", "convolution"))),
            Chain((Box("3x3 max pool", "pool"), Box("1x1, 32", "convolution"))),
        ),
        "concat, 256",
    )
    assert (row.output, row.what) == ("28x28x256", "Inception module")


def test_forks_meet_in_the_module_s_own_concatenation():
    part = row_of(describe("inception_v3"), "Mixed_7b").part
    assert part.words == "concat, 2048"
    assert part.branches[2] == Chain(
        (
            conv(1, 448, bare=True),
            conv(3, 384, bare=True),
            Parallel((conv((1, 3), 384, bare=True), conv((3, 1), 384, bare=True))),
        )
    )


def test_rows_fold_where_structure_and_widths_are_equal_and_nowhere_else():
    v3 = describe("inception_v3")
    assert [row.names for row in v3.rows if len(row.names) > 1] == [("Mixed_6c", "Mixed_6d")]
    v4 = describe("inception_v4")
    folded = {row.names[0]: (len(row.names), row.part.times) for row in v4.rows if row.names[1:]}
    assert folded == {"Mixed_5b": (4, 4), "Mixed_6b": (7, 7), "Mixed_7b": (3, 3)}
    googlenet = describe("googlenet")
    assert all(len(row.names) == 1 for row in googlenet.rows)


@pytest.mark.parametrize(
    ("name", "first", "note"),
    [
        ("resnet34", ["3x3 conv, 128, /2", "3x3 conv, 128", "1x1, 128, /2"], ""),
        (
            "resnet34_a",
            ["3x3 conv, 128, /2", "3x3 conv, 128", "every 2nd pixel,\npad with zeros, 128"],
            "",
        ),
        ("resnet50", ["1x1 conv, 128", "3x3 conv, 128, /2", "1x1 conv, 512", "1x1, 512, /2"], ""),
        (
            "resnet50_2015",
            ["1x1 conv, 128, /2", "3x3 conv, 128", "1x1 conv, 512", "1x1, 512, /2"],
            "",
        ),
        (
            "resnet50_d",
            ["1x1 conv, 128", "3x3 conv, 128, /2", "1x1 conv, 512", "2x2 avg pool, /2", "1x1, 512"],
            "",
        ),
    ],
)
def test_the_first_unit_of_a_stage_shows_its_shortcut(name, first, note):
    unit, rest = row_of(describe(name), "conv3_x").part.parts
    assert layers(unit) == first
    assert (unit.dashed, unit.note, unit.after) == (True, note, "ReLU")
    assert isinstance(rest, Repeat) and rest.times == 3
    assert rest.part.note == "identity" and rest.part.shortcut == Chain()


def test_equal_units_fold_from_the_first_on():
    part = row_of(describe("resnet_cifar1202"), "conv2_x").part
    assert isinstance(part, Repeat) and part.times == 200


def test_plain_stages_have_no_shortcut():
    drawing = describe("plain34")
    parts = [part for row in drawing.rows for part in in_order(row.part)]
    assert not any(isinstance(part, ResidualPart) for part in parts)
    assert layers(row_of(drawing, "conv4_x").part) == [
        "3x3 conv, 256, /2", "3x3 conv, 256", "3x3 conv, 256", "3x3 conv, 256",
    ]  # fmt: skip


def test_pre_activation_units_stand_in_their_order():
    first, second = row_of(describe("preact_resnet18"), "conv3_x").part.parts
    active = "batch norm, ReLU"
    shared, unit = first.parts
    assert shared.words == active and unit.after == ""
    assert layers(unit) == ["3x3 conv, 128, /2", active, "3x3 conv, 128", "1x1, 128, /2"]
    assert layers(second) == [active, "3x3 conv, 128", active, "3x3 conv, 128"]


def test_the_last_unit_of_inception_resnet_v2_is_bare():
    many, last = row_of(describe("inception_resnet_v2"), "inception_resnet_c").part.parts
    assert (many.times, layers(many)[-1], many.part.after) == (9, "times 0.2", "ReLU")
    assert (layers(last)[-1], last.after) == ("1x1 conv, 2080", "")


def test_groups_and_separable_convolutions_are_named():
    assert "3x3 conv, 128, 32 groups" in layers(row_of(describe("resnext50_32x4d"), "conv2_x").part)
    assert layers(row_of(describe("bn_inception"), "conv1").part) == [
        "7x7 on each channel, 24, /2", "1x1 conv, 64",
    ]  # fmt: skip


def test_heads_stand_beside_the_rows_that_they_sit_on():
    drawing = describe("googlenet", 64)
    heads = {row.names[0]: row.head.words for row in drawing.rows if row.head}
    words = "auxiliary head\naverage to 4x4, 1x1, 128,\nlinear, 1024, linear, 1000"
    assert heads == {"inception4a": words, "inception4d": words}
    assert (
        "Auxiliary heads work in training only; their 6,379,984 parameters are not in the sum."
        in drawing.notes
    )


def test_what_gave_way_to_small_images_is_shown():
    part = row_of(describe("resnet18", 32), "pool1").part
    assert part == Box("max pool 3x3 /2, left out for small images", small=True, dashed=True)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("googlenet_2014", "ReLU follows every convolution."),
        ("resnet18", "Batch norm and ReLU follow every convolution."),
        ("preact_resnet18", "Batch norm and ReLU follow conv1; in units they stand where they are "
         "drawn."),
        ("inception_resnet_v1", "+: what the branch learnt is added to what went around it. The "
         "1x1 before it has neither norm nor ReLU."),
    ],
)  # fmt: skip
def test_the_notes_say_where_norms_stand(name, said):
    assert said in describe(name).notes


def test_a_row_of_an_unknown_kind_is_a_box_with_its_words():
    class Strange:
        def __str__(self):
            return "something new"

    assert draw_row(Strange(), 3, None) == Box("something new")
    assert draw_row(Dropout(0.4), 3, None).words == "dropout 40%"


def test_measured_times_stand_in_a_column_with_their_sum():
    cost = measure_cost("resnet_cifar8")
    times = {row.name: 1.5 for row in cost.rows}
    drawing = describe_architecture(cost, times, measured="Measured by nobody.")
    words = read(draw_architectures([drawing])).words
    assert words.count("1.50") == len(cost.rows)
    assert f"{1.5 * len(cost.rows):.2f}" in words and "ms" in words
    assert words[-1] == "Measured by nobody."
    assert "ms" not in read(draw_architectures([describe_architecture(cost)])).words


def test_stages_of_one_unit_draw_it_alone():
    part = draw_row(ResidualStage("basic", 16, 1), 16, None)
    assert isinstance(part, ResidualPart)


def test_a_cost_in_a_notebook_is_drawing_and_table():
    html = measure_cost("resnet18", image_px=64)._repr_html_()
    assert html.startswith("<div ") and html.count("<svg ") == 1
    assert "<td" in html and "64x64" not in html.split("<details>")[1]
    assert "11,689,512" in html.split("<details>")[1]
    read(html[html.index("<svg") : html.index("</svg>") + 6])


def test_a_built_network_is_drawn_as_it_was_built():
    from skipcat.networks.catalogue import build_network

    cost = measure_cost(build_network("resnet_cifar8", classes=3, image_px=16), image_px=16)
    assert row_of(describe_architecture(cost), "fc").part.words == "linear, 3"
    assert "spec" not in cost.to_dict()
