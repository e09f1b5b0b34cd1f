"""What comes out is a plain JPEG, whatever went in."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from tests.uploads.conftest import picture
from uploads.errors import UploadError
from uploads.images import redraw

ORIENTATION, GPS = 0x0112, 0x8825


def drawn(content: bytes) -> Image.Image:
    return Image.open(BytesIO(redraw(content).jpeg))


def refusal(content: bytes) -> tuple[int, str]:
    with pytest.raises(UploadError) as error:
        redraw(content)
    return error.value.status, error.value.code


def claimed_size(width: int, height: int) -> bytes:
    """A small PNG whose header claims another size, with the right checksum."""
    content = bytearray(picture("PNG"))
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    return bytes(content)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_still_picture_becomes_a_jpeg(format):
    image = drawn(picture(format))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (64, 48))


def test_long_sides_are_cut_to_2048():
    photo = redraw(picture(size=(4096, 1024)))
    assert (photo.width, photo.height) == (2048, 512)


def test_small_pictures_keep_their_size():
    assert drawn(picture(size=(3, 2))).size == (3, 2)


def test_the_camera_s_notes_are_gone_and_the_picture_is_upright():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[1] = "N"
    content = picture(size=(60, 40), exif=exif, comment=b"taken at home")
    assert b"taken at home" in content
    image = drawn(content)
    assert image.size == (40, 60)
    assert dict(image.getexif()) == {}
    assert "comment" not in image.info
    assert b"taken at home" not in redraw(content).jpeg


def test_what_is_transparent_becomes_white():
    image = drawn(picture("PNG", mode="RGBA", colour=(0, 0, 0, 0)))
    assert image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK", "I;16"])
def test_every_colour_mode_is_drawn(mode):
    format = "JPEG" if mode == "CMYK" else "PNG"
    out = BytesIO()
    Image.new(mode, (8, 8)).save(out, format)
    assert drawn(out.getvalue()).mode == "RGB"


def test_a_phone_s_photo_with_a_second_frame_is_a_photo():
    out = BytesIO()
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    first.save(out, "MPO", save_all=True, append_images=[second])
    red, _green, blue = drawn(out.getvalue()).getpixel((4, 4))
    assert red > 200 > 100 > blue


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_what_moves_is_refused(format):
    out = BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(out, format, save_all=True, append_images=frames[1:])
    assert refusal(out.getvalue()) == (415, "animated")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"hello, I am a photo", id="text"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', id="svg"),
        pytest.param(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", id="heic"),
        pytest.param(picture("GIF"), id="gif"),
        pytest.param(picture("TIFF"), id="tiff"),
        pytest.param(b"%PDF-1.7 " + picture(), id="a pdf around a jpeg"),
    ],
)
def test_other_formats_are_refused(content):
    assert refusal(content) == (415, "unsupported_image")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_half_a_picture_is_refused(format):
    content = picture(format, size=(200, 200))
    assert refusal(content[: len(content) // 2])[0] in (400, 415)


@pytest.mark.parametrize("size", [(6_325, 6_325), (12_000, 12_000), (60_000, 60_000)])
def test_a_bomb_is_refused_before_it_is_decoded(size):
    assert refusal(claimed_size(*size)) == (400, "too_many_pixels")


def test_a_wrong_checksum_is_refused():
    content = bytearray(picture("PNG"))
    content[-14] ^= 0xFF  # of the pixels; before them stands only what an opener reads
    assert refusal(bytes(content)) == (400, "broken_image")
