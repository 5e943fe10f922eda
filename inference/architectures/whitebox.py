"""The White-box Cartoonization generator (Wang, Yu: Learning to Cartoonize Using White-box Cartoon
Representations, CVPR 2020), a U-Net without normalization that ends in a guided filter."""

import torch.nn.functional as F
from torch import Tensor, nn

from inference.architectures.features import outputs_of_each
from inference.architectures.guided import guided_filter
from inference.architectures.sampling import upsample_2x

CHANNELS = 32
BLOCKS = 4
SLOPE = 0.2
# The published layer names, beside the names of the modules here.
PUBLISHED_NAMES = {"Conv": "conv0"} | {f"Conv_{i}": f"conv{i}" for i in range(1, 10)}


def _same_conv(cin: int, cout: int, kernel: int = 3, *, stride: int = 1) -> nn.Conv2d:
    # TensorFlow's "same" padding of a stride-2 convolution on an even size is right and bottom only;
    # forward() pads by hand there, so the module itself pads nothing.
    return nn.Conv2d(cin, cout, kernel, stride=stride, padding=0 if stride == 2 else kernel // 2)


def _act(y: Tensor) -> Tensor:
    return F.leaky_relu(y, SLOPE)


def _down(conv: nn.Conv2d, y: Tensor) -> Tensor:
    return _act(conv(F.pad(y, (0, 1, 0, 1))))


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = _same_conv(channels, channels)
        self.conv2 = _same_conv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(_act(self.conv1(x)))


class WhiteboxGenerator(nn.Module):
    """[N,3,H,W] in [-1,1], BGR as published, to the same shape and (unclipped) range; H, W divisible by 4."""

    def __init__(self, channels: int = CHANNELS, blocks: int = BLOCKS) -> None:
        super().__init__()
        c = channels
        self.conv0 = _same_conv(3, c, 7)
        self.conv1 = _same_conv(c, c, stride=2)
        self.conv2 = _same_conv(c, 2 * c)
        self.conv3 = _same_conv(2 * c, 2 * c, stride=2)
        self.conv4 = _same_conv(2 * c, 4 * c)
        self.blocks = nn.Sequential(*[_Residual(4 * c) for _ in range(blocks)])
        self.conv5 = _same_conv(4 * c, 2 * c)
        self.conv6 = _same_conv(2 * c, 2 * c)
        self.conv7 = _same_conv(2 * c, c)
        self.conv8 = _same_conv(c, c)
        self.conv9 = _same_conv(c, 3, 7)

    def _encoded(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return features at full size, at half of it, and at a quarter before the blocks."""
        full = _act(self.conv0(x))
        half = _act(self.conv2(_down(self.conv1, full)))
        return full, half, _act(self.conv4(_down(self.conv3, half)))

    def deep_features(self, x: Tensor) -> list[Tensor]:
        """Return, of [N,3,H,W], the features [N,4c,H/4,W/4] after each of the blocks."""
        return outputs_of_each(self.blocks, self._encoded(x)[-1])

    def forward(self, x: Tensor) -> Tensor:
        full, half, quarter = self._encoded(x)
        up = _act(self.conv6(upsample_2x(_act(self.conv5(self.blocks(quarter)))) + half))
        up = _act(self.conv8(upsample_2x(_act(self.conv7(up))) + full))
        return guided_filter(x, self.conv9(up), radius=1, eps=5e-3)


def from_published(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename published tensors (`generator/Conv_1/weights`, OIHW, any float type) to this module's keys."""
    kinds = {"weights": "weight", "biases": "bias"}
    state = {}
    for name, tensor in tensors.items():
        *path, kind = name.removeprefix("generator/").split("/")
        if path[0].startswith("block_"):
            path = ["blocks", path[0].removeprefix("block_"), *path[1:]]
        else:
            path = [PUBLISHED_NAMES[path[0]]]
        state[".".join([*path, kinds[kind]])] = tensor.float()
    return state
