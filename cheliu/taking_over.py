"""``cheliu import-book``: an existing book taken over from a file, or everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from cheliu.wiring import open_house
from company.organisation import business_date
from company.people import Employee, actor, may
from company.settings import Settings
from engine.errors import NotAllowed
from lending import money
from lending.errors import NotFound
from lending.opening.importing import BookRefused, Outcome, Totals, import_book


def take_over(
    settings: Settings,
    file: Path,
    *,
    dry_run: bool,
    controls: tuple[int | None, str | None, str | None],
    username: str,
) -> tuple[list[str], bool]:
    """What is to be said of the file, a line each in both languages, and whether it could be taken over.

    Raises NotFound for an unknown person, NotAllowed for one who does not keep the books.
    """
    loans, principal, balance = controls
    totals = Totals(
        loans,
        None if principal is None else money.parse(principal),
        None if balance is None else money.parse(balance),
    )
    house = open_house(settings)
    try:
        with house.database.write() as session:
            person = session.scalar(select(Employee).where(Employee.username == username))
            if person is None:
                raise NotFound(what_zh="员工", what_en="employee", key=username)
            who = actor(session, person.id)
            if not may(who, "books", "C"):
                raise NotAllowed(command="import-book")
            outcome = import_book(
                session,
                house.world.vault,
                file.name,
                file.read_bytes(),
                controls=totals,
                on=business_date(session),
                actor=who,
                now=house.clock.now(),
                dry_run=dry_run,
            )
    except BookRefused as refused:
        return [f"{error.label('zh')} / {error.label('en')}" for error in refused.errors], False
    finally:
        house.close()
    return [_said(outcome)], True


def _said(outcome: Outcome) -> str:
    found = outcome.totals
    held = f"{found.loans} 笔，本金 {found.principal}，余额 {found.balance}"
    english = f"{found.loans} loans, {found.principal} lent, {found.balance} owed"
    if outcome.again:
        return f"此前已导入，未重复登记：{held} / taken over before, nothing was done: {english}"
    if outcome.kept is None:
        return f"试导入通过，未保存：{held} / would be taken over, nothing was kept: {english}"
    return f"已导入：{held} / taken over: {english}"
