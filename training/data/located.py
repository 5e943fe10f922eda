"""What White-box Cartoonization learns from: photos and cartoons that do not belong together, and landmarks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from training.data.landmarks import MIRRORED, NAMES, Face
from training.data.pairs import to_tensor
from training.data.unpaired import Crop, crops


@dataclass(frozen=True)
class Unpaired:
    """Each [N,3,size,size] in [-1,1]."""

    photos: Tensor
    cartoons: Tensor

    def to(self, device: torch.device) -> "Unpaired":
        return Unpaired(self.photos.to(device), self.cartoons.to(device))


@dataclass(frozen=True)
class UnpairedData:
    """Files to learn from."""

    photos: list[Path]
    cartoons: list[Path]
    size: int
    seed: int

    def batch(self, step: int, places: Sequence[int]) -> Unpaired:
        found = (crops(files, kind, self.size, self.seed, step, places) for kind, files in enumerate(self._files()))
        photos, cartoons = (to_tensor([crop.pixels for crop in kind]) for kind in found)
        return Unpaired(photos, cartoons)

    def _files(self) -> tuple[list[Path], list[Path]]:
        return self.photos, self.cartoons


@dataclass(frozen=True)
class Located:
    """Photos [N,3,size,size] in [-1,1]; landmarks [N,K,2], (x, y) in pixels of the crop or not a number; [N] known."""

    photos: Tensor
    points: Tensor
    is_known: Tensor

    def to(self, device: torch.device) -> "Located":
        return Located(self.photos.to(device), self.points.to(device), self.is_known.to(device))


def points_in(crop: Crop, face: Face | None, width: int, height: int) -> Tensor:
    """[K,2]: the landmarks of a picture of width x height, in pixels of a crop of it; not numbers where it has none."""
    if not face or not face.points:
        return torch.full((len(NAMES), 2), torch.nan)
    points = torch.tensor(face.points) * torch.tensor([width, height]) - torch.tensor([crop.left, crop.top])
    if crop.is_mirrored:
        points = points[list(MIRRORED)]
        points[:, 0] = crop.pixels.shape[1] - points[:, 0]
    return points


@dataclass(frozen=True)
class LocatedData:
    """Photos, with what is known of the landmarks in each, as `landmarks` has it."""

    photos: list[Path]
    faces: list[Face | None]
    size: int
    seed: int

    def batch(self, step: int, places: Sequence[int]) -> Located:
        found = crops(self.photos, 0, self.size, self.seed, step, places)
        face_of = dict(zip(self.photos, self.faces, strict=True))
        points = [points_in(crop, face_of[crop.path], *crop.whole) for crop in found]
        is_known = torch.tensor([face_of[crop.path] is not None for crop in found])
        return Located(to_tensor([crop.pixels for crop in found]), torch.stack(points), is_known)
