"""One row a loan and day, made by the database: interest, penalty, days past due, category, provision, and the entries.

Everything is reckoned in whole fen from the lines of :mod:`lending.life.course`. A part of the book is one transaction:
its rows, the entries that post the differences, and the mark that it is done. Where an entry takes many loans together
its lines still name each loan, so that every register and sub-ledger ties.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from sqlalchemy import Date, TextClause, bindparam, insert, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lending import accounts
from lending.books import periods
from lending.day_end.ranges import Range
from lending.day_end.tables import DayEndVerdict
from lending.ledger import JournalEntry
from lending.life.positions import Category
from lending.life.state import NON_ACCRUAL_AFTER_DAYS
from lending.maths.due_dates import months_after

ON_TIME_MONTHS = 6


@dataclass(frozen=True)
class Facts:
    """What a loan's category is decided on; ``paid_on_time``: nothing was overdue for six months."""

    days_past_due: int
    category_before: Category
    paid_on_time: bool
    in_observation: bool


class Classifies(Protocol):
    """The decision table of the five categories."""

    def __call__(self, facts: Facts) -> tuple[Category, str]:
        """The category that is proposed, and by which rule."""


@dataclass(frozen=True)
class Provisions:
    """The rates of provision by category, and whether their differences are posted at the end of each day."""

    rates: Mapping[Category, Decimal]
    valid_from: date
    daily: bool

    def posts_on(self, day: date) -> bool:
        """Whether the differences are posted on a day: the last of a month, or any.

        >>> Provisions({}, date(2026, 1, 1), daily=False).posts_on(date(2026, 2, 28))
        True
        """
        return self.daily or day.day == calendar.monthrange(day.year, day.month)[1]


