"""A book of any size: some hundred loans that lived through real events, and copies of them made by the database."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import Table, select, text
from sqlalchemy.orm import Session

from cheliu.wiring import House
from company.database import Base
from company.organisation import Unit
from company.people import Employee
from lending import (
    applications,
    contracts,
    customers,
    dealers,
    ledger,
    loans,
    products,
    seeding,
    vehicles,
)
from lending.accounts import BANK, LOANS
from lending.contracts import SigningMethod
from lending.disclosure import DisclosureMethod
from lending.ledger import Line
from lending.life import beginning, changes
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.loans import LoanStatus
from lending.maths.convention import Method
from lending.maths.due_dates import months_after
from lending.vehicles import Energy, VehicleKind, VehicleUse

AMOUNT = Decimal("100000.00")
RATE = Decimal("0.0588")
TERM_MONTHS = 36
LATE_SHARE = 20
"""One loan in so many is overdue."""
_COPIED = ("contract_number", "contract", "loan", "loan_event", "loan_position", "loan_late", "loan_day")


def patterns(house: House, day: date) -> list[tuple[str, bool]]:
    """Loans as they stand before the day-end of ``day``, and whether each is overdue: due on the days 1 to 28.

    Paid out one, two or three months before and paid on time, or half a year before and paid twice.
    """
    with house.database.write() as session:
        first = _first_loan(house, session, day)
    made: list[tuple[str, bool]] = []
    for due_day in range(1, 29):
        for months, paid in ((1, 9), (2, 9), (3, 9), (6, 2)):
            value_date = months_after(day, -months, due_day=due_day)
            with house.database.write() as session:
                made.append((_lend(session, first, len(made), value_date, paid, day), months == 6))
    return made


def multiply(house: House, made: Sequence[tuple[str, bool]], count: int) -> None:
    """Copy the patterns until the book has ``count`` loans more, each on its own number."""
    on_time = [loan_no for loan_no, is_late in made if not is_late]
    late = [loan_no for loan_no, is_late in made if is_late]
    with house.database.write() as session:
        session.execute(text("CREATE TEMPORARY TABLE copy_no (loan_no VARCHAR(24), pattern VARCHAR(24))"))
        insert = text("INSERT INTO copy_no VALUES (:loan_no, :pattern)")
        for rows in _numbered(on_time, late, count):
            session.execute(insert, rows)
        for name in _COPIED:
            session.execute(text(_copy(Base.metadata.tables[name])))
            print(f"copied {name}", file=sys.stderr)
        session.execute(
            text(
                "UPDATE loan_position SET last_event_id = e.id FROM loan_event e, copy_no c "
                "WHERE c.loan_no = loan_position.loan_no AND e.loan_no = loan_position.loan_no"
            )
        )
        session.execute(text("DROP TABLE copy_no"))
    with house.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _numbered(on_time: Sequence[str], late: Sequence[str], count: int) -> Iterator[list[dict[str, str]]]:
    batch = []
    for number in range(count):
        group = late if number % LATE_SHARE == 0 else on_time
        pattern = group[number // LATE_SHARE % len(group) if group is late else number % len(group)]
        batch.append({"loan_no": f"CY2026SH1BK{number:07d}", "pattern": pattern})
        if len(batch) == 50_000:
            yield batch
            batch = []
    yield batch


def _copy(table: Table) -> str:
    """The statement that copies the rows of the patterns; of their events the last, which holds the state."""
    number = "contract_no" if "contract_no" in table.c else "loan_no"
    # Keys are given anew by the database, references stay unique by the copy's number.
    columns = [column.name for column in table.c if column.name != "id"]
    fresh = {number: "c.loan_no", "reference": "t.reference || ':' || c.loan_no"}
    chosen = ", ".join(fresh.get(name, f"t.{name}") for name in columns)
    join = f"t.{number} = c.pattern"
    if table.name == "loan_event":
        join += " AND t.id = (SELECT p.last_event_id FROM loan_position p WHERE p.loan_no = c.pattern)"
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    return f"{into} SELECT {chosen} FROM copy_no c JOIN {table.name} t ON {join}"


def _lend(session: Session, first: str, number: int, value_date: date, paid: int, day: date) -> str:
    """A loan like the first, paid out on a day, with so many instalments paid on their days before ``day``."""
    loan_no = f"CY2026SH1PT{number:07d}"
    for name in ("contract_number", "contract", "loan"):
        _clone(session, Base.metadata.tables[name], first, loan_no)
    loan = loans.get(session, loan_no)
    loan.status, loan.value_date, loan.due_day = LoanStatus.PENDING_DISBURSEMENT, None, None
    now = _noon(value_date)
    lines = [Line(LOANS, debit=AMOUNT, loan_no=loan_no), Line(BANK, credit=AMOUNT, loan_no=loan_no)]
    reference = loans.posting_reference(loan_no)
    ledger.post(session, reference, on=value_date, lines=lines, description="放款", now=now)
    loans.activate(session, loan_no, value_date=value_date, now=now)
    beginning.begin(session, loan_no, now=now)
    for instalment in loan.schedules[0].instalments[:paid]:
        if instalment.due_date < day:
            told = Happening(EventKind.RECEIPT, instalment.due_date, instalment.amount)
            on = instalment.due_date
            changes.record(session, loan_no, told, reference=f"{loan_no}-{on}", booked_on=on, now=_noon(on))
    return loan_no


def _clone(session: Session, table: Table, first: str, loan_no: str) -> None:
    number = "contract_no" if "contract_no" in table.c else "loan_no"
    columns = [column.name for column in table.c if column.name != "id"]
    chosen = ", ".join(":loan_no" if name == number else name for name in columns)
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    statement = text(f"{into} SELECT {chosen} FROM {table.name} WHERE {number} = :first")
    session.execute(statement, {"loan_no": loan_no, "first": first})


def _first_loan(house: House, session: Session, day: date) -> str:
    """The contract that all loans of the book are copies of, signed."""
    seeding.seed(session)
    now = _noon(day)
    unit = session.scalars(
        select(Unit).where(Unit.contract_code.is_not(None)).order_by(Unit.id).limit(1)
    ).one()
    maker = session.scalars(select(Employee).where(Employee.username == "finance_maker")).one()
    application_no = _application(house, session, unit.id, maker.id, day)
    applications.approve(
        session,
        application_no,
        amount=AMOUNT,
        term_months=TERM_MONTHS,
        annual_rate=RATE,
        method=Method.EQUAL_INSTALMENT,
        by=maker.id,
        on=day,
        now=now,
    )
    contract_no = contracts.generate(session, application_no, by=maker.id, on=day, now=now).contract_no
    contracts.record_prints(session, contract_no, contract_sha256="a" * 64, sheet_sha256="b" * 64)
    contracts.confirm_disclosure(
        session,
        contract_no,
        method=DisclosureMethod.PAPER,
        reading_seconds=None,
        by=maker.id,
        on=day,
        now=now,
    )
    contracts.sign(session, contract_no, method=SigningMethod.PAPER, on=day, now=now)
    loans.open_from_contract(session, contract_no, now=now)
    return contract_no


def _application(house: House, session: Session, unit_id: int, maker_id: int, day: date) -> str:
    """An application for a new car, submitted."""
    vault, now = house.world.vault, _noon(day)
    dealer = dealers.add(
        session,
        vault,
        name="沪东远航汽车销售有限公司",
        social_credit_code="91350100M000100Y43",
        bank_name="测试银行上海分行",
        account="31050161393600001234",
        unit_id=unit_id,
        now=now,
    )
    draft = applications.open_draft(session, unit_id=unit_id, owner_id=maker_id, year=day.year, now=now)
    customer = customers.register(
        session,
        vault,
        name="林晓芸",
        identity="11010519491231002X",
        phone="13812345678",
        address="上海市浦东新区测试路1号",
        card="6222021234567894",
        unit_id=unit_id,
        owner_id=maker_id,
        now=now,
    )
    vehicle = vehicles.register(
        session,
        vin_text="LGXCE6CB4P0123456",
        model_name="远航 E5 2026款",
        kind=VehicleKind.NEW,
        energy=Energy.NEV,
        now=now,
    )
    applications.submit(
        session,
        draft.application_no,
        customer=customer,
        vehicle=vehicle,
        dealer=dealer,
        product=products.get(session, "NEW_STD"),
        amount=AMOUNT,
        term_months=TERM_MONTHS,
        annual_rate=RATE,
        method=Method.EQUAL_INSTALMENT,
        vehicle_use=VehicleUse.SELF,
        vehicle_price=Decimal("150000.00"),
        on=day,
    )
    return draft.application_no


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC)
