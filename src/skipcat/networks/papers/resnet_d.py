"""ResNet-D.

He, Zhang, Zhang, Zhang, Xie, Li 2019, "Bag of tricks for image classification with convolutional
neural networks", arXiv 1812.01187. Here: ResNet-50-D of Fig. 2: three 3x3 in the stem, the stride
in the 3x3, an average before each projection. Not here: B and C alone.
"""

from skipcat.networks.entry import Entry, Family
from skipcat.networks.papers.resnet import table_rows
from skipcat.networks.rows.convolution import Conv
from skipcat.networks.specs import ResNetSpec, TableRows

FAMILY = Family(
    "ResNet-D",
    2018,
    "He et al. 2019, Bag of tricks for image classification with convolutional neural networks, "
    "arXiv 1812.01187",
    "three 3x3 in the stem, an average before each projection",
)

DEEP_STEM: TableRows = (
    ("conv1_1", Conv(kernel=3, width=32, stride=2)),
    ("conv1_2", Conv(kernel=3, width=32)),
    ("conv1_3", Conv(kernel=3, width=64)),
)
ROWS = (*DEEP_STEM, *table_rows("resnet50", shortcut="D")[1:])

ENTRIES = (
    Entry(
        FAMILY, 224, ResNetSpec("resnet50_d", ROWS, FAMILY.paper), "resnet50 without lost pixels"
    ),
)
