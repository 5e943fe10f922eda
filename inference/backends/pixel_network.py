"""A generator in a given number format, with the way from pixels to it and back as part of it."""

import torch
from torch import Tensor, nn

from inference.tensors import batch_to_images, images_to_batch


class PixelNetwork(nn.Module):
    """A network in `dtype` and in channels-last memory, the order that convolutions run fastest in.

    It takes and gives either what `Session.run` does, or pixels: on their way to a GPU and back they take a quarter
    of the bytes, and the processor is spared the arithmetic.
    """

    def __init__(self, network: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.network = network.to(dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.dtype = dtype

    def forward(self, x: Tensor) -> Tensor:
        """Return float32 [N,3,H,W] in [-1,1] for the same; or uint8 [N,H,W,3] for the same."""
        if x.dtype == torch.uint8:
            result: Tensor = self.network(images_to_batch(x, self.dtype))
            return batch_to_images(result)
        result = self.network(x.to(self.dtype, memory_format=torch.channels_last))
        return result.float()
