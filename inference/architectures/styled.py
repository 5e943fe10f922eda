"""One network, many styles: all share its weights, and each scales and shifts what every layer puts out.

Dumoulin, Shlens, Kudlur: A Learned Representation for Artistic Style, ICLR 2017, who do so with the norm that follows
a layer. Here there is none, so a style can be folded into the weights: what is used is a network of one style.
"""

import copy

import torch
from torch import Tensor, nn
from torch.func import functional_call


class StyledNetwork(nn.Module):
    """`base` with `styles` sets of scales and shifts of all its convolutions and linear layers, at first all alike."""

    def __init__(self, base: nn.Module, styles: int) -> None:
        """Raise ValueError for a layer without a bias, which cannot be shifted."""
        super().__init__()
        self.base = base
        layers = {n: m for n, m in base.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)}
        if any(layer.bias is None for layer in layers.values()):
            raise ValueError("every layer must have a bias")
        self.widths = {name: layer.weight.shape[0] for name, layer in layers.items()}
        self.scales = nn.Parameter(torch.zeros(styles, sum(self.widths.values())))
        self.shifts = nn.Parameter(torch.zeros(styles, sum(self.widths.values())))

    def fold_style(self, style: int | Tensor) -> dict[str, Tensor]:
        """Return the parameters of `base` for one style, by its number, or for a mixture.

        A mixture is given by weights [styles] that sum to 1.
        """
        if isinstance(style, int):
            style = nn.functional.one_hot(torch.tensor(style), len(self.scales)).to(self.scales)
        widths = list(self.widths.values())
        scales, shifts = ((style @ table).split(widths) for table in (1 + self.scales, self.shifts))
        parameters: dict[str, Tensor] = dict(self.base.named_parameters())
        for name, scale, shift in zip(self.widths, scales, shifts, strict=True):
            weight, bias = parameters[f"{name}.weight"], parameters[f"{name}.bias"]
            parameters[f"{name}.weight"] = weight * scale.view(-1, *[1] * (weight.dim() - 1))
            parameters[f"{name}.bias"] = bias * scale + shift
        return parameters

    def forward(self, x: Tensor, style: int | Tensor = 0) -> Tensor:
        """Return what `base` makes of x, all of it in one style (or mixture)."""
        return functional_call(self.base, self.fold_style(style), (x,))

    @torch.no_grad()
    def to_single_style(self, style: int | Tensor) -> nn.Module:
        """Return a network like `base`, of one style only."""
        network = copy.deepcopy(self.base)
        network.load_state_dict(self.fold_style(style))
        return network
