"""Pictures as people and troublemakers send them."""

from io import BytesIO

import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def picture(format="JPEG", size=(64, 48), mode="RGB", colour="teal", **options) -> bytes:
    out = BytesIO()
    Image.new(mode, size, colour).save(out, format, **options)
    return out.getvalue()
