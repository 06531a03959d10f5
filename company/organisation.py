"""The company, its one row, and the tree of units below it: company, branches, departments."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, Enum, ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base


class LenderType(StrEnum):
    """The licence of the lender, which selects the rules that bind it; only these are supported."""

    BANK = "bank"
    AUTO_FINANCE = "auto_finance"
    MICRO_LOAN = "micro_loan"


class UnitKind(StrEnum):
    """What a unit is: the company itself, a branch, or a department of either."""

    COMPANY = "company"
    BRANCH = "branch"
    DEPARTMENT = "department"


class CompanyMissing(CompanyError):
    """The database holds no company yet."""

    code = "company_missing"
    zh = "数据库中还没有公司资料，请先运行 cheliu found 建立公司，或用 cheliu serve --demo 试用演示公司。"
    en = "The database holds no company yet; run cheliu found, or try the demo company with cheliu serve --demo."


class BusinessDayPast(CompanyError):
    """The books never go back a day."""

    code = "business_day_past"
    zh = "营业日期已是 {business_date}，不能退回到 {day}。"
    en = "The books stand at {business_date} and cannot go back to {day}."


class UnitMissing(CompanyError):
    """No unit has this id."""

    code = "unit_missing"
    zh = "机构 {unit_id} 不存在。"
    en = "The unit {unit_id} does not exist."


class UnitInsideItself(CompanyError):
    """A unit cannot be moved below itself."""

    code = "unit_inside_itself"
    zh = "机构 {code} 不能移到自己的下级机构之下。"
    en = "The unit {code} cannot be moved below itself; choose another parent."


class UnitFieldMissing(CompanyError):
    """A unit needs a code and a name."""

    code = "unit_field_missing"
    zh = "请填写机构编号和名称。"
    en = "Fill in the code and the name of the unit."


class UnitCodeTaken(CompanyError):
    """Another unit, open or closed, has this code."""

    code = "unit_code_taken"
    zh = "机构编号 {code} 已被使用，请另选一个。"
    en = "The unit code {code} is taken; choose another."


class UnitMisplaced(CompanyError):
    """A branch hangs below the company or a branch, a department below anything open, and the company below nothing."""

    code = "unit_misplaced"
    zh = (
        "机构 {code} 不能放在 {parent} 之下：公司是根机构，分公司只能在公司或分公司之下，且上级机构须未停用。"
    )
    en = (
        "The unit {code} cannot stand below {parent}: the company is the root, a branch belongs to the company or a "
        "branch, and the parent must not be closed."
    )


class UnitInUse(CompanyError):
    """A unit is closed when nobody works in it and nothing hangs below it."""

    code = "unit_in_use"
    zh = "机构 {code} 还有 {people} 名在岗员工或角色、{units} 个下级机构，请先调离或停用。"
    en = "The unit {code} still has {people} people or roles and {units} units below it; move or close them first."


class Company(Base):
    """The one company of this installation."""

    __tablename__ = "company"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    code: Mapped[str] = mapped_column(String(2))
    lender_type: Mapped[LenderType] = mapped_column(
        Enum(
            LenderType,
            native_enum=False,
            length=32,
            values_callable=lambda kinds: [kind.value for kind in kinds],
        )
    )
    business_date: Mapped[date] = mapped_column(Date)
    is_demo: Mapped[bool] = mapped_column(default=False)
    clock_offset_seconds: Mapped[int] = mapped_column(default=0)


class Unit(Base):
    """A node of the tree. ``path`` lists the ids from the root to itself ("/1/3/"): a subtree is a prefix.

    ``duties``: what the unit answers for, in words. A closed unit keeps its records and takes nobody new.
    """

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    kind: Mapped[UnitKind] = mapped_column(
        Enum(
            UnitKind,
            native_enum=False,
            length=32,
            values_callable=lambda kinds: [kind.value for kind in kinds],
        )
    )
    path: Mapped[str] = mapped_column(String(255), default="", index=True)
    region: Mapped[str | None] = mapped_column(String(6))
    contract_code: Mapped[str | None] = mapped_column(String(3))
    duties: Mapped[str] = mapped_column(Text, default="")
    closed_on: Mapped[date | None] = mapped_column(Date)

    @property
    def depth(self) -> int:
        """How many units stand above it."""
        return self.path.count("/") - 2


def the_company(session: Session) -> Company:
    """The company's row; :class:`CompanyMissing` before it is founded."""
    company = session.get(Company, 1)
    if company is None:
        raise CompanyMissing()
    return company