_FACTS = """
    SELECT p.loan_no, l.unit_id, p.noted, p.principal, p.principal_overdue, p.interest_overdue,
           p.interest_met, p.penalty_met, p.periods_overdue,
           CASE WHEN p.decided_on <= :day THEN p.decided END AS decided,
           p.observed_until IS NOT NULL AND p.observed_until >= :day AS in_observation,
           CASE WHEN p.oldest_day < :today THEN :today - p.oldest_day ELSE 0 END AS days_past_due,
           p.clean_day IS NOT NULL AND p.clean_day <= :six_months_ago
               AND NOT (p.oldest_day IS NOT NULL AND p.oldest_day < :today) AS paid_on_time,
           CASE WHEN p.decided_on = :day THEN p.decided ELSE COALESCE(b.category, 'normal') END AS category_before,
           l.status IN ('written_off', 'transferred') AS frozen,
           p.interest_fixed + (2 * (p.interest_start + p.interest_step *
               CASE WHEN :today > p.interest_since THEN :today - p.interest_since ELSE 0 END)
               + p.interest_per) / (2 * p.interest_per) AS interest_earned,
           COALESCE(late.penalty, 0) AS penalty_earned,
           COALESCE(b.on_overdue, 0) AS on_overdue_before, COALESCE(b.on_stopped, 0) AS on_stopped_before,
           CASE WHEN b.day > COALESCE(p.folded_on, :never) THEN b.interest ELSE p.interest END AS interest_posted,
           CASE WHEN b.day > COALESCE(p.folded_on, :never) THEN b.penalty ELSE p.penalty END AS penalty_posted,
           CASE WHEN b.day > COALESCE(p.folded_on, :never) THEN b.uncollected ELSE p.uncollected END
               AS uncollected_posted,
           CASE WHEN b.day > COALESCE(p.folded_on, :never) THEN b.allowance ELSE p.allowance END AS allowance_posted
    FROM loan_position p
    JOIN loan l ON l.loan_no = p.loan_no AND {l_range}
    LEFT JOIN loan_day b ON b.day = :before AND b.loan_no = p.loan_no AND {b_range}
    LEFT JOIN (
        SELECT loan_no, CAST(SUM(CASE WHEN :today > after THEN fixed + (2 * (step *
            CASE WHEN :today > since THEN :today - since ELSE 0 END) + per) / (2 * per) ELSE 0 END) AS BIGINT)
            AS penalty
        FROM loan_late WHERE {range} GROUP BY loan_no
    ) late ON late.loan_no = p.loan_no
    WHERE {p_range} AND p.live AND l.value_date <= :day
      AND (p.refresh_on IS NULL OR p.refresh_on > :day)
      AND NOT EXISTS (SELECT 1 FROM loan_day d WHERE d.day = :day AND d.loan_no = p.loan_no AND {d_range})
      AND NOT EXISTS (SELECT 1 FROM day_end_failure f WHERE f.day = :day AND f.loan_no = p.loan_no
                      AND f.mended_at IS NULL)
"""
_SHOWN = """
    SELECT f.*, f.days_past_due > {limit} AND NOT f.frozen AS stopped,
           CASE WHEN f.frozen THEN f.interest_posted WHEN f.days_past_due > {limit} THEN f.interest_met
                ELSE f.interest_earned END AS interest,
           CASE WHEN f.frozen THEN f.penalty_posted WHEN f.days_past_due > {limit} THEN f.penalty_met
                ELSE f.penalty_earned END AS penalty,
           CASE WHEN f.frozen OR f.days_past_due <= {limit} THEN 0
                ELSE f.interest_earned - f.interest_met + f.penalty_earned - f.penalty_met END AS uncollected,
           CASE WHEN f.frozen THEN 0 ELSE f.penalty_earned - f.penalty_met END AS penalty_owed,
           CASE WHEN f.frozen OR f.days_past_due = 0 OR f.days_past_due > {limit} THEN 0
                ELSE f.principal_overdue END AS on_overdue,
           CASE WHEN f.frozen OR f.days_past_due <= {limit} THEN 0 ELSE f.principal END AS on_stopped,
           CASE WHEN f.frozen THEN 'loss' ELSE v.category END AS proposed,
           CASE WHEN f.frozen THEN 'loss' WHEN {decided_rank} > {proposed_rank} THEN f.decided ELSE v.category END
               AS category
    FROM ({facts}) f
    LEFT JOIN day_end_verdict v ON v.day = :day AND v.days_past_due = f.days_past_due
         AND v.category_before = f.category_before AND v.paid_on_time = f.paid_on_time
         AND v.in_observation = f.in_observation
"""
_REQUIRED = """
    SELECT s.*, (2 * s.principal * CASE s.category {rates} END + {unit}) / (2 * {unit}) AS required FROM ({shown}) s
"""
_INSERT = """
INSERT INTO loan_day (day, part, loan_no, unit_id, noted, principal, principal_overdue, interest_overdue, penalty_owed,
    days_past_due, periods_overdue, proposed, category, stopped, interest, penalty, uncollected, required, allowance,
    interest_moved, interest_tax, penalty_moved, penalty_tax, uncollected_moved, allowance_moved,
    on_overdue, on_stopped, on_overdue_moved, on_stopped_moved)
SELECT :day, :part, r.loan_no, r.unit_id, r.noted, r.principal, r.principal_overdue, r.interest_overdue, r.penalty_owed,
    r.days_past_due, r.periods_overdue, r.proposed, r.category,
    r.stopped OR r.uncollected_posted <> 0, r.interest, r.penalty, r.uncollected, r.required,
    CASE WHEN {posts} THEN r.required ELSE r.allowance_posted END,
    r.interest - r.interest_posted, {interest_tax}, r.penalty - r.penalty_posted, {penalty_tax},
    r.uncollected - r.uncollected_posted,
    CASE WHEN {posts} THEN r.required - r.allowance_posted ELSE 0 END,
    r.on_overdue, r.on_stopped, r.on_overdue - r.on_overdue_before, r.on_stopped - r.on_stopped_before
FROM ({required}) r
ORDER BY r.loan_no
"""
_CHANGED = """
INSERT INTO category_change (loan_no, day, category, before, proposed, days_past_due)
SELECT d.loan_no, d.day, d.category, COALESCE(b.category, 'normal'), d.proposed, d.days_past_due
FROM loan_day d LEFT JOIN loan_day b ON b.day = :before AND b.loan_no = d.loan_no AND {b_range}
WHERE d.day = :day AND d.part = :part AND {d_range} AND d.category <> COALESCE(b.category, 'normal')
"""
_RATE_UNIT = 100_000_000
_NEVER = date(1, 1, 1)


@dataclass(frozen=True)
class _Kind:
    """A kind of entry: which rows it takes, and the net debit of each of its accounts, in fen."""

    name: str
    description: str
    rows: str
    accounts: tuple[tuple[str, str], ...]


