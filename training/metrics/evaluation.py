"""How good a style is: against pictures that belong to the photos, or beside photos and anime that do not."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from imaging.faces import Face, detect_faces
from inference.architectures import ARCHITECTURES
from inference.backends import Session
from inference.engine import run_padded
from inference.errors import BadWeights
from inference.styles import Style
from training.data.pairs import to_tensor
from training.data.photos import find_pictures, pair_with_results
from training.metrics.color_map import color_map_share
from training.metrics.eyes import FaceLandmarkNetwork, eye_heights
from training.metrics.feature_distances import frechet_distance, kernel_distance, mean_features
from training.metrics.gabor import gabor_distance
from training.metrics.lpips import LPIPS
from training.metrics.similarity import best_shift, color_distance, edge_strength, gradient_energy, mean_error
from training.metrics.ssim import ssim
from training.networks.vgg19 import VGG19

COLOR_MAP_SHARE, GRADIENT_ENERGY = "color map share", "gradient energy"
EYE_HEIGHT, RELATIVE_EYE_HEIGHT = "eye height", "eye height, of target's"
Columns = dict[str, dict[str, float]]  # figures by name, of the result, the photo itself and the target
MIN_SIDE_PX = 32  # pixels, for SSIM's windows and LPIPS


@dataclass(frozen=True)
class EvaluationTools:
    """What some figures need and not everybody has; `shift`: pixels that pairs may be apart."""

    shift: int = 2
    lpips: LPIPS | None = None
    vgg19: VGG19 | None = None
    landmarks: FaceLandmarkNetwork | None = None
    find_faces: Callable[[np.ndarray], Sequence[Face]] = detect_faces


def find_photo_pairs(folders: Iterable[Path]) -> list[tuple[Path, Path]]:
    """Return (NNN_photo, NNN_anime) below each folder, sorted. Raise ValueError for a folder without."""
    pairs = []
    for folder in folders:
        complete = [(photo, anime) for photo, anime in pair_with_results(find_pictures(folder)) if anime]
        if not complete:
            raise ValueError(f"no pairs NNN_photo and NNN_anime below {folder}")
        pairs += complete
    return pairs


def match_by_name(photos: Path, targets: Path) -> list[tuple[Path, Path]]:
    """Return photo and target of the same name, whatever the suffix. Raise ValueError where there are none.

    `a.heic.jpg`, as `stylize` calls the result of `a.heic`, belongs to that and to no other `a`.
    """
    found, pictures = find_pictures(photos), find_pictures(targets)
    by_name, by_stem = ({getattr(path, key): path for path in pictures} for key in ("name", "stem"))
    same_stem = Counter(photo.stem for photo in found)
    pairs = []
    for photo in found:
        target = by_name.get(photo.name) or by_stem.get(photo.name)
        if not target and same_stem[photo.stem] == 1:
            target = by_stem.get(photo.stem)
        if target:
            pairs.append((photo, target))
    if not pairs:
        raise ValueError(f"no pictures of the same names below {photos} and {targets}")
    return pairs


def style_from_file(path: Path, network: str | None) -> Style:
    """Return any weights file as a style, its network from its metadata unless given. Raise BadWeights."""
    if not path.is_file():
        raise BadWeights(f"{path}: no such style, and no such file")
    if network is None and path.suffix == ".safetensors":
        try:
            with safe_open(path, "pt") as file:
                network = (file.metadata() or {}).get("network")
        except SafetensorError as error:
            raise BadWeights(f"{path}: not a safetensors file ({error})") from None
    if network not in ARCHITECTURES:
        raise BadWeights(f"{path}: say of which network it is, with --network ({', '.join(ARCHITECTURES)})")
    name = {"en": path.stem}
    return Style(path.stem, name, name, "any", network, path, "", name, "", 512)


class Converter:
    """Converts at a picture's own size, and counts how long that takes; the first picture is to warm up."""

    def __init__(self, session: Session, style: Style) -> None:
        self.session, self.style = session, style
        self.pixels, self.seconds, self.is_warm = 0, 0.0, False

    def __call__(self, photo: np.ndarray) -> np.ndarray:
        """Return the result of uint8 [H,W,3], as the same."""
        if not self.is_warm:
            run_padded(self.session, photo, self.style)
            self.is_warm = True
        started = time.perf_counter()
        result = run_padded(self.session, photo, self.style)
        self.seconds += time.perf_counter() - started
        self.pixels += photo.shape[0] * photo.shape[1]
        return result

    @property
    def megapixels_per_second(self) -> float:
        """Return how many megapixels a second it converted."""
        return self.pixels / self.seconds / 1e6


