from types import MappingProxyType

import pytest
import torch
from torch import nn

from inference.backends.precision import supports_bfloat16
from training.data.teachers import mixed_precision

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"architecture": "x86_64", "avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, False),
        ({"architecture": "x86_64", "avx512_f": True, "avx512_bf16": True, "amx_bf16": False}, True),
        ({"architecture": "x86_64", "amx_bf16": True}, True),
        ({"architecture": "aarch64", "neon": True}, False),
        ({"architecture": "aarch64", "neon": True, "bf16": True}, True),
    ],
)
def test_only_processors_that_have_bfloat16_compute_in_it(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, object], expected: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: MappingProxyType(capabilities))
    assert supports_bfloat16("cpu") is expected


def test_convolutions_are_in_half_precision_only_where_the_processor_has_it() -> None:
    with mixed_precision("cpu"):
        result = nn.Conv2d(3, 3, 3)(torch.rand(1, 3, 8, 8))
    assert result.dtype == (torch.bfloat16 if supports_bfloat16("cpu") else torch.float32)
