"""What the pages stand on: handed over by the command line, so that nothing in ``web`` reads the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from flask import current_app, request
from sqlalchemy.orm import Session

from company.clock import Clock, SystemClock
from company.database import Database
from company.files import FileStore
from company.settings import Settings
from company.vault import Vault
from engine.runtime import Engine


@dataclass(frozen=True)
class Wiring:
    """The running parts of the house. ``wake`` makes the worker look for due jobs at once.

    ``clock`` is the company's; ``wall_clock`` is the machine's, by which the age of a signed message is told.
    """

    database: Database
    engine: Engine
    clock: Clock
    vault: Vault
    files: FileStore
    settings: Settings
    wake: Callable[[], None]
    wall_clock: Clock = field(default_factory=SystemClock)


def wired() -> Wiring:
    """The wiring of the application that answers this request."""
    return cast(Wiring, current_app.extensions["cheliu"])


@contextmanager
def command() -> Iterator[Session]:
    """The write transaction of a person's command; the audit learns from it where the request came from."""
    with wired().database.write() as session:
        session.info["remote"] = request.remote_addr
        yield session
