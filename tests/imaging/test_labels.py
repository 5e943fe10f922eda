"""Labels of what AI made: in the metadata, as GB 45438-2025 has them, and in a corner, to be read."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from imaging.decode import Picture, decode_image
from imaging.encode import EXTENSIONS, encode_image
from imaging.errors import BadImage
from imaging.labels import LABEL_LANGUAGES, AigcLabel, draw_label
from imaging.labels.glyphs import CHARACTERS, render_text
from imaging.labels.read import read_marks
from imaging.labels.relabel import relabel_image
from imaging.labels.visible import TEXTS, choose_label_language, make_label_patch
from imaging.labels.xmp import DIGITAL_SOURCE_TYPE
from tests.exiftool import read_aigc, read_tags
from tests.inference.material import file_of, photo

pytestmark = pytest.mark.no_database

FORMATS = ("JPEG", "PNG", "WEBP")
LABEL = AigcLabel('漫画站 <a> & "b"', "3f2a9c01", "站", "77")
VALUES = {
    "Label": "1",
    "ContentProducer": '漫画站 <a> & "b"',
    "ProduceID": "3f2a9c01",
    "ReservedCode1": "",
    "ContentPropagator": "站",
    "PropagateID": "77",
    "ReservedCode2": "",
}
TC260 = 'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"'
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
GIVEN = '{"Label":"2","ContentProducer":"somebody"}'


def picture(*, transparent: bool = False) -> Picture:
    alpha = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (48, 1)) if transparent else None
    return Picture(photo(48, 64), alpha)


def test_the_label_is_in_the_metadata_with_all_its_fields(tmp_path: Path) -> None:
    paths = []
    for file_format in FORMATS:
        for transparent in (False, True):
            path = tmp_path / f"{transparent}.{EXTENSIONS[file_format]}"
            path.write_bytes(encode_image(picture(transparent=transparent), file_format, style="comic", label=LABEL))
            assert read_marks(path).aigc == LABEL
            paths.append(path)
    assert read_aigc(paths) == {path: [VALUES] for path in paths}
    assert all("XMP-TC260:Aigc" in tags for tags in read_tags(paths).values())


@pytest.mark.parametrize("file_format", FORMATS)
def test_another_label_changes_no_pixel(file_format: str) -> None:
    given = picture(transparent=file_format != "JPEG")
    plain, labeled = (encode_image(given, file_format, style="comic", label=label) for label in (None, LABEL))
    assert relabel_image(plain, file_format, LABEL, None) == labeled
    assert relabel_image(labeled, file_format, None, None) == plain


def test_what_says_nothing_yet_gets_a_label_and_what_says_so_can_lose_it(tmp_path: Path) -> None:
    gets, loses = [], []
    for file_format, extension in EXTENSIONS.items():
        gets.append(tmp_path / f"gets.{extension}")
        gets[-1].write_bytes(relabel_image(encode_image(picture(), file_format, style=None), file_format, LABEL, None))
        loses.append(tmp_path / f"loses.{extension}")
        labeled = encode_image(picture(), file_format, style="comic", label=LABEL)
        loses[-1].write_bytes(relabel_image(labeled, file_format, None, None))
    assert read_aigc([*gets, *loses]) == {path: [VALUES] for path in gets} | {path: [] for path in loses}


def test_the_visible_label_comes_with_the_one_in_the_metadata(tmp_path: Path) -> None:
    paths = []
    for file_format, extension in EXTENSIONS.items():
        for language in LABEL_LANGUAGES:
            given = picture(transparent=file_format != "JPEG")
            paths.append(tmp_path / f"{language}.{extension}")
            data = encode_image(given, file_format, style="comic")
            paths[-1].write_bytes(relabel_image(data, file_format, LABEL, language))
            back, patch = decode_image(paths[-1]), make_label_patch(64, 48, language)
            beyond = np.ones((48, 64), bool)
            beyond[patch.top :, patch.left :] = False
            if file_format == "PNG":
                assert np.array_equal(back.pixels[beyond], given.pixels[beyond])
            if given.alpha is not None:
                assert back.alpha is not None
                assert np.array_equal(back.alpha[beyond], given.alpha[beyond])
    assert read_aigc(paths) == {path: [VALUES] for path in paths}


# --- What others write ---


def packet(inner: str) -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {RDF}>{inner}</rdf:RDF></x:xmpmeta>'.encode()


ESCAPED = GIVEN.replace('"', "&quot;")
PACKETS = {
    "element": f"<rdf:Description {TC260}><TC260:AIGC>{ESCAPED}</TC260:AIGC></rdf:Description>",
    "attribute": f'<rdf:Description {TC260} TC260:AIGC="{ESCAPED}"/>',
    "other prefix": f"<rdf:Description {TC260.replace('TC260=', 'a=')}><a:AIGC>{GIVEN}</a:AIGC></rdf:Description>",
}


@pytest.mark.parametrize("kind", PACKETS)
@pytest.mark.parametrize("file_format", [*FORMATS, "TIFF", "AVIF", "HEIF"])
def test_labels_of_other_programs_are_read(kind: str, file_format: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"xmp": packet(PACKETS[kind])}
    if file_format == "PNG":
        options = {"pnginfo": PngInfo()}
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", packet(PACKETS[kind]).decode(), zip=True)
    if file_format == "TIFF":
        options = {"tiffinfo": {700: packet(PACKETS[kind])}}
    path = tmp_path / "a.file"
    path.write_bytes(file_of(photo(32, 48), file_format, **options))
    found = read_marks(path).aigc
    assert found
    assert (found.label, found.producer, found.produce_id) == ("2", "somebody", "")


def test_labels_beside_xmp_are_read(tmp_path: Path) -> None:
    texts = PngInfo()
    texts.add_text("AIGC", GIVEN)
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + f'{{"AIGC":{GIVEN}}}'.encode()
    for name, data in {
        "a.png": file_of(photo(32, 48), "PNG", pnginfo=texts),
        "a.jpg": file_of(photo(32, 48), "JPEG", exif=exif.tobytes()),
    }.items():
        (tmp_path / name).write_bytes(data)
        found = read_marks(tmp_path / name).aigc
        assert found and found.producer == "somebody", name


def test_iptc_is_read_as_an_element_and_as_a_link(tmp_path: Path) -> None:
    iptc = 'xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    for number, inner in enumerate(
        (f"<e:DigitalSourceType>{DIGITAL_SOURCE_TYPE}</e:DigitalSourceType>",
         f'<e:DigitalSourceType rdf:resource="{DIGITAL_SOURCE_TYPE}"/>')
    ):  # fmt: skip
        path = tmp_path / f"{number}.jpg"
        inner = f"<rdf:Description {iptc}>{inner}</rdf:Description>"
        path.write_bytes(file_of(photo(16, 16), "JPEG", xmp=packet(inner)))
        assert read_marks(path).source_type == DIGITAL_SOURCE_TYPE


HOSTILE = (
    b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">]>' + packet(PACKETS["element"]),
    packet(f"<rdf:Description {TC260}><TC260:AIGC>{'[' * 50_000}</TC260:AIGC></rdf:Description>"),
    packet(f'<rdf:Description {TC260}><TC260:AIGC>{{"a":1}}</TC260:AIGC></rdf:Description>'),
    packet("<rdf:Description>"),
    b"\xff\xfe\0",
)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_packet_that_is_none_says_nothing(number: int, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(file_of(photo(16, 16), "JPEG", xmp=HOSTILE[number][:60_000]))
    assert read_marks(path).aigc is None


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"no picture")
    with pytest.raises(BadImage):
        read_marks(path)


# --- What is drawn ---

SIZES = ((3000, 4000), (4000, 3000), (600, 800), (512, 512), (1000, 8000), (5000, 400), (64, 64))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LABEL_LANGUAGES)
def test_the_text_is_at_least_a_twentieth_of_the_shorter_side_high(size: tuple[int, int], language: str) -> None:
    drawn = draw_label(Picture(np.zeros((*size, 3), np.uint8)), language).pixels[..., 0]
    rows = np.flatnonzero((drawn > 120).any(axis=1))  # the white of the text, on black
    assert rows[-1] - rows[0] + 1 >= 0.05 * min(size)
    # Of a text with low letters, also the capitals alone.
    patch = make_label_patch(size[1], size[0], language)
    assert render_text("I", patch.text_px).shape[0] >= 0.05 * min(size)


@pytest.mark.parametrize("language", LABEL_LANGUAGES)
@pytest.mark.parametrize("ground", [0, 60, 128, 200, 255])
def test_the_text_stands_out_from_any_picture(language: str, ground: int) -> None:
    drawn = draw_label(Picture(np.full((400, 600, 3), ground, np.uint8)), language).pixels.astype(int)
    patch = make_label_patch(600, 400, language)
    place = drawn[patch.top : patch.top + patch.opacity.shape[0], patch.left : patch.left + patch.opacity.shape[1], 0]
    text, behind = place.max(), int(np.median(place))
    light = [((value / 255 + 0.055) / 1.055) ** 2.4 + 0.05 for value in (text, behind)]
    assert light[0] / light[1] >= 4.5  # WCAG 2.2, 1.4.3
    assert np.array_equal(drawn[: patch.top], np.full_like(drawn[: patch.top], ground))


def test_the_languages_have_their_own_texts() -> None:
    assert set("AI生成") == set(TEXTS["zh-hans"]) and set("生成") == set(CHARACTERS)
    drawn = [draw_label(Picture(np.zeros((300, 300, 3), np.uint8)), language).pixels for language in LABEL_LANGUAGES]
    assert not np.array_equal(*drawn)
    chosen = {"zh_CN.UTF-8": "zh-hans", "zh-TW": "zh-hans", "zh-hans": "zh-hans", "de": "en", "C": "en", "": "en"}
    assert {language: choose_label_language(language) for language in chosen} == chosen


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (16, 16), (30, 2), (2, 30), (12, 64)])
@pytest.mark.parametrize("language", LABEL_LANGUAGES)
@pytest.mark.parametrize("transparent", [False, True])
def test_the_smallest_pictures_stop_nothing(size: tuple[int, int], language: str, transparent: bool) -> None:
    given = Picture(np.zeros((*size, 3), np.uint8), np.zeros(size, np.uint8) if transparent else None)
    drawn = draw_label(given, language)
    assert drawn.pixels.shape == (*size, 3)
    assert given.pixels.max() == 0


def test_on_a_transparent_picture_the_label_is_seen_and_all_else_stays_transparent() -> None:
    given = Picture(np.zeros((200, 300, 3), np.uint8), np.zeros((200, 300), np.uint8))
    drawn = draw_label(given, "en")
    assert drawn.alpha is not None
    patch = make_label_patch(300, 200, "en")
    assert drawn.alpha[: patch.top].max() == 0
    assert drawn.alpha[patch.top :, patch.left :].max() == 255
    on_black = drawn.pixels * (drawn.alpha[..., None] / 255)
    assert on_black.max() > 250  # the text
