"""How far a day-end is: a bar with rate and time left on a terminal, plain lines anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from lending.day_end.carrying import Told
from lending.day_end.tables import Phase


@contextmanager
def shown() -> Iterator[Told]:
    """What tells a person at the keyboard, or a log, how far it is."""
    console = Console()
    if console.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as progress:
            yield _Bars(progress)
    else:
        yield _Lines()


class _Rate:
    """Loans a second, phase by phase."""

    def __init__(self) -> None:
        self._began = self._last = monotonic()
        self._phase: Phase | None = None
        self._loans = 0

    def after(self, phase: Phase, loans: int) -> float:
        if phase is not self._phase:
            self._phase, self._loans, self._began = phase, 0, self._last
        self._loans, self._last = self._loans + loans, monotonic()
        return self._loans / max(self._last - self._began, 0.001)


class _Bars:
    def __init__(self, progress: Progress) -> None:
        self._progress, self._rate = progress, _Rate()
        self._tasks: dict[Phase, TaskID] = {}

    def __call__(self, phase: Phase, loans: int, done: int, whole: int) -> None:
        if phase not in self._tasks:
            self._tasks[phase] = self._progress.add_task(f"{phase.zh} {phase.en}", total=whole, rate="")
        rate = f"{self._rate.after(phase, loans):,.0f}/s"
        self._progress.update(self._tasks[phase], completed=done, rate=rate)


class _Lines:
    def __init__(self) -> None:
        self._rate = _Rate()

    def __call__(self, phase: Phase, loans: int, done: int, whole: int) -> None:
        rate = self._rate.after(phase, loans)
        left = (whole - done) / rate if rate else 0
        click.echo(f"{phase.value}: {done:,}/{whole:,}, {rate:,.0f}/s, {left:,.0f} s left")
