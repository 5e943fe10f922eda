"""Runs generators in torch as it is, in single precision, on the CPU or on a CUDA GPU."""

import numpy as np
import torch
from torch import nn

from inference.backends.finite import require_finite
from inference.checkpoints import load_generator
from inference.errors import DeviceUnavailable
from inference.styles import Style


class TorchSession:
    """A network in channels-last memory, the order that convolutions run fastest in."""

    accepts_pixels = False

    def __init__(self, network: nn.Module, device: str) -> None:
        self.device = device
        self.network = network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.size_bytes = sum(p.numel() * p.element_size() for p in network.parameters())

    @torch.inference_mode()
    def run(self, batch: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(batch).to(self.device).contiguous(memory_format=torch.channels_last)
        return require_finite(self.network(x).float().cpu().numpy())


def require_cuda() -> None:
    """Raise DeviceUnavailable where torch finds no CUDA GPU."""
    if not torch.cuda.is_available():
        raise DeviceUnavailable("INFERENCE_DEVICE is cuda, but torch finds no CUDA card here; set it to auto or cpu")


class TorchBackend:
    name = "torch"

    def __init__(self, device: str = "cpu") -> None:
        """Raise DeviceUnavailable for a CUDA GPU that is not there."""
        if device == "cuda":
            require_cuda()
        self.device = device

    def load(self, style: Style) -> TorchSession:
        return TorchSession(load_generator(style), self.device)
