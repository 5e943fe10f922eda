"""The network that sees where the landmarks of a face are: how the landmark loss looks at a result."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from inference.architectures.guided import guided_filter
from training.data.landmarks import LANDMARK_NAMES

STRIDE_PX = 4  # pixels of a cell


class _Block(nn.Sequential):
    def __init__(self, cin: int, cout: int, stride: int = 1) -> None:
        super().__init__(nn.Conv2d(cin, cout, 3, stride, 1), nn.GroupNorm(4, cout), nn.ReLU())


class LandmarkNet(nn.Module):
    """RGB [N,3,H,W] in [-1,1] to log-probabilities [N,K,(H/4)(W/4)+1], as in `losses.landmarks`; sides: multiples of 8.

    A small U-Net (Ronneberger et al., MICCAI 2015) down to 1/16, whose mean there gives the place "nowhere".
    """

    def __init__(self, width: int = 16, landmarks: int = len(LANDMARK_NAMES)) -> None:
        super().__init__()
        w = width
        self.quarter = nn.Sequential(_Block(3, w, 2), _Block(w, 2 * w, 2), _Block(2 * w, 2 * w))
        self.eighth = nn.Sequential(_Block(2 * w, 4 * w, 2), _Block(4 * w, 4 * w))
        self.sixteenth = nn.Sequential(_Block(4 * w, 8 * w, 2), _Block(8 * w, 8 * w), _Block(8 * w, 8 * w))
        self.up = nn.ModuleList([_Block(8 * w + 4 * w, 4 * w), _Block(4 * w + 2 * w, 2 * w)])
        self.places = nn.Conv2d(2 * w, landmarks, 1)
        self.nowhere = nn.Linear(8 * w, landmarks)

    def forward(self, x: Tensor) -> Tensor:
        quarter = self.quarter(x)
        eighth = self.eighth(quarter)
        deep = self.sixteenth(eighth)
        features = deep
        for block, skip in zip(self.up, (eighth, quarter), strict=True):
            features = F.interpolate(features, size=skip.shape[-2:], mode="bilinear", align_corners=False)
            features = block(torch.cat([features, skip], 1))
        everywhere = torch.cat([self.places(features).flatten(2), self.nowhere(deep.mean((2, 3)))[..., None]], 2)
        return torch.log_softmax(everywhere.float(), dim=2)


def recolor_randomly(x: Tensor, rng: torch.Generator) -> Tensor:
    """Return [N,3,H,W] in [-1,1] with other colors and fewer details: the network is to know faces in results, too.

    Each picture gets a contrast, three tones and a share of gray by chance; half of them are smoothed.
    """

    def random(*shape: int) -> Tensor:
        return torch.rand(shape, generator=rng).to(x.device)

    count = len(x)
    gray = x.mean(1, keepdim=True)
    x = torch.lerp(x, gray.expand_as(x), random(count, 1, 1, 1))
    x = x * (0.6 + 0.8 * random(count, 1, 1, 1)) + 0.6 * (random(count, 3, 1, 1) - 0.5)
    smooth = guided_filter(x, x, radius=2, eps=0.05)
    return torch.where(random(count, 1, 1, 1) < 0.5, smooth, x).clamp(-1, 1)
