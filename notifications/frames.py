"""Frames as clients send them: read strictly, and not too many."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from core.api.parsers import BodyError, read_json

LONGEST_FRAME = 16 * 1024  # bytes
FRAMES_A_SECOND = 10
BURST = 20
PATIENCE = 40  # refused frames in a row before a flooding socket is closed


class FrameError(Exception):
    """A frame that is answered with `error`; the socket lives."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def read_frame(text: str | None) -> dict[str, Any]:
    """The strict JSON object of a text frame with its `type`. Raises FrameError for anything else."""
    if text is None:
        raise FrameError("binary", _("Frames are text."))
    octets = text.encode(errors="surrogatepass")
    if len(octets) > LONGEST_FRAME:
        raise FrameError("too_large", _("A frame has at most 16 KiB."))
    try:
        frame = read_json(octets)
    except BodyError as error:
        raise FrameError("malformed", error.detail) from error
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise FrameError("malformed", _("A frame is an object with a type."))
    return frame


@dataclass(slots=True)
class Flow:
    """A bucket of frames: 20 at once, 10 a second."""

    tokens: float = BURST
    refused: int = 0
    at: float = field(default_factory=time.monotonic)

    def takes_one(self) -> bool:
        now = time.monotonic()
        self.tokens = min(BURST, self.tokens + (now - self.at) * FRAMES_A_SECOND)
        self.at = now
        if self.tokens < 1:
            self.refused += 1
            return False
        self.tokens -= 1
        self.refused = 0
        return True

    @property
    def is_flood(self) -> bool:
        return self.refused >= PATIENCE