def compare_with_target(picture: np.ndarray, target: np.ndarray, tools: EvaluationTools) -> dict[str, float]:
    """Return figures of one uint8 [H,W,3] against another of its size; those "aligned" after the best small shift.

    The gradient energy is relative to that of the target.
    """
    a, b = to_tensor([picture]), to_tensor([target])
    aligned_a, aligned_b = best_shift(a, b, tools.shift)
    figures = {
        "error": mean_error(a, b),
        "error, aligned": mean_error(aligned_a, aligned_b),
        "ssim": float(ssim(a, b)),
        "ssim, aligned": float(ssim(aligned_a, aligned_b)),
        "gabor distance": gabor_distance(a, b),
        GRADIENT_ENERGY: gradient_energy(a) / max(gradient_energy(b), 1e-6),
    }
    return figures | ({"lpips": float(tools.lpips(a, b))} if tools.lpips else {})


def compare_with_photo(picture: np.ndarray, photo: np.ndarray) -> dict[str, float]:
    """Return figures of one uint8 [H,W,3] that need no target: how its lines and colors differ from the photo's.

    What is the photo itself has no share of a color map.
    """
    strength = edge_strength(to_tensor([picture])) / max(edge_strength(to_tensor([photo])), 1e-6)
    figures = {"edge strength": strength, "colour distance": color_distance(picture, photo)}
    return figures if picture is photo else figures | {COLOR_MAP_SHARE: color_map_share(photo, picture)}


class Evaluation:
    """Figures of pictures, one after the other: of results, of the photos themselves, and of targets."""

    def __init__(self, tools: EvaluationTools) -> None:
        self.tools = tools
        self.rows: list[tuple[np.ndarray, ...]] = []  # photo, maybe target, result
        self._columns: dict[str, list[dict[str, float]]] = {"result": [], "photo": []}
        self._eyes: list[tuple[float, ...]] = []  # of each face, in the order of the columns

    def add(self, photo: np.ndarray, result: np.ndarray, target: np.ndarray | None = None) -> None:
        """Measure a result, uint8 [H,W,3] as its photo; either all have a target, or none."""
        self.rows.append((photo, result) if target is None else (photo, target, result))
        for name, picture in (("result", result), ("photo", photo)):
            against = {} if target is None else compare_with_target(picture, target, self.tools)
            self._columns[name].append(against | compare_with_photo(picture, photo))
        pictures = [result, photo]
        if target is not None:
            self._columns.setdefault("target", []).append(compare_with_photo(target, photo))
            pictures.append(target)
        if self.tools.landmarks:
            self._eyes += eye_heights(self.tools.landmarks, pictures, self.tools.find_faces(photo))

    def figures(self) -> Columns:
        """Return the means of each column, by name. Without a target there is no such column."""
        figures = {name: mean_figures(rows) for name, rows in self._columns.items()}
        if self._eyes:
            heights = dict(zip(figures, np.mean(self._eyes, axis=0).tolist(), strict=True))
            for name, height in heights.items():
                figures[name][EYE_HEIGHT] = height
                if "target" in heights and name != "target":
                    figures[name][RELATIVE_EYE_HEIGHT] = height / heights["target"]
        return figures

    @property
    def faces(self) -> int:
        """Return how many faces the eye heights are of."""
        return len(self._eyes)


def measure_feature_distances(pictures: list[np.ndarray], anime: list[np.ndarray], network: VGG19) -> dict[str, float]:
    """Return distances of a set of pictures from a set of anime pictures; each of 2 or more."""
    a, b = (np.stack([mean_features(network, to_tensor([x])) for x in kind]) for kind in (pictures, anime))
    return {"fid (vgg19)": frechet_distance(a, b), "kid (vgg19)": kernel_distance(a, b)}


def mean_figures(rows: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each figure."""
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def format_figures(figures: Columns) -> str:
    """Return a table of the figures, a line each, of those that are of the result."""
    columns = [name for name in ("result", "photo", "target") if name in figures]
    titles = {"result": "result", "photo": "photo itself", "target": "target"}
    lines = [f"{'':24}" + "".join(f"{titles[column]:>14}" for column in columns)]
    for name in figures["result"]:
        values = (figures[column].get(name) for column in columns)
        lines.append(f"{name:24}" + "".join(f"{'':14}" if value is None else f"{value:14.4g}" for value in values))
    return "\n".join(line.rstrip() for line in lines)
