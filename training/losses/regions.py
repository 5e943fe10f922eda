"""Merges neighboring segments of a picture that look alike, as selective search does."""

import heapq

import numpy as np

BINS = 25  # of each channel
RANGES = ((0, 100), (-128, 128), (-128, 128))  # of L, a and b


def _histograms(labels: np.ndarray, lab: np.ndarray) -> np.ndarray:
    """Return [regions, 3 BINS], each of sum 1."""
    count = int(labels.max()) + 1
    parts = []
    for channel, (low, high) in enumerate(RANGES):
        bins = np.clip((lab[..., channel] - low) / (high - low) * BINS, 0, BINS - 1).astype(int)
        flat = np.bincount((labels * BINS + bins).ravel(), minlength=count * BINS)
        parts.append(flat.reshape(count, BINS).astype(np.float64))
    together = np.concatenate(parts, 1)
    return together / together.sum(1, keepdims=True)


def _neighbors(labels: np.ndarray) -> list[set[int]]:
    near: list[set[int]] = [set() for _ in range(int(labels.max()) + 1)]
    for one, other in ((labels[:, 1:], labels[:, :-1]), (labels[1:], labels[:-1])):
        for a, b in np.unique(np.stack([one[one != other], other[one != other]], 1), axis=0):
            near[int(a)].add(int(b))
            near[int(b)].add(int(a))
    return near


def merge_regions(labels: np.ndarray, lab: np.ndarray, count: int) -> np.ndarray:
    """Labels int [H,W] (0, 1, …) of a picture in Lab [H,W,3], with the most alike neighbors merged down to `count`.

    s(i, j) = Σ_k min(h_i^k, h_j^k) + 1 - (size_i + size_j) / size: alike in color, and small ones first. Uijlings et
    al.: Selective Search for Object Recognition, IJCV 2013, section 3.2, its measures of color and size; those of
    texture and fill, which help to find objects, are left out.
    """
    sizes = np.bincount(labels.ravel()).astype(np.float64)
    histograms, near = _histograms(labels, lab), _neighbors(labels)
    belongs = np.arange(len(sizes))  # to which region each first one belongs now
    version = np.zeros(len(sizes), dtype=int)  # a region that has grown is another one

    def pair(a: int, b: int) -> tuple[float, int, int, int, int]:
        alike = np.minimum(histograms[a], histograms[b]).sum() + 1 - (sizes[a] + sizes[b]) / labels.size
        return -alike, a, b, version[a], version[b]

    queue = [pair(a, b) for a in range(len(sizes)) for b in near[a] if a < b]
    heapq.heapify(queue)
    left = len(sizes)
    while left > count and queue:
        _, a, b, version_a, version_b = heapq.heappop(queue)
        if (version[a], version[b]) != (version_a, version_b):
            continue
        histograms[a] = (sizes[a] * histograms[a] + sizes[b] * histograms[b]) / (sizes[a] + sizes[b])
        sizes[a] += sizes[b]
        belongs[belongs == b] = a
        version[a] += 1
        version[b] = -1
        near[a] = (near[a] | near[b]) - {a, b}
        for other in near[a]:
            near[other] = (near[other] - {b}) | {a}
            heapq.heappush(queue, pair(a, other))
        left -= 1
    return np.unique(belongs, return_inverse=True)[1][labels]
