"""How much each loss counts in AnimeGAN, AnimeGANv2 and White-box Cartoonization."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    """Factors of the losses; the last four are of the discriminator's terms (see `lsgan_discriminator_loss`).

    `regions`, of AnimeGANv3, is no part of the published 1 and 2 (see `animegan.regions_loss`).
    """

    adversarial: float = 300.0
    content: float = 1.5
    style: float = 3.0
    colour: float = 10.0
    total_variation: float = 0.0
    regions: float = 0.0
    real: float = 1.0
    fake: float = 1.0
    grey: float = 1.0
    smooth: float = 0.1


# "1": Chen, Liu, Chen: AnimeGAN, ISICA 2019, section 3.2. The others are those that the authors give
# for AnimeGANv2 (2020), a style each; in "paprika" the smoothed pictures hardly count.
PRESETS = {
    "1": Weights(),
    "hayao": Weights(style=2.5, colour=15.0, total_variation=1.0, real=1.2, fake=1.2, grey=1.2, smooth=0.8),
    "paprika": Weights(content=2.0, style=0.6, colour=50.0, total_variation=0.1, smooth=0.005),
    "shinkai": Weights(
        content=1.2, style=2.0, colour=10.0, total_variation=1.0, real=1.7, fake=1.7, grey=1.7, smooth=1.0
    ),
}


@dataclass(frozen=True)
class WhiteboxWeights:
    """Factors of the losses of White-box Cartoonization's generator, all of which are means here."""

    total_variation: float = 0.1
    surface: float = 0.1
    texture: float = 1.0
    content: float = 0.1
    structure: float = 0.1
    landmark: float = 0.1


# "authors" and "faces" are published factors, converted to means and to torchvision's VGG19: see docs/training.md.
# "pyramid" is our own, for training without VGG19.
WHITEBOX_PRESETS = {
    "authors": WhiteboxWeights(),
    "faces": WhiteboxWeights(total_variation=4.0, surface=0.2, texture=5.0, content=0.04, structure=0.0012),
    "pyramid": WhiteboxWeights(total_variation=5.0, surface=0.5, texture=1.0, content=1.5, structure=4.0, landmark=0.3),
}
