"""The wiring of the house: from settings to a running engine with its handlers, gate and adapters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import handlers
from cheliu.bank import Bank
from cheliu.contact_rules import ContactRules
from cheliu.parties import CreditBureau, FraudScoring, IdentityService, Parties, SmsGateway
from cheliu.prices import VehiclePrices
from company.clock import Clock, FileClock, SystemClock
from company.database import Database
from company.exports import ExportRequest
from company.files import FileStore
from company.organisation import the_company
from company.settings import Settings
from company.vault import Vault
from engine.bundles import Bundle
from engine.runtime import Engine
from forms.gate import Gate
from lending.contact_gate import Decides
from lending.tables import TABLES

ROOT = Path(__file__).resolve().parent.parent
PROCESSES, FORMS = ROOT / "processes", ROOT / "forms"
BUNDLE_NAME = "cheliu"
# A foreign key finds its table only once both are mapped, whatever else the running command imports.
MAPPED = (*TABLES, ExportRequest)


@dataclass(frozen=True)
class World:
    """What handlers reach the world by; a step outside the transaction opens its own short read."""

    database: Database
    vault: Vault
    files: FileStore
    clock: Clock
    bank: Bank
    prices: VehiclePrices
    parties: Parties
    contact_rules: Decides


@dataclass(frozen=True)
class House:
    """The running parts, shared by the server, the worker and the commands."""

    settings: Settings
    world: World
    engine: Engine

    @property
    def database(self) -> Database:
        """The house's database."""
        return self.world.database

    @property
    def clock(self) -> Clock:
        """The house's clock."""
        return self.world.clock

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()


def open_house(settings: Settings) -> House:
    """Assemble on the clock of the installation: the travelling one if the settings name it, else the company's."""
    if settings.clock_file is not None:
        return assemble(settings, clock=FileClock(settings.clock_file))
    house = assemble(settings, clock=SystemClock())
    with house.database.read() as session:
        offset = the_company(session).clock_offset_seconds
    if not offset:
        return house
    house.close()
    return assemble(settings, clock=SystemClock(timedelta(seconds=offset)))


def assemble(
    settings: Settings,
    *,
    clock: Clock,
    bank: Bank | None = None,
    prices: VehiclePrices | None = None,
    parties: Parties | None = None,
) -> House:
    """Connect everything; nothing is read from or written to the database yet."""
    database = Database(settings.database_url)
    vault = settings.vault()
    files = FileStore(settings.home / "files", vault)
    bank = bank or Bank(settings.bank_url, callback_url=f"{settings.public_url}/hooks/bank")
    parties = parties or Parties(
        CreditBureau(settings.bureau_url),
        IdentityService(settings.identity_url),
        SmsGateway(settings.sms_url),
        FraudScoring(settings.fraud_url),
    )
    prices = prices or VehiclePrices(settings.prices_url)
    world = World(database, vault, files, clock, bank, prices, parties, ContactRules(PROCESSES))
    engine = Engine(database=database, clock=clock, topics=handlers.registry(), forms=Gate(), world=world)
    return House(settings, world, engine)


def product_bundle() -> Bundle:
    """The processes, decisions and forms that the product comes with."""
    return Bundle.from_folder(PROCESSES, FORMS, name=BUNDLE_NAME)
