"""``cheliu rotate-key``: what the house's key has sealed is sealed with the newest one, in batches, while work goes on.

What is sealed under a person's own key stays as it is: only that key is wrapped anew. Nothing remembers how far it
came, since each value says by which key it was sealed: stopped or killed, it begins again and passes over what is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, RowMapping, Table, and_, func, select, tuple_, update
from sqlalchemy.orm import Session

from cheliu.wiring import House
from company import CompanyError
from company.database import Base
from company.people.employees import PLACE_OF_MOBILE
from company.people.second_factor import PLACE_OF_SECRET
from company.vault import SealBroken, Vault, place_of_answer, place_of_person_key
from engine.assignment import place_of_draft
from lending.callback_links import PLACE_OF_TOKEN
from lending.portal.codes import PLACE_OF_CODE

BATCH = 500
_ACCOUNT = "account_sealed"
Told = Callable[[str, int, int], None]
"""Called with what is being sealed, how many are done and how many there are."""


class StillSealedByOldKey(CompanyError):
    """A key that something needs is not taken away."""

    code = "still_sealed_by_old_key"
    zh = "仍有 {count} 项数据由旧密钥加密，旧密钥不能停用。请先执行 cheliu rotate-key 直至完成。"
    en = "{count} values are still sealed with an old key, which stays. Run cheliu rotate-key until it is through."


@dataclass(frozen=True)
class Place:
    """A column that the house's key seals; ``reseal`` gives the new value of a row, None where it is current."""

    table: Table
    column: str
    reseal: Callable[[Vault, RowMapping], object | None]

    @property
    def name(self) -> str:
        """Table and column."""
        return f"{self.table.name}.{self.column}"


@dataclass
class Outcome:
    """What a walk came to: values sealed anew, or found to be of an old key; and those that no key opens."""

    done: int = 0
    unreadable: list[str] = field(default_factory=list)


def _bytes(table: str, column: str, about: Callable[[RowMapping], str]) -> Place:
    def reseal(vault: Vault, row: RowMapping) -> bytes | None:
        return vault.reseal(row[column], about=about(row))

    return Place(Base.metadata.tables[table], column, reseal)


def _account_of_proposal(vault: Vault, row: RowMapping) -> dict[str, object] | None:
    """A proposal's account waits among the other values, as digits of the sealed bytes."""
    sealed = row["change"].get(_ACCOUNT)
    fresh = vault.reseal(bytes.fromhex(sealed)) if sealed else None
    return None if fresh is None else {**row["change"], _ACCOUNT: fresh.hex()}


PLACES = (
    _bytes("person_key", "wrapped", lambda row: place_of_person_key(row["id"])),
    _bytes("sealed_value", "ciphertext", lambda row: place_of_answer(row["business_key"], row["name"])),
    _bytes("draft", "sealed", lambda row: place_of_draft(row["task_id"], row["employee_id"])),
    _bytes("employee", "mobile_sealed", lambda _row: PLACE_OF_MOBILE),
    _bytes("second_factor", "secret_sealed", lambda _row: PLACE_OF_SECRET),
    _bytes("portal_code", "phone_sealed", lambda _row: PLACE_OF_CODE),
    _bytes("portal_code", "code_sealed", lambda _row: PLACE_OF_CODE),
    _bytes("callback_link", "token_sealed", lambda _row: PLACE_OF_TOKEN),
    _bytes("dealer", _ACCOUNT, lambda _row: ""),
    _bytes("disbursement", _ACCOUNT, lambda _row: ""),
    _bytes("funding_party", _ACCOUNT, lambda _row: ""),
    Place(Base.metadata.tables["proposal"], "change", _account_of_proposal),
)
# Sealed under the key of a person, which stands wrapped in person_key.
UNDER_A_PERSONS_KEY = frozenset(
    {
        "customer.identity_sealed",
        "customer.phone_sealed",
        "customer.address_sealed",
        "customer.card_sealed",
        "customer_change.before_sealed",
        "customer_change.after_sealed",
        "beneficial_owner.identity_sealed",
        "bureau_report.report_sealed",
        "complaint.text_sealed",
        "complaint.answer_sealed",
        "callback_record.text_sealed",
        "collection_contact.note_sealed",
    }
)


def reseal(house: House, told: Told) -> Outcome:
    """Seal everything with the newest key: rows in transactions of :data:`BATCH`, then the files one by one.

    What no key at hand opens is named in the outcome and stays as it is.
    """
    outcome = Outcome()
    for place in PLACES:
        for rows, done, whole in _batches(house, place):
            with house.database.write() as session:
                _renew(session, house.world.vault, place, rows, outcome)
            told(place.name, done, whole)
    names = house.world.files.names()
    for done, name in enumerate(names, start=1):
        try:
            outcome.done += house.world.files.reseal(name)
        except SealBroken:
            outcome.unreadable.append(f"file {name}")
        told("files", done, len(names))
    return outcome


def require_nothing_old(house: House) -> None:
    """Refuse with :class:`StillSealedByOldKey` while a value or a file needs any key but the newest."""
    vault, old = house.world.vault, 0
    for place in PLACES:
        for rows, _done, _whole in _batches(house, place):
            old += sum(_is_old(vault, place, row) for row in rows)
    old += sum(not house.world.files.is_current(name) for name in house.world.files.names())
    if old:
        raise StillSealedByOldKey(count=old)


def _is_old(vault: Vault, place: Place, row: RowMapping) -> bool:
    try:
        return place.reseal(vault, row) is not None
    except SealBroken:
        return True


def _batches(house: House, place: Place) -> Iterator[tuple[list[RowMapping], int, int]]:
    """The rows that hold something, by key, with how many were given out and how many there were at the start."""
    keys = list(place.table.primary_key.columns)
    filled = place.table.c[place.column].is_not(None)
    done, after = 0, None
    with house.database.read() as session:
        whole = session.scalar(select(func.count()).select_from(place.table).where(filled)) or 0
    while True:
        asked = select(place.table).where(filled).order_by(*keys).limit(BATCH)
        if after is not None:
            asked = asked.where(tuple_(*keys) > after)
        with house.database.read() as session:
            rows = list(session.execute(asked).mappings())
        if not rows:
            return
        done += len(rows)
        after = tuple_(*(rows[-1][key.name] for key in keys))
        yield rows, done, max(done, whole)


def _renew(session: Session, vault: Vault, place: Place, rows: list[RowMapping], outcome: Outcome) -> None:
    column = place.table.c[place.column]
    for row in rows:
        try:
            fresh = place.reseal(vault, row)
        except SealBroken:
            outcome.unreadable.append(f"{place.name} {_key_of(place, row)}")
            continue
        if fresh is None:
            continue
        # What somebody has written in the meantime is newer than what was read, and sealed with the newest key.
        unchanged = column == row[place.column]
        renewed = update(place.table).where(_same_row(place, row), unchanged).values({place.column: fresh})
        first = next(iter(place.table.primary_key.columns))
        outcome.done += len(session.execute(renewed.returning(first)).all())


def _key_of(place: Place, row: RowMapping) -> str:
    return ",".join(str(row[key.name]) for key in place.table.primary_key.columns)


def _same_row(place: Place, row: RowMapping) -> ColumnElement[bool]:
    return and_(*(key == row[key.name] for key in place.table.primary_key.columns))
