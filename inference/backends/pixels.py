"""A generator in a given number format, with the way from pixels to it and back as part of it."""

import torch
from torch import Tensor, nn


def from_pixels(pixels: Tensor, dtype: torch.dtype) -> Tensor:
    """uint8 [N,H,W,3] to [N,3,H,W] in [-1,1]: what lies there last is channels-last already."""
    return (pixels.permute(0, 3, 1, 2).float() / 127.5 - 1).to(dtype)


def to_pixels(x: Tensor) -> Tensor:
    """[N,3,H,W], about [-1,1], to uint8 [N,H,W,3], clipped and rounded."""
    levels = (x.float() + 1) * 127.5 + 0.5
    return levels.clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()


class PixelNetwork(nn.Module):
    """A network in `dtype` and in channels-last memory, the order that convolutions run fastest in.

    It takes and gives either what `Session.run` does, or pixels: on their way to a card and back they take a quarter
    of the bytes, and the processor is spared the arithmetic.
    """

    def __init__(self, network: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.network = network.to(dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.dtype = dtype

    def forward(self, x: Tensor) -> Tensor:
        """float32 [N,3,H,W] in [-1,1] to the same; or uint8 [N,H,W,3] to the same."""
        if x.dtype == torch.uint8:
            result: Tensor = self.network(from_pixels(x, self.dtype))
            return to_pixels(result)
        result = self.network(x.to(self.dtype, memory_format=torch.channels_last))
        return result.float()
