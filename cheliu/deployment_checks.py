"""``cheliu check-deployment``: whether an installation is separated, guarded and sealed as the handbook asks.

What a program cannot see, a firewall or the disk below the database, stands in docs/operations.md; what it can see is
looked at here, each with the remedy.
"""

from __future__ import annotations

import ipaddress
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from cheliu.wiring import House
from company import key_file, migrations
from company.organisation import the_company
from company.people import Employee, EmployeeRole
from company.vault import PersonKey, SealBroken, place_of_person_key

_LOCAL_NAMES = ("localhost", "")
_GUARDIANS = ("admin", "auditor")


class Layer(StrEnum):
    """What a check is about."""

    NETWORK = "network"
    ACCESS = "access"
    ENCRYPTION = "encryption"


@dataclass(frozen=True)
class Checked:
    """One check: its layer, what is asked, whether it holds, and what to do if not."""

    layer: Layer
    asked: str
    holds: bool
    remedy: str


def run(house: House, environment_key: str) -> list[Checked]:
    """Every check in the order of the layers; ``environment_key``: CHELIU_SECRET_KEY as the process was given it."""
    return [*_network(house), *_access(house), *_encryption(house, environment_key)]


def _network(house: House) -> Iterator[Checked]:
    settings = house.settings
    yield Checked(
        Layer.NETWORK,
        "people reach the pages by https",
        urlsplit(settings.public_url).scheme == "https",
        "set PUBLIC_URL to https://… and let a proxy end TLS; cookies are secure only then",
    )
    yield Checked(
        Layer.NETWORK,
        "the server listens inside only",
        _is_inside(settings.host) or settings.proxies > 0,
        "HOST=127.0.0.1 behind a proxy of the same machine, or CHELIU_PROXIES=1 behind one of the inner network",
    )
    url = house.database.url
    yield Checked(
        Layer.NETWORK,
        "the database stands in the inner network, or is spoken to encrypted",
        house.database.is_sqlite
        or _is_inside(url.host or "")
        or str(url.query.get("sslmode", "")) in ("require", "verify-ca", "verify-full"),
        "a private address for the database, or ?sslmode=verify-full in DATABASE_URL",
    )
    for name, address in (
        ("BANK_URL", settings.bank_url),
        ("CREDIT_BUREAU_URL", settings.bureau_url),
        ("IDENTITY_URL", settings.identity_url),
        ("SMS_URL", settings.sms_url),
        ("FRAUD_SCORING_URL", settings.fraud_url),
    ):
        parts = urlsplit(address)
        yield Checked(
            Layer.NETWORK,
            f"{name} is spoken to encrypted",
            parts.scheme == "https" or _is_inside(parts.hostname or ""),
            f"https:// in {name}",
        )


def _is_inside(host: str) -> bool:
    if host in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host  # a name of a container network
    return (address.is_private or address.is_loopback) and not address.is_unspecified


def _access(house: House) -> Iterator[Checked]:
    with house.database.read() as session:
        company = the_company(session)
        yield Checked(
            Layer.ACCESS,
            "no demo: its people share one password that everybody knows",
            not company.is_demo,
            "found a company of its own: cheliu found",
        )
        for role_id in _GUARDIANS:
            yield Checked(
                Layer.ACCESS,
                f"somebody is {role_id}",
                bool(_holders(session, role_id)),
                f"give the role {role_id} to a person",
            )
        both = [_holders(session, role_id) for role_id in _GUARDIANS]
        yield Checked(
            Layer.ACCESS,
            "nobody is administrator and auditor at once",
            not both[0] & both[1],
            "take one of the roles away: who grants rights does not review them",
        )
        admins_only = _holders(session, "admin") & _with_other_roles(session, "admin")
        yield Checked(
            Layer.ACCESS,
            "administrators hold no business role",
            not admins_only,
            "an account of its own for each of the two",
        )
    yield Checked(
        Layer.ACCESS,
        "time runs as the machine's does",
        house.settings.clock_file is None and company.clock_offset_seconds == 0,
        "CHELIU_CLOCK_FILE is for rehearsals only",
    )


def _holders(session: Session, role_id: str) -> set[int]:
    asked = select(EmployeeRole.employee_id).join(Employee, Employee.id == EmployeeRole.employee_id)
    return set(session.scalars(asked.where(EmployeeRole.role_id == role_id, Employee.active.is_(True))))


def _with_other_roles(session: Session, role_id: str) -> set[int]:
    return set(session.scalars(select(EmployeeRole.employee_id).where(EmployeeRole.role_id != role_id)))


def _encryption(house: House, environment_key: str) -> Iterator[Checked]:
    settings = house.settings
    yield Checked(
        Layer.ENCRYPTION,
        "the key comes from the environment, or from a file for its owner alone",
        bool(environment_key) or _is_private(settings.home / key_file.NAME),
        f"chmod 600 {settings.home / key_file.NAME}",
    )
    yield Checked(
        Layer.ENCRYPTION,
        "the home folder is for its owner alone",
        _is_private(settings.home),
        f"chmod 700 {settings.home}",
    )
    yield Checked(
        Layer.ENCRYPTION,
        "no key waits to be taken out of use",
        len(settings.secret_keys) == 1,
        "cheliu rotate-key, then cheliu rotate-key --retire",
    )
    yield Checked(
        Layer.ENCRYPTION,
        "the bank signs with a secret of its own",
        settings.has_bank_secret,
        "set BANK_SECRET; without it the secret follows from the key",
    )
    yield Checked(
        Layer.ENCRYPTION,
        "the key opens what is sealed",
        _opens(house),
        "the key is not that of this database",
    )
    yield Checked(
        Layer.ENCRYPTION,
        "the schema is that of the program",
        migrations.stands_at(house.database) == migrations.head(),
        "cheliu migrate",
    )
    for name, value in house.database.durability().items():
        yield Checked(
            Layer.ENCRYPTION,
            f"a commit survives a power cut ({name}={value})",
            value not in ("off", "0", "OFF", "memory"),
            f"{name} in the configuration of the database",
        )


def _opens(house: House) -> bool:
    """Whether the key opens the newest of the keys of persons, if there is one."""
    with house.database.read() as session:
        asked = select(PersonKey).where(PersonKey.wrapped.is_not(None)).order_by(PersonKey.id.desc())
        newest = session.scalar(asked.limit(1))
    if newest is None or newest.wrapped is None:
        return True
    try:
        house.world.vault.open(newest.wrapped, about=place_of_person_key(newest.id))
    except SealBroken:
        return False
    return True


def _is_private(path: Path) -> bool:
    return path.exists() and not stat.S_IMODE(path.stat().st_mode) & 0o077
