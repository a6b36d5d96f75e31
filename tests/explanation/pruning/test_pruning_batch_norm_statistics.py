import torch

import skipcat
from lively import enliven
from skipcat.explanation.pruning.batch_norm_statistics import renew_norms


def test_norms_get_the_statistics_of_the_images_and_all_else_stays():
    net = skipcat.build_network("googlenet_x0.0625", classes=3, image_px=16).eval()
    enliven(net)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(12, 3, 16, 16, generator=generator)
    renew_norms(net, [(x[:6], x), (x[6:], x), (x[:1], x)])
    y = net.conv1.conv(x)
    norm = net.conv1.norm
    torch.testing.assert_close(norm.running_mean, y.mean((0, 2, 3)), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(norm.running_var, y.var((0, 2, 3)), rtol=0.05, atol=0.01)
    assert (norm.momentum, norm.training) == (0.1, False)
    for name, tensor in net.state_dict().items():
        if ("running" not in name and "tracked" not in name) or name.startswith("auxiliary"):
            torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)
