"""The commands of who guards an installation: ``cheliu rotate-key | verify | check-deployment``."""

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


@click.command()
@click.option(
    "--anchor", help="ID:HASH of an audit head kept elsewhere: it must still be a link of the chain."
)
def verify(anchor: str | None) -> None:
    """Walk audit chain, evidence ledger and documents; exits 1 when anything was changed. Keep the head it prints."""
    from cheliu.wiring import open_house
    from company.audit import Head
    from lending import chains

    head = None
    if anchor is not None:
        number, _colon, digits = anchor.partition(":")
        try:
            head = Head(int(number), bytes.fromhex(digits))
        except ValueError:
            raise click.UsageError("write the anchor as ID:HASH, as cheliu verify printed it") from None
    house = open_house(Settings.from_environment())
    try:
        with house.database.read() as session:
            found = chains.verify(session, files=house.world.files, anchor=head)
    finally:
        house.close()
    end = f"{found.audit.head.entry_id}:{found.audit.head.hash.hex()}" if found.audit.head else "empty"
    click.echo(f"audit chain: {found.audit.entries:,} entries, head {end}")
    for entry_id in found.audit.broken:
        click.echo(f"audit chain broken at {entry_id}")
    for entry_id in found.evidence:
        click.echo(f"evidence ledger broken at {entry_id}")
    documents = found.documents
    click.echo(f"documents: {documents.checked:,}, of them {documents.older:,} from before they were sealed")
    for word, names in (
        ("altered", documents.altered),
        ("missing", documents.missing),
        ("damaged", documents.damaged),
    ):
        for name in names:
            click.echo(f"{word}: {name}")
    sys.exit(0 if found.intact else 1)


@click.command("check-deployment")
def check_deployment() -> None:
    """Look at network separation, access control and encryption; exits 1 when something is open."""
    from cheliu import deployment_checks
    from cheliu.wiring import open_house

    house = open_house(Settings.from_environment())
    try:
        found = deployment_checks.run(house, os.environ.get("CHELIU_SECRET_KEY", ""))
    finally:
        house.close()
    for each in found:
        click.echo(f"{'ok  ' if each.holds else 'OPEN'} {each.layer:<10} {each.asked}")
        if not each.holds:
            click.echo(f"     {'':<10} → {each.remedy}")
    still_open = sum(not each.holds for each in found)
    click.echo(f"{len(found)} checks, {still_open} open")
    sys.exit(1 if still_open else 0)


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
