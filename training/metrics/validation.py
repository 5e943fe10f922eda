"""How near results are to what they should be, on whole photos that were held out."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from training.data.pairs import Pair, to_tensor
from training.metrics.gabor import gabor_distance
from training.metrics.similarity import mean_error
from training.metrics.ssim import ssim

Converter = Callable[[Tensor], Tensor]
Device = str | torch.device
Measures = Mapping[str, Callable[[Tensor, Tensor], float]]
MEASURES: Measures = {
    "error": mean_error,
    "ssim": lambda a, b: float(ssim(a, b)),
    "gabor": gabor_distance,
}


@torch.inference_mode()
def measure_pair(
    convert: Converter, pair: Pair, device: Device = "cpu", measures: Measures = MEASURES
) -> dict[str, float]:
    """Return the measures of the converted photo to the target: the error in 1/255, SSIM and Gabor distance."""
    photo, target = to_tensor([pair.photo]).to(device), to_tensor([pair.target]).to(device)
    output = convert(photo).clamp(-1, 1)
    return {name: of(output, target) for name, of in measures.items()}


def measure_by_style(
    converter_of: Callable[[int], Converter],
    pairs: Sequence[Pair],
    styles: Sequence[str],
    device: Device = "cpu",
    measures: Measures = MEASURES,
) -> dict[str, dict[str, float]]:
    """Return the mean of each measure over the pairs of each style that has any."""
    rows: dict[str, list[dict[str, float]]] = {}
    for pair in pairs:
        rows.setdefault(styles[pair.style], []).append(measure_pair(converter_of(pair.style), pair, device, measures))
    return {style: {name: float(np.mean([row[name] for row in of])) for name in measures} for style, of in rows.items()}


def validate(
    converter_of: Callable[[int], Converter],
    pairs: Sequence[Pair],
    styles: Sequence[str],
    device: Device = "cpu",
) -> dict[str, float]:
    """Return a row of the log: means over the styles, the error of the photo, and that of each of several styles."""
    of_result = measure_by_style(converter_of, pairs, styles, device)
    of_photo = measure_by_style(lambda _: lambda photo: photo, pairs, styles, device, {"error": mean_error})
    row = {name: float(np.mean([figures[name] for figures in of_result.values()])) for name in MEASURES}
    row["error_of_photo"] = float(np.mean([figures["error"] for figures in of_photo.values()]))
    return row | (
        {f"error_{style}": figures["error"] for style, figures in of_result.items()} if len(styles) > 1 else {}
    )
