"""What each loss of White-box Cartoonization does: short runs, one with all and one without each, compared.

    .venv/bin/python -m benchmarks.whitebox_terms --photos DIR --cartoons DIR --work var/terms \\
      --figure docs/whitebox.jpg

Prints, for every run, one measure a loss, on photos that no run has learned from, relative to the run with all losses.
The figure shows scikit-image's sample photos, which are free of copyright. A second call takes up what is there.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from scipy.stats import wasserstein_distance
from torch import Tensor, nn

from imaging.samples import SAMPLE_FILES, sample_file
from inference.architectures import build_network
from inference.tensors import batch_to_images
from training.checkpoints import read_checkpoint
from training.data.landmarks import find_landmarks
from training.data.pairs import to_tensor
from training.data.photos import find_pictures, load_photo
from training.losses import (
    extract_structure,
    extract_surface,
    grayscale,
    image_gradients,
    landmark_loss,
    pyramid_loss,
    total_variation_loss,
)
from training.networks.landmark_net import LandmarkNet
from training.recipes.whitebox import PRESETS, WhiteboxConfig, train
from training.recipes.whitebox_pretrain import WhiteboxPretrainConfig, pretrain
from training.report.sheets import convert_photo, save_sheet

LOSSES = list(PRESETS["pyramid"])
CELL, MARGIN, SIDE = 168, 22, 256  # pixels of a picture in the figure, of a line of text, of photos that are measured
DIRECTIONS = np.random.default_rng(0).normal(size=(24, 3))  # of colors, for sliced Wasserstein distances


def split_photos(folder: Path, held_out: int, work: Path) -> Path:
    """A folder with links to the pictures: every so many-th in val/, the others in train/."""
    found = find_pictures(folder)
    for number, path in enumerate(found):
        kind = "val" if number % max(1, len(found) // held_out) == 0 else "train"
        link = work / "photo" / kind / path.name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(path.resolve())
    return work / "photo"


def sliced_wasserstein(one: np.ndarray, other: np.ndarray) -> float:
    """The sliced Wasserstein distance of two clouds of colors, [N,3]."""
    lengths = np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)
    return float(np.mean([wasserstein_distance(one @ d, other @ d) for d in DIRECTIONS / lengths]))


def surface_colors(pictures: list[Tensor]) -> np.ndarray:
    return np.concatenate([extract_surface(x)[0, :, ::4, ::4].flatten(1).T.numpy() for x in pictures])


def edge_strengths(pictures: list[Tensor]) -> np.ndarray:
    def strength(x: Tensor) -> np.ndarray:
        across, down = image_gradients(grayscale(x)[:, :1])
        return torch.hypot(across[..., :-1, :], down[..., :-1]).flatten()[::4].numpy()

    return np.concatenate([strength(x) for x in pictures])


def load_generator(checkpoint: Path) -> nn.Module:
    network = build_network("whitebox")
    network.load_state_dict(read_checkpoint(checkpoint)["average"])
    return network.eval()


@torch.inference_mode()
def measure_losses(
    network: nn.Module, photos: list[Tensor], cartoons: list[Tensor], eyes: nn.Module
) -> dict[str, float]:
    """A figure a loss, each smaller where the loss has done what it says; and the share of faces seen still."""
    results = [network(photo).clamp(-1, 1) for photo in photos]
    pairs = list(zip(photos, results, strict=True))
    seen = [find_landmarks(_pixels(photo)) for photo in photos]
    still = [
        bool(a and a.points and (b := find_landmarks(_pixels(x))) and b.points)
        for a, x in zip(seen, results, strict=True)
    ]
    return {
        "total_variation": float(np.mean([float(total_variation_loss(x)) for x in results])),
        "surface": sliced_wasserstein(surface_colors(results), surface_colors(cartoons)),
        "texture": float(wasserstein_distance(edge_strengths(results), edge_strengths(cartoons))),
        "content": float(np.mean([float(pyramid_loss(a, b)) for a, b in pairs])),
        "structure": float(np.mean([float(pyramid_loss(extract_structure(x), x)) for x in results])),
        "landmark": float(np.mean([float(landmark_loss(eyes(a), eyes(b))) for a, b in pairs])),
        "faces": sum(still) / max(1, sum(bool(face and face.points) for face in seen)),
    }


def _pixels(x: Tensor) -> np.ndarray:
    return batch_to_images(x)[0].numpy()


def draw_figure(networks: dict[str, nn.Module], found: dict[str, dict[str, float]], path: Path) -> None:
    """Samples and what every run makes of them, above bars: each loss's measure without it, by that with all."""
    columns = {"photo": None, **networks}
    photos = [load_photo(sample_file(name), 384) for name in SAMPLE_FILES]
    picture = Image.new("RGB", (len(columns) * CELL, len(photos) * CELL + MARGIN * (len(LOSSES) + 3)), "white")
    draw = ImageDraw.Draw(picture)
    for column, (name, network) in enumerate(columns.items()):
        draw.text((column * CELL + 4, 5), name.replace("_", " "), fill="black")
        for row, photo in enumerate(photos):
            cell = Image.fromarray(photo if network is None else convert_photo(network, photo))
            cell = cell.resize((CELL, CELL), box=_middle(cell))
            picture.paste(cell, (column * CELL, MARGIN + row * CELL))
    top = MARGIN + len(photos) * CELL
    draw.text((4, top + 5), "measure of a loss in the run without it, by the run with all (1: the line)", fill="black")
    for row, name in enumerate(LOSSES, start=1):
        ratio = found[f"without {name}"][name] / found["all"][name]
        y = top + row * MARGIN
        draw.text((4, y + 5), f"{name.replace('_', ' ')}  {ratio:.2f}", fill="black")
        draw.rectangle((CELL, y + 4, CELL + min(ratio, 8) * CELL, y + MARGIN - 4), fill=(90, 120, 190))
    draw.line((2 * CELL, top + MARGIN, 2 * CELL, top + (len(LOSSES) + 1) * MARGIN), fill="black")
    save_sheet(picture, path)