_BUSINESS_DATE = select(Company.business_date)


def business_date(session: Session) -> date:
    """The day the books stand at; only day-end moves it."""
    found = session.scalar(_BUSINESS_DATE)
    return the_company(session).business_date if found is None else found


def open_business_day(session: Session, day: date) -> None:
    """Let the books stand at ``day``; the same day changes nothing, an earlier one is :class:`BusinessDayPast`."""
    company = the_company(session)
    if day < company.business_date:
        raise BusinessDayPast(day=day, business_date=company.business_date)
    company.business_date = day


def add_unit(
    session: Session,
    *,
    parent: Unit | None,
    kind: UnitKind,
    code: str,
    name: str,
    name_en: str,
    region: str | None = None,
    contract_code: str | None = None,
    duties: str = "",
) -> Unit:
    """Add a unit below ``parent`` (None: the root). ``region``: 6 digits; ``contract_code``: 3 characters.

    Raises :class:`UnitFieldMissing`, :class:`UnitCodeTaken`, :class:`UnitMisplaced`.
    """
    if not code or not name:
        raise UnitFieldMissing()
    if session.scalar(select(Unit.id).where(Unit.code == code)) is not None:
        raise UnitCodeTaken(code=code)
    _require_place(code, kind, parent)
    unit = Unit(
        parent_id=parent.id if parent else None,
        kind=kind,
        code=code,
        name=name,
        name_en=name_en or name,
        region=region,
        contract_code=contract_code,
        duties=duties,
    )
    session.add(unit)
    session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    session.flush()
    return unit


def move_unit(session: Session, unit: Unit, *, parent: Unit) -> None:
    """Hang ``unit`` with all below it under ``parent``: who reaches what follows at once, for open sessions too.

    Raises :class:`UnitInsideItself` if that is in its own subtree, and :class:`UnitMisplaced`.
    """
    if parent.path.startswith(unit.path):
        raise UnitInsideItself(code=unit.code)
    _require_place(unit.code, unit.kind, parent)
    old_path, new_path = unit.path, f"{parent.path}{unit.id}/"
    for below in session.scalars(select(Unit).where(Unit.path.startswith(old_path))):
        below.path = new_path + below.path[len(old_path) :]
    unit.parent_id = parent.id
    session.flush()


def correct_unit(session: Session, unit: Unit, *, name: str, name_en: str, duties: str) -> None:
    """Another name or other duties; the code stays. :class:`UnitFieldMissing`."""
    if not name:
        raise UnitFieldMissing()
    unit.name, unit.name_en, unit.duties = name, name_en or name, duties
    session.flush()


def close_unit(session: Session, unit: Unit, on: date, *, people: int) -> None:
    """Let nobody join the unit from now on; ``people``: how many work or hold a role there.

    Raises :class:`UnitInUse`, and :class:`UnitMisplaced` for the company itself.
    """
    if unit.parent_id is None:
        raise UnitMisplaced(code=unit.code, parent="–")
    below = select(func.count()).where(Unit.parent_id == unit.id, Unit.closed_on.is_(None))
    open_below = session.scalar(below) or 0
    if people or open_below:
        raise UnitInUse(code=unit.code, people=people, units=open_below)
    unit.closed_on = on
    session.flush()


def reopen_unit(session: Session, unit: Unit) -> None:
    """Take the unit back into use below an open parent; :class:`UnitMisplaced`."""
    parent = None if unit.parent_id is None else unit_of(session, unit.parent_id)
    _require_place(unit.code, unit.kind, parent)
    unit.closed_on = None
    session.flush()


def _require_place(code: str, kind: UnitKind, parent: Unit | None) -> None:
    fits = (kind is UnitKind.COMPANY) == (parent is None)
    if parent is not None:
        fits = fits and parent.closed_on is None
        fits = fits and not (kind is UnitKind.BRANCH and parent.kind is UnitKind.DEPARTMENT)
    if not fits:
        raise UnitMisplaced(code=code, parent=parent.code if parent else "–")


def unit_of(session: Session, unit_id: int) -> Unit:
    """The unit with this id; :class:`UnitMissing`."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise UnitMissing(unit_id=unit_id)
    return unit


def branch_of(session: Session, unit_id: int) -> Unit:
    """The branch a unit belongs to: itself or the nearest branch above; the root for units of the head office."""
    unit = unit_of(session, unit_id)
    while unit.kind is not UnitKind.BRANCH and unit.parent_id is not None:
        unit = unit_of(session, unit.parent_id)
    return unit
