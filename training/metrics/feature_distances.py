"""How far one set of pictures is from another that they do not belong together with, by features of a network.

On VGG19's conv4_4, as a mean over places, in place of Inception's: to be compared with each other, not with papers.
"""

import numpy as np
import torch
from torch import Tensor

from training.networks.vgg19 import VGG19


@torch.inference_mode()
def mean_features(network: VGG19, x: Tensor) -> np.ndarray:
    """Return [512] of [1,3,H,W] in [-1,1]: the mean over places."""
    return network(x)[0].mean((1, 2)).double().numpy()


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return |μ_a - μ_b|² + tr(S_a + S_b - 2 (S_a S_b)^½) of features [N,D] and [M,D], N and M 2 or more.

    Heusel et al.: Two Time-Scale Update Rule, NIPS 2017, eq. 6 (FID). With S = A Aᵀ, A the centered features by √(N-1),
    tr (S_a S_b)^½ is the sum of the singular values of Aᵀ B. Too large for few pictures: see `kernel_distance`.
    """
    apart = float(np.square(a.mean(0) - b.mean(0)).sum())
    centered = [(x - x.mean(0)) / np.sqrt(len(x) - 1) for x in (a, b)]
    shared = np.linalg.svd(centered[0] @ centered[1].T, compute_uv=False).sum()
    return apart + float(np.square(centered[0]).sum() + np.square(centered[1]).sum() - 2 * shared)


def kernel_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the unbiased estimate of MMD² with k(x, y) = (xᵀy / D + 1)³, of features [N,D] and [M,D].

    N and M are 2 or more. Binkowski et al.: Demystifying MMD GANs, ICLR 2018, section 4 (KID). Also right for few
    pictures; may be below 0.
    """

    def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (x @ y.T / x.shape[1] + 1) ** 3

    def mean_over_pairs(x: np.ndarray) -> float:
        values = kernel(x, x)
        return float((values.sum() - np.trace(values)) / (len(x) * (len(x) - 1)))

    return mean_over_pairs(a) + mean_over_pairs(b) - 2 * float(kernel(a, b).mean())
