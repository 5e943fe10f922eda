"""A file's picture in sRGB, whichever way the file says what its numbers mean."""

from pathlib import Path

import numpy as np
from PIL import Image

from imaging.color.convert import SrgbConverter, band_rows, find_peak, is_srgb, peak_samples_step
from imaging.color.heif import (
    read_avif_info,
    read_deep_avif,
    read_deep_heic,
    space_from_bitstream,
    space_from_nclx,
)
from imaging.color.icc import cicp_space_from_icc, convert_by_profile, is_profile, space_from_icc
from imaging.color.png import is_deep_png, read_color_chunks, read_deep_png, space_from_cicp_chunk, space_from_gamma
from imaging.color.spaces import ColorSpace

DeepPixels = tuple[np.ndarray, int]  # uint16 [H,W,3], and the number of full light
GRAY_16_MODES = ("I;16", "I;16B", "I;16L", "I;16N")
CONVERTED_MODES = ("RGB", "RGBA", "L", "LA", "P", "PA", "CMYK", *GRAY_16_MODES)


def convert_to_srgb(image: Image.Image, source: Path | bytes) -> Image.Image:
    """Return a loaded image in sRGB: itself where nothing is to be done, or it is done in place; else RGB or RGBA.

    `source`: its file, of which more than the 8 bits of Pillow are read where the conversion needs them. Gain maps are
    not applied: without them a picture is what it should be on a screen without HDR.
    """
    if image.mode not in CONVERTED_MODES:
        return image
    space, profile = _read_color(image, source)
    if profile and (image.mode in GRAY_16_MODES or is_deep_png(image, source)):
        # By Little CMS, Pillow converts 8 bits alone.
        space = space_from_icc(profile, is_gray=image.mode not in ("RGB", "RGBA"))
    if space is not None:
        return image if is_srgb(space) or image.mode == "CMYK" else _convert_pixels(image, space, source)
    if profile and image.mode not in GRAY_16_MODES:
        return convert_by_profile(_without_palette(image), profile) or image
    return image


def _read_color(image: Image.Image, source: Path | bytes) -> tuple[ColorSpace | None, bytes | None]:
    """Return what a file says: a space, an ICC profile, or neither for sRGB.

    In PNG, cICP comes before a profile, and sRGB before gAMA and cHRM; in HEIC and AVIF a profile before nclx.
    """
    profile = image.info.get("icc_profile") or None
    if profile and not is_profile(profile):
        profile = None
    if image.format == "PNG":
        chunks = read_color_chunks(source)
        if (space := space_from_cicp_chunk(chunks.get(b"cICP", b""))) is not None:
            return space, None
        if not profile and b"sRGB" not in chunks:
            return space_from_gamma(chunks.get(b"gAMA", b""), chunks.get(b"cHRM", b"")), None
    if image.format in ("HEIF", "AVIF") and not profile:
        if image.format == "AVIF":
            image.info.update(read_avif_info(source))  # what pillow-heif tells of HEIC by itself
        nclx = image.info.get("nclx_profile")
        return space_from_nclx(nclx) if nclx else space_from_bitstream(source), None
    if profile and (space := cicp_space_from_icc(profile)) is not None:
        return space, None
    return None, profile


def _without_palette(image: Image.Image) -> Image.Image:
    """Return the colors of a palette, and a transparent color as alpha: both are told by numbers before conversion."""
    has_alpha = image.has_transparency_data
    if image.mode in ("P", "PA") or (has_alpha and image.mode not in ("RGBA", "LA")):
        return image.convert("RGBA" if has_alpha else "RGB")
    return image


def _convert_pixels(image: Image.Image, space: ColorSpace, source: Path | bytes) -> Image.Image:
    """Return an image in sRGB, some rows at a time: in double precision a large one would take gigabytes."""
    deep = _read_deep(image, source)
    result = _as_rgb(image)
    pixels, max_value = deep or (None, 255)
    peak = find_peak(_sample(result) if pixels is None else pixels, space, max_value) if space.is_hdr else 1.0
    converter = SrgbConverter(space, max_value, peak)
    for top, bottom in band_rows(image.height, image.width):
        rows = np.array(result.crop((0, top, image.width, bottom)))
        rows[..., :3] = converter.convert(rows[..., :3] if pixels is None else pixels[top:bottom])
        result.paste(Image.fromarray(rows), (0, top))
    return result


def _as_rgb(image: Image.Image) -> Image.Image:
    """Return an image, of one without 16 bits in gray with the same colors, as RGB or RGBA to convert in place."""
    if image.mode not in GRAY_16_MODES:
        image = _without_palette(image)
        return image if image.mode in ("RGB", "RGBA") else image.convert("RGBA" if "A" in image.mode else "RGB")
    result = Image.new("RGB", image.size)
    result.info = image.info.copy()
    transparent = result.info.pop("transparency", None)  # of 16 bits, too
    if isinstance(transparent, int):
        result.putalpha(Image.fromarray(np.where(np.asarray(image) == transparent, 0, 255).astype(np.uint8)))
    return result


def _sample(image: Image.Image) -> np.ndarray:
    """Return uint8 [h,w,3] of an image that may be large: enough of its pixels to know how bright it gets."""
    step = peak_samples_step(image.height, image.width)
    size = (max(1, image.width // step), max(1, image.height // step))
    return np.asarray(image.resize(size, Image.Resampling.NEAREST))[..., :3]


def _read_deep(image: Image.Image, source: Path | bytes) -> DeepPixels | None:
    """Return the pixels of a file with more than 8 bits a channel; None if it has no more."""
    deep: DeepPixels | None = None
    if image.mode in GRAY_16_MODES:
        gray = np.asarray(image).astype(np.uint16, copy=False)
        return np.broadcast_to(gray[..., None], (*gray.shape, 3)), 2**16 - 1
    if is_deep_png(image, source):
        deep = read_deep_png(source)
    elif image.format in ("HEIF", "AVIF") and image.info.get("bit_depth", 8) > 8:
        deep = read_deep_heic(source) if image.format == "HEIF" else read_deep_avif(source, image.width * image.height)
    # A thumbnail, or a part of a picture that is put together, has another size: then the 8 bits must do.
    return deep if deep and deep[0].shape[:2] == (image.height, image.width) else None
