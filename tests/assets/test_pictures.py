"""Cleaning and resizing uploads."""

import io

import pytest
from PIL import Image

from mailer.assets.needs import ImageNeed
from mailer.assets.pictures import MAX_PIXELS, clean_picture, derive_picture


def encode(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def photo(width: int = 1600, height: int = 1000) -> Image.Image:
    return Image.effect_noise((width, height), 40).convert("RGB")


def read(octets: bytes) -> Image.Image:
    return Image.open(io.BytesIO(octets))


def test_place_camera_and_turning_are_dropped_after_the_image_was_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8825)[1] = "N"
    picture = clean_picture(encode(photo(300, 200), "JPEG", exif=exif))
    assert (picture.width, picture.height) == (200, 300)
    assert not dict(read(picture.octets).getexif())
    assert b"Camera" not in picture.octets


def test_cleaning_twice_gives_the_same_octets() -> None:
    for form in ("JPEG", "PNG", "WEBP"):
        once = clean_picture(encode(photo(400, 300), form)).octets
        assert clean_picture(once).octets == once


def test_a_derivative_has_its_shape_and_is_never_enlarged() -> None:
    raw = clean_picture(encode(photo(), "JPEG")).octets
    wide = derive_picture(raw, ImageNeed("x", 1104))
    assert (wide.width, wide.height) == (1104, 690)
    cut = derive_picture(raw, ImageNeed("x", 1200, 580))
    assert (cut.width, cut.height) == (1200, 580)
    small = derive_picture(clean_picture(encode(photo(600, 600), "JPEG")).octets, ImageNeed("x", 1200, 580))
    assert (small.width, small.height) == (600, 290)
    assert len(cut.octets) <= 260_000


def test_the_focus_decides_what_is_kept() -> None:
    image = Image.new("RGB", (400, 100), "#000000")
    image.paste("#ffffff", (300, 0, 400, 100))
    raw = encode(image, "JPEG", quality=95)
    right = read(derive_picture(raw, ImageNeed("x", 100, 100, (1.0, 0.5))).octets).convert("L")
    left = read(derive_picture(raw, ImageNeed("x", 100, 100, (0.0, 0.5))).octets).convert("L")
    assert right.getpixel((50, 50)) == 255
    assert left.getpixel((50, 50)) == 0


def test_transparency_is_kept_as_png() -> None:
    picture = derive_picture(encode(Image.new("RGBA", (200, 200), (0, 0, 0, 0)), "PNG"), ImageNeed("x", 100))
    assert picture.media_type == "image/png"
    assert read(picture.octets).mode == "RGBA"


@pytest.mark.parametrize("form", ["CMYK", "I;16"])
def test_unusual_colour_spaces_become_ordinary_ones(form: str) -> None:
    raw = encode(Image.new(form, (50, 50)), "JPEG" if form == "CMYK" else "PNG")
    assert read(clean_picture(raw).octets).mode in {"RGB", "L", "P"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\x89PNG\r\n\x1a\n<svg/>",
        b"GIF89a<script>",
        encode(photo(200, 200), "JPEG")[:900],
        encode(Image.new("1", (6000, 6000)), "PNG"),
        encode(Image.new("L", (9, 9)), "GIF", save_all=True, append_images=[Image.new("L", (9, 9), 255)]),
    ],
    ids=["nothing", "svg", "svg as png", "script as gif", "cut off", "bomb", "animated"],
)
def test_what_is_no_still_image_of_bounded_size_is_refused_with_a_reason(raw: bytes) -> None:
    with pytest.raises(ValueError, match="image"):
        clean_picture(raw)
    assert MAX_PIXELS == 25_000_000


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_what_hides_behind_the_end_or_beside_the_pixels_is_dropped(form: str) -> None:
    clean = clean_picture(encode(photo(200, 150), form)).octets
    script = b"<script>alert(1)</script>"
    assert script not in clean_picture(clean + script).octets
    assert script not in clean_picture(clean + script + clean[-12:]).octets
    if form == "JPEG":
        comment = b"\xff\xfe" + (len(script) + 2).to_bytes(2) + script
        assert script not in clean_picture(clean[:2] + comment + clean[2:]).octets
