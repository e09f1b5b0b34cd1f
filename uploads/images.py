"""A stranger's bytes in, a harmless JPEG out. Knows nothing of people or tables."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from uploads.errors import UploadError

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000  # looked at before anything is decoded: 40 MP need 160 MB
LONGEST_SIDE = 2_048  # pixels
QUALITY = 85


@dataclass(frozen=True, slots=True)
class Photo:
    jpeg: bytes
    width: int
    height: int


def redraw(content: bytes) -> Photo:
    """The picture drawn anew: upright, RGB, at most 2048 pixels a side, and nothing but its pixels.

    Raises UploadError: 415 no still JPEG, PNG or WebP; 400 broken or too many pixels.
    """
    image = _checked(content)
    try:
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # lets a JPEG be decoded smaller at once
        image = _upright(image)
    except Exception as error:  # what a decoder raises on hostile bytes is anybody's guess
        raise _broken() from error
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=3)
    return _jpeg(_on_white(image))


def _checked(content: bytes) -> Image.Image:
    """The opened image, of which only the header has been read; the checksums of its parts are right."""
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            _refuse_kind(image)
            image.verify()
        return Image.open(BytesIO(content), formats=FORMATS)
    except UploadError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except UnidentifiedImageError as error:
        raise UploadError("unsupported_image", _("Send a JPEG, PNG or WebP picture."), 415) from error
    except Exception as error:  # as above
        raise _broken() from error


def _refuse_kind(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()
    # A phone's JPEG may carry a second frame, for depth: the first one is the photo.
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise UploadError("animated", _("Send a picture that does not move."), 415)


def _too_many_pixels() -> UploadError:
    return UploadError("too_many_pixels", _("At most 40 megapixels. Send a smaller picture."), 400)


def _broken() -> UploadError:
    return UploadError("broken_image", _("This picture is damaged and cannot be read."), 400)


def _upright(image: Image.Image) -> Image.Image:
    """Decoded, turned as the camera was held, in RGB or with its transparency."""
    turned = ImageOps.exif_transpose(image)
    return turned.convert("RGBA" if turned.has_transparency_data else "RGB")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image)
    return white


def _jpeg(image: Image.Image) -> Photo:
    image.info.clear()  # the encoder would copy a comment along
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return Photo(out.getvalue(), image.width, image.height)
