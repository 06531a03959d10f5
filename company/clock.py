"""The clock that is passed in wherever an instant is needed; nothing else asks the machine for the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Gives the present instant, aware and in UTC."""

    def now(self) -> datetime:
        """The present instant."""


class SystemClock:
    """The machine's clock, moved by ``offset``: the demo company lives on its own days."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """The machine's instant plus the offset."""
        return datetime.now(UTC) + self.offset


class FileClock:
    """A travelling clock: the machine's clock plus the seconds written in a file, read anew each time it is asked.

    Several processes that share the file travel together, so that a test or a rehearsal moves time for the whole
    installation and lets the poll find what has become due.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        """The machine's instant plus the offset in the file; a missing file means no offset."""
        return datetime.now(UTC) + self._offset()

    def advance(self, by: timedelta) -> datetime:
        """Move all who share the file forward; returns what the clock then shows. Time never runs back."""
        if by < timedelta():
            raise ValueError("a clock cannot run back")
        moved = self._offset() + by
        half = self.path.with_name(f".{self.path.name}.new")
        half.write_text(f"{moved.total_seconds():.0f}\n")
        half.replace(self.path)
        return self.now()

    def _offset(self) -> timedelta:
        try:
            return timedelta(seconds=int(self.path.read_text().strip() or 0))
        except FileNotFoundError:
            return timedelta()


class StandingClock:
    """A clock that stands until it is moved: builds the demo company, where the same run must give the same days."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware instant")
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The instant at which the clock stands."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move forward; time never runs back."""
        if by < timedelta():
            raise ValueError("a clock cannot run back")
        self.at += by
