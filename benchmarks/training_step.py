"""How long a small generator takes to learn from a picture in single precision and in bfloat16, by turns.

    .venv/bin/python benchmarks/training_step.py [--size 256] [--turns 7] [--device cpu]

The baseline is single precision; training computes as `SupervisedConfig.fabric_options` says, which is told too.
"""

import argparse
import sys
import time
from pathlib import Path
from statistics import median

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from inference.architectures import architectures_of_class, build_network
from inference.backends.precision import supports_bfloat16

FORMATS = {"single precision": False, "bfloat16": True}


def seconds_of_step(network: nn.Module, photo: torch.Tensor, *, in_bfloat16: bool) -> float:
    """Forward, L1 and back, without the optimizer."""
    started = time.perf_counter()
    with torch.autocast(photo.device.type, torch.bfloat16, enabled=in_bfloat16):
        result = network(photo)
    (result.float() - photo).abs().mean().backward()
    if photo.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    photo = torch.rand(1, 3, options.size, options.size, device=options.device) * 2 - 1
    print(f"{torch.get_num_threads()} threads; learns in bfloat16: {supports_bfloat16(options.device)}")
    print("| network | in | seconds | times as fast |\n|---|---|---|---|")
    for name in architectures_of_class("CompactContextGenerator"):
        network = build_network(name).to(options.device, memory_format=torch.channels_last)
        turns = [
            {kind: seconds_of_step(network, photo, in_bfloat16=half) for kind, half in FORMATS.items()}
            for _ in range(options.turns + 1)
        ][1:]  # the first is to warm up
        for kind in FORMATS:
            ratio = median(turn["single precision"] / turn[kind] for turn in turns)
            print(f"| {name} | {kind} | {median(turn[kind] for turn in turns):.3f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
