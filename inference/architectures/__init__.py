"""Network definitions, as pure torch modules: one definition serves both inference and training.

A module for each network, and `registry`, which knows them all and does not import torch; the modules do.
"""

from inference.architectures.registry import (
    ARCHITECTURES,
    ArchitectureSpec,
    architectures_of_class,
    build_network,
    detect_architecture,
    register,
)

__all__ = [
    "ARCHITECTURES",
    "ArchitectureSpec",
    "architectures_of_class",
    "build_network",
    "detect_architecture",
    "register",
]
