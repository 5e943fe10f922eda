"""Networks that tell a target from a generated picture; used while training only."""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class PatchDiscriminator(nn.Module):
    """Judges overlapping 26x26 patches of (photo, picture): two [N,3,H,W] to scores [N,1,H/4,W/4].

    Conditional patch discriminator (Isola et al.: pix2pix, CVPR 2017), with spectral norm (Miyato et al.,
    ICLR 2018) in place of batch norm.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        widths = [6, width, 2 * width, 4 * width]
        layers: list[nn.Module] = []
        for cin, cout, stride in zip(widths[:-1], widths[1:], (2, 2, 1), strict=True):
            layers += [spectral_norm(nn.Conv2d(cin, cout, 4 if stride == 2 else 3, stride, 1)), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(widths[-1], 1, 3, 1, 1)))

    def forward(self, photo: Tensor, picture: Tensor) -> Tensor:
        return self.layers(torch.cat([photo, picture], dim=1))
