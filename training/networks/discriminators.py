"""Networks that tell a target from a generated picture; used while training only."""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class PatchDiscriminator(nn.Module):
    """Scores overlapping 26x26 patches of (photo, picture): two [N,3,H,W] to scores [N,1,H/4,W/4].

    Conditional patch discriminator (Isola et al.: pix2pix, CVPR 2017), with spectral norm (Miyato et al.,
    ICLR 2018) in place of batch norm. Of several `styles`, how well a patch fits the style that it should be in is
    added to its score (Miyato, Koyama: cGANs with Projection Discriminator, ICLR 2018, eq. 3).
    """

    def __init__(self, width: int = 32, styles: int = 1) -> None:
        super().__init__()
        widths = [6, width, 2 * width, 4 * width]
        layers: list[nn.Module] = []
        for cin, cout, stride in zip(widths[:-1], widths[1:], (2, 2, 1), strict=True):
            layers += [spectral_norm(nn.Conv2d(cin, cout, 4 if stride == 2 else 3, stride, 1)), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(widths[-1], 1, 3, 1, 1)))
        self.projection = spectral_norm(nn.Embedding(styles, widths[-1])) if styles > 1 else None

    def layer_outputs(self, photo: Tensor, picture: Tensor, style: int = 0) -> list[Tensor]:
        """Return what each layer gives, after its activation, and last the scores."""
        outputs = [torch.cat([photo, picture], dim=1)]
        for layer in self.layers:
            outputs.append(layer(outputs[-1]))
        *_, last, score = outputs
        if self.projection is not None:
            style_vector = self.projection(torch.tensor(style, device=photo.device))
            score = score + torch.einsum("c,nchw->nhw", style_vector.to(last.dtype), last)[:, None]
        return [*outputs[2:-1:2], score]

    def forward(self, photo: Tensor, picture: Tensor, style: int = 0) -> Tensor:
        return self.layer_outputs(photo, picture, style)[-1]


class AnimeGANDiscriminator(nn.Sequential):
    """Scores overlapping patches of a picture: [N,3,H,W] in [-1,1] to scores [N,1,H/4,W/4].

    Chen, Liu, Chen: AnimeGAN, ISICA 2019, figure 2; spectral norm in every convolution. By the authors' code, `version`
    1 has instance norm, and 2 (AnimeGANv2) layer norm, which leaves less noise: one mean and variance for all of a
    picture's features. `width`: channels of the first layer.
    """

    def __init__(self, version: int, width: int = 32) -> None:
        self.version = version
        w = width
        super().__init__(
            *self._layer(3, w, norm=False),
            *self._layer(w, 2 * w, stride=2, norm=False),
            *self._layer(2 * w, 4 * w),
            *self._layer(4 * w, 4 * w, stride=2, norm=False),
            *self._layer(4 * w, 8 * w),
            *self._layer(8 * w, 8 * w),
            _conv(8 * w, 1),
        )

    def _layer(self, cin: int, cout: int, *, stride: int = 1, norm: bool = True) -> list[nn.Module]:
        norms = [self._norm(cout)] if norm else []
        return [_conv(cin, cout, stride), *norms, nn.LeakyReLU(0.2)]

    def _norm(self, channels: int) -> nn.Module:
        return nn.InstanceNorm2d(channels, affine=True) if self.version == 1 else nn.GroupNorm(1, channels)


class WhiteboxDiscriminator(nn.Sequential):
    """Scores overlapping patches of a surface or a texture: [N,`channels`,H,W] in [-1,1] to scores [N,1,H/8,W/8].

    Wang, Yu: White-box Cartoon Representations, CVPR 2020, supplement; their code's `disc_sn`: three stages of a 3x3
    convolution with stride 2 and one without, spectral norm in all.
    """

    def __init__(self, channels: int, width: int = 32) -> None:
        layers: list[nn.Module] = []
        cin = channels
        for cout in (width, 2 * width, 4 * width):
            layers += [spectral_norm(nn.Conv2d(cin, cout, 3, 2, 1)), nn.LeakyReLU(0.2)]
            layers += [spectral_norm(nn.Conv2d(cout, cout, 3, 1, 1)), nn.LeakyReLU(0.2)]
            cin = cout
        super().__init__(*layers, spectral_norm(nn.Conv2d(cin, 1, 1)))


def _conv(cin: int, cout: int, stride: int = 1) -> nn.Module:
    conv = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
    nn.init.normal_(conv.weight, std=0.02)
    return spectral_norm(conv)
