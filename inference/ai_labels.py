"""Which label results get, as the settings say."""

import os
from hashlib import sha256

from django.conf import settings

from imaging.decode import Picture
from imaging.encode import encode_image
from imaging.labels import AigcLabel, draw_label
from imaging.labels.visible import choose_label_language

MAX_ID_LENGTH = 32  # hexadecimal digits


def build_aigc_label(number: str, *, propagates: bool = False) -> AigcLabel | None:
    """Return the AIGC label for the content with this number, or None with AI_LABEL=off.

    `propagates`: whoever made the content also shows it to others, as a site does.
    """
    if settings.AI_LABEL == "off":
        return None
    producer = settings.AI_LABEL_PRODUCER
    return AigcLabel(producer, number, producer, number) if propagates else AigcLabel(producer, number)


def get_label_language(language: str | None) -> str | None:
    """Return the language of the visible label for who reads this one; None where there is no visible label."""
    if settings.AI_LABEL != "visible":
        return None
    return choose_label_language(language) if settings.AI_LABEL_LANGUAGE == "auto" else settings.AI_LABEL_LANGUAGE


def encode_result(picture: Picture, file_format: str, style: str | None) -> bytes:
    """Return the bytes of a result of a command, with the labels; with no style it is none, and has none.

    Its number is that of its content: who converts the same again gets the same file.
    """
    if style is None:
        return encode_image(picture, file_format, style=None)
    number = sha256(picture.pixels.tobytes()).hexdigest()[:MAX_ID_LENGTH]
    if language := get_label_language(get_system_language()):
        picture = draw_label(picture, language)
    return encode_image(picture, file_format, style=style, label=build_aigc_label(number))


def get_system_language() -> str:
    """Return the language that the environment of a command asks for, as `zh_CN.UTF-8`; empty for none."""
    return next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