def _middle(image: Image.Image) -> tuple[int, int, int, int]:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return left, top, left + side, top + side


def run_all(options: argparse.Namespace) -> dict[str, Path]:
    """The checkpoint of each run by name: the start, all losses, and without each."""
    o = options
    photos = split_photos(o.photos, o.held_out, o.work)
    alike = {"photos": photos, "size": o.size, "checkpoint_interval": 50, "cache": o.work / "cache", "seed": o.seed}
    begun = o.work / "start"
    done = {
        "start": pretrain(WhiteboxPretrainConfig(out=begun, batch_size=8, steps=o.first_steps, **alike), resume=True)
    }
    preset = PRESETS["pyramid"]
    weights = {"all": preset} | {f"without {name}": preset | {name: 0.0} for name in LOSSES}
    for name, chosen in weights.items():
        print(name)
        out = o.work / name.replace(" ", "_")
        settings = WhiteboxConfig(
            anime=o.cartoons,
            out=out,
            start=begun,
            weights=chosen,
            steps=o.steps,
            batch_size=4,
            perceptual="pyramid",
            **alike,
        )
        if not (out / "package" / "manifest.json").exists():
            train(settings, resume=True)
        done[name] = settings.checkpoint
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("photos", "cartoons", "work", "figure"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name, value in {"steps": 200, "first_steps": 300, "size": 96, "held_out": 15, "seed": 1}.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    options = parser.parse_args()
    torch.set_num_threads(1)
    checkpoints = run_all(options)
    eyes = LandmarkNet().eval()
    eyes.load_state_dict(read_checkpoint(checkpoints["start"])["landmark_net"])
    photos = [to_tensor([load_photo(path, SIDE)]) for path in find_pictures(options.work / "photo" / "val")]
    cartoons = [to_tensor([load_photo(path, SIDE)]) for path in find_pictures(options.cartoons)]
    networks = {name: load_generator(path) for name, path in checkpoints.items()}
    found = {name: measure_losses(network, photos, cartoons, eyes) for name, network in networks.items()}
    print(f"{len(photos)} photos held out; {options.steps} steps; each measure by that of the run with all losses")
    print(" " * 24 + "".join(f"{name:>17}" for name in found["all"]))
    for name, row in found.items():
        print(f"{name:24}" + "".join(f"{value / found['all'][measure]:17.2f}" for measure, value in row.items()))
    print(f"{'all, as it is':24}" + "".join(f"{value:17.4f}" for value in found["all"].values()))
    draw_figure(networks, found, options.figure)


if __name__ == "__main__":
    main()
