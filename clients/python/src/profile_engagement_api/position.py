"""A place in the event log of a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Position:
    """Offsets are only comparable within one epoch."""

    offset: int
    epoch: str

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Position:
        return cls(event["offset"], event["epoch"])

    @classmethod
    def parse(cls, text: str) -> Position:
        """Reads what str() wrote."""
        epoch, _, offset = text.strip().rpartition(":")
        if not epoch or not offset.isdigit():
            raise ValueError(f"not a position: {text!r}")
        return cls(int(offset), epoch)

    def __str__(self) -> str:
        return f"{self.epoch}:{self.offset}"
