"""The command that builds the living demo: the simulated bank beside it, a bar that tells how far it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import click
import requests

from company.settings import Settings

LOANS, MONTHS, SEED = 1500, 30, 20240315
_BANK_SECONDS_MAX = 30


@click.command("living-demo")
@click.option("--loans", type=click.IntRange(1, 100_000), default=LOANS, show_default=True)
@click.option("--months", type=click.IntRange(1, 60), default=MONTHS, show_default=True, help="Past months.")
@click.option("--seed", default=SEED, show_default=True, help="Another number, other customers.")
def living_demo(loans: int, months: int, seed: int) -> None:
    """Build a demo company with a past into an empty database: engine and day-end run through all its days.

    Payments, arrears, collections, changes and cases in all states; the same for the same numbers. Cut off, it goes on
    when it is asked for again with the same numbers. It runs the simulated bank beside it. Serve it afterwards with
    cheliu serve --demo.
    """
    from cheliu.demo.living import Plan, build_with_progress

    settings = Settings.from_environment()
    with _bank(settings):
        built = build_with_progress(settings, Plan(loans, months, seed))
    click.echo(f"{built.days} days, {built.applications:,} applications, {built.tasks:,} tasks of the office")


@contextmanager
def _bank(settings: Settings) -> Iterator[None]:
    """The simulated bank at its address, ended afterwards; one that runs there already serves too."""
    if _answers(settings.bank_url):
        yield
        return
    from cheliu.serving import own_program

    process = own_program("sandbox", "--port", str(urlsplit(settings.bank_url).port or 80))
    try:
        until = time.monotonic() + _BANK_SECONDS_MAX
        while not _answers(settings.bank_url) and time.monotonic() < until:
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=2).ok
    except requests.RequestException:
        return False
