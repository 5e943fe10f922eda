"""Mixed precision, where it is faster: devices that have no bfloat16 imitate it, at less than half the speed."""

import torch


def computes_in_bfloat16(device: str) -> bool:
    """By itself: graphics cards since Ampere, x86 processors with AMX or AVX512-BF16, newer ones of ARM."""
    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported(including_emulation=False)
    has = torch.cpu.get_capabilities()
    return any(has.get(name, False) for name in ("amx_bf16", "avx512_bf16", "bf16", "sve_bf16"))


def mixed_precision(device: str) -> torch.autocast:
    """Within it, convolutions run in bfloat16 on devices that compute in it, and in single precision on others."""
    return torch.autocast(torch.device(device).type, torch.bfloat16, enabled=computes_in_bfloat16(device))