_INTEREST = (
    (accounts.INTEREST_RECEIVABLE, "interest_moved"),
    (accounts.INTEREST_INCOME, "interest_tax - interest_moved"),
)
_PENALTY = (
    (accounts.PENALTY_RECEIVABLE, "penalty_moved"),
    (accounts.PENALTY_INCOME, "penalty_tax - penalty_moved"),
)
_PENDING = accounts.OUTPUT_VAT_PENDING
KINDS = (
    _Kind("accrual", "计提利息", "NOT stopped", (*_INTEREST, (_PENDING, "- interest_tax"))),
    _Kind("penalty", "计提罚息及复利", "NOT stopped", (*_PENALTY, (_PENDING, "- penalty_tax"))),
    _Kind(
        "non_accrual",
        "停止计息转表外",
        "stopped",
        (
            *_INTEREST,
            *_PENALTY,
            (_PENDING, "- interest_tax - penalty_tax"),
            (accounts.UNCOLLECTED_INTEREST, "uncollected_moved"),
        ),
    ),
    _Kind(
        "provision",
        "计提贷款损失准备",
        "1 = 1",
        ((accounts.IMPAIRMENT, "allowance_moved"), (accounts.ALLOWANCE, "- allowance_moved")),
    ),
    _Kind(
        "loan_form",
        "贷款形态调整",
        "1 = 1",
        (
            (accounts.LOANS, "- on_overdue_moved - on_stopped_moved"),
            (accounts.LOANS_OVERDUE, "on_overdue_moved"),
            (accounts.LOANS_NON_ACCRUAL, "on_stopped_moved"),
        ),
    ),
)


def make(
    session: Session,
    day: date,
    loans: Range,
    *,
    part: int,
    classifies: Classifies,
    provisions: Provisions,
    now: datetime,
) -> int:
    """Make the rows of a range that are missing and post their differences; returns how many were made.

    ``part`` numbers what is made together, and goes into the references of the entries. Loans that failed,
    and loans whose course has ended, have none.
    """
    # Each table is told the range: a plan for one part must not read the whole book.
    ranges = {f"{alias}_range": loans.sql(f"{alias}.loan_no") for alias in "plbd"}
    facts = _FACTS.format(range=loans.sql("loan_no"), **ranges)
    given = _parameters(day, loans) | {"part": part}
    _decide(session, day, facts, given, classifies)
    shown = _SHOWN.format(
        facts=facts,
        limit=NON_ACCRUAL_AFTER_DAYS,
        decided_rank=_rank("f.decided"),
        proposed_rank=_rank("v.category"),
    )
    rates = " ".join(
        f"WHEN '{category.value}' THEN {int(provisions.rates[category] * _RATE_UNIT)}"
        for category in Category
    )
    statement = _INSERT.format(
        required=_REQUIRED.format(rates=rates, unit=_RATE_UNIT, shown=shown),
        posts="1 = 1" if provisions.posts_on(day) else "1 = 0",
        interest_tax=f"{_vat('r.interest')} - {_vat('r.interest_posted')}",
        penalty_tax=f"{_vat('r.penalty')} - {_vat('r.penalty_posted')}",
    )
    made = session.execute(_dated(statement), given)
    count = int(getattr(made, "rowcount", 0))
    if count:
        session.execute(_dated(_CHANGED.format(**ranges)), given)
        _post(session, day, loans, part, now)
    return count


def _rank(category: str) -> str:
    """How bad a category is, as a number; a category that is none is better than all."""
    ranks = " ".join(f"WHEN '{each.value}' THEN {number}" for number, each in enumerate(Category, start=1))
    return f"CASE {category} {ranks} ELSE 0 END"


def _vat(fen: str) -> str:
    """:func:`lending.life.applying.vat_in` of an amount in fen that is not negative: six of 106 parts, half up."""
    return f"(12 * {fen} + 106) / 212"


def _parameters(day: date, loans: Range) -> dict[str, object]:
    six_months_ago = months_after(day, -ON_TIME_MONTHS, due_day=day.day)
    return {
        "day": day,
        "before": day - timedelta(days=1),
        "never": _NEVER,
        "today": day.toordinal(),
        "six_months_ago": six_months_ago.toordinal(),
        **loans.parameters,
    }


def _dated(statement: str) -> TextClause:
    """The statement with its days bound as days, which SQLite keeps as text."""
    names = [name for name in ("day", "before", "never") if re.search(rf":{name}\b", statement)]
    return text(statement).bindparams(*(bindparam(name, type_=Date) for name in names))


