"""What the pages stand on: handed over by the command line, so that nothing in ``web`` reads the environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from company.clock import Clock
from company.database import Database
from company.files import FileStore
from company.settings import Settings
from company.vault import Vault
from engine.runtime import Engine


@dataclass(frozen=True)
class Wiring:
    """The running parts of the house. ``wake`` makes the worker look for due jobs at once."""

    database: Database
    engine: Engine
    clock: Clock
    vault: Vault
    files: FileStore
    settings: Settings
    wake: Callable[[], None]


def wired() -> Wiring:
    """The wiring of the application that answers this request."""
    return cast(Wiring, current_app.extensions["cheliu"])
