"""The commands of who guards an installation: ``cheliu rotate-key``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from company import key_file
from company.settings import Settings

if TYPE_CHECKING:
    from cheliu.rotation import Told


@click.command("rotate-key")
@click.option("--new-key", is_flag=True, help="First: write a new key before the old ones into secret.key.")
@click.option("--retire", is_flag=True, help="Last: take the old keys out of secret.key.")
def rotate_key(new_key: bool, retire: bool) -> None:
    """Seal everything with the newest key, while the company works; stopped or killed, run it again.

    Three steps: --new-key, and restart all processes; without an option; --retire, and restart them again.
    """
    settings = Settings.from_environment()
    from_file = not os.environ.get("CHELIU_SECRET_KEY")
    path = settings.home / key_file.NAME
    if new_key:
        if not from_file:
            raise click.UsageError("CHELIU_SECRET_KEY holds the keys: put NEW,OLD there and restart")
        key_file.add(path)
        click.echo(f"{path}: a new key; restart all processes, then run cheliu rotate-key")
    elif retire:
        _retire(settings, from_file=from_file)
    else:
        _reseal(settings)


def _reseal(settings: Settings) -> None:
    from cheliu import rotation
    from cheliu.wiring import open_house

    house = open_house(settings)
    try:
        with _shown() as told:
            outcome = rotation.reseal(house, told)
    finally:
        house.close()
    click.echo(f"sealed anew: {outcome.done:,}")
    for each in outcome.unreadable:
        click.echo(f"no key opens: {each}")
    sys.exit(1 if outcome.unreadable else 0)


def _retire(settings: Settings, *, from_file: bool) -> None:
    from cheliu import rotation
    from cheliu.wiring import open_house

    house = open_house(settings)
    try:
        rotation.require_nothing_old(house)
    finally:
        house.close()
    index_key = settings.vault().index_key
    if from_file:
        path = settings.home / key_file.NAME
        key_file.keep_newest(path, index_key)
        click.echo(f"{path}: the old keys are gone; restart all processes. Backups made before need them")
    else:
        click.echo(
            f"put into CHELIU_SECRET_KEY the newest key, a comma, and {key_file.index_line(index_key)}"
        )


@contextmanager
def _shown() -> Iterator[Told]:
    """A bar for each kind of value on a terminal; anywhere else only the last state."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, whole: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=whole)
            progress.update(tasks[what], completed=done, total=whole)

        yield told