def _decide(
    session: Session, day: date, facts: str, given: Mapping[str, object], classifies: Classifies
) -> None:
    """Ask the decision table about every set of facts of the range that it was not asked about on this day."""
    asked = session.execute(
        _dated(
            f"SELECT DISTINCT f.days_past_due, f.category_before, f.paid_on_time, f.in_observation FROM ({facts}) f "
            "WHERE NOT EXISTS (SELECT 1 FROM day_end_verdict v WHERE v.day = :day "
            "AND v.days_past_due = f.days_past_due AND v.category_before = f.category_before "
            "AND v.paid_on_time = f.paid_on_time AND v.in_observation = f.in_observation)"
        ),
        given,
    ).all()
    rows = []
    for days_past_due, before, paid_on_time, in_observation in asked:
        told = Facts(days_past_due, Category(before), bool(paid_on_time), bool(in_observation))
        category, rule = classifies(told)
        rows.append(
            {
                "day": day,
                "days_past_due": told.days_past_due,
                "category_before": told.category_before,
                "paid_on_time": told.paid_on_time,
                "in_observation": told.in_observation,
                "category": category,
                "rule": rule[:200],
            }
        )
    if rows:
        known = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(known(DayEndVerdict).on_conflict_do_nothing(), rows)


def _post(session: Session, day: date, loans: Range, part: int, now: datetime) -> None:
    """Post what the rows of a part have moved: one entry a kind and branch, each line on its loan."""
    if periods.is_closed(session, day):
        raise periods.PeriodClosed(month=periods.month_of(day), on=day)
    given = _parameters(day, loans) | {"part": part}
    mine = f"d.day = :day AND d.part = :part AND {loans.sql('d.loan_no')}"
    for kind in KINDS:
        moved = " OR ".join(f"{net.lstrip('- ')} <> 0" for _account, net in kind.accounts if " - " not in net)
        units = session.scalars(
            _dated(
                f"SELECT DISTINCT d.unit_id FROM loan_day d WHERE {mine} AND {kind.rows} AND ({moved}) ORDER BY 1"
            ),
            given,
        ).all()
        if units:
            entries = _entries(session, day, part, kind, units, now)
            session.execute(_dated(_lines(kind, entries, mine)), given)


def _entries(
    session: Session, day: date, part: int, kind: _Kind, units: Sequence[int], now: datetime
) -> dict[int, int]:
    """The heads of the entries: their ids by unit."""
    ids = session.scalars(
        insert(JournalEntry).returning(JournalEntry.id, sort_by_parameter_order=True),
        [
            {
                "reference": reference(kind.name, day, unit_id, part),
                "kind": kind.name,
                "on": day,
                "description": kind.description,
                "posted_at": now,
            }
            for unit_id in units
        ],
    )
    return dict(zip(units, ids, strict=True))


def reference(kind: str, day: date, unit_id: int, part: int) -> str:
    """The business reference under which a day-end posts for the loans of a branch that it took together.

    >>> reference("accrual", date(2026, 9, 30), 2, 1)
    'accrual:2026-09-30:2:1'
    """
    return f"{kind}:{day}:{unit_id}:{part}"


def _lines(kind: _Kind, entries: Mapping[int, int], mine: str) -> str:
    """The statement that writes the lines: for each loan and account what is not zero, on its side."""
    entry = " ".join(f"WHEN {unit_id} THEN {entry_id}" for unit_id, entry_id in entries.items())
    chosen = " UNION ALL ".join(
        f"SELECT {number} AS n, '{account}' AS account"
        for number, (account, _net) in enumerate(kind.accounts)
    )
    nets = " ".join(f"WHEN {number} THEN {net}" for number, (_account, net) in enumerate(kind.accounts))
    return f"""
        INSERT INTO journal_line (entry_id, position, account, debit, credit, loan_no)
        SELECT CASE x.unit_id {entry} END, ROW_NUMBER() OVER (PARTITION BY x.unit_id ORDER BY x.loan_no, x.n),
               x.account, CASE WHEN x.net > 0 THEN x.net ELSE 0 END, CASE WHEN x.net < 0 THEN -x.net ELSE 0 END,
               x.loan_no
        FROM (SELECT d.unit_id, d.loan_no, a.n, a.account, CASE a.n {nets} END AS net
              FROM loan_day d CROSS JOIN ({chosen}) a WHERE {mine} AND {kind.rows}) x
        WHERE x.net <> 0
    """
