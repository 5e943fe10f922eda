"""Mixed precision, where it is faster: devices that have no bfloat16 imitate it, at less than half the speed."""

import torch

from inference.backends.precision import computes_in_bfloat16


def mixed_precision(device: str) -> torch.autocast:
    """Within it, convolutions run in bfloat16 on devices that compute in it, and in single precision on others."""
    return torch.autocast(torch.device(device).type, torch.bfloat16, enabled=computes_in_bfloat16(device))
