"""Separation of duties: who administers has no business, who audits only reads, and nobody does two of the three."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import CompanyError
from company.people.roles import Permission

# Letters that make a role one of administration or of audit; whoever has one has nothing of the other kinds.
_ADMINISTERS = {"users": "CU", "process_models": "X", "incident": "X", "rules": "X"}
_AUDITS = frozenset({"audit_log", "gps_log"})
# What an administrator may have to do with at all.
_OF_ADMINISTRATION = frozenset({*_ADMINISTERS, "training"})
_READS = frozenset("RE")


class Duty(StrEnum):
    """The three duties that are kept apart (domain rule: administration, audit, business)."""

    BUSINESS = "business"
    ADMINISTRATION = "administration"
    AUDIT = "audit"


class DutiesCombined(CompanyError):
    """A role would combine two of the three duties."""

    code = "duties_combined"
    zh = (
        "一个角色不能兼有管理、审计、业务中的两类职责：管理权限不含业务权限和任务，审计权限只能查看和导出。"
        "请去掉 {objects}。"
    )
    en = (
        "A role cannot combine two of administration, audit and business: administration has no business rights and no "
        "tasks, audit only reads and exports. Take out {objects}."
    )


def require_one_duty(permissions: Mapping[str, str], groups: Iterable[str]) -> Duty:
    """The one duty of a role with these letters by object and these candidate groups, or :class:`DutiesCombined`."""
    tasks = sorted(groups)
    if any(name in _AUDITS for name in permissions):
        wrong = [name for name, letters in permissions.items() if not _READS.issuperset(letters)]
        duty = Duty.AUDIT
    elif _administers(permissions):
        wrong = [name for name in permissions if name not in _OF_ADMINISTRATION]
        duty = Duty.ADMINISTRATION
    else:
        return Duty.BUSINESS
    if wrong or tasks:
        raise DutiesCombined(objects=", ".join(sorted(wrong) + tasks))
    return duty


def duty_of(session: Session, role_id: str) -> Duty:
    """The duty that a role has by its permissions, as they are now."""
    rows = session.execute(select(Permission.object, Permission.actions).where(Permission.role_id == role_id))
    permissions = dict(rows.all())
    if any(name in _AUDITS for name in permissions):
        return Duty.AUDIT
    return Duty.ADMINISTRATION if _administers(permissions) else Duty.BUSINESS


def incompatible(session: Session, role_id: str, other: str) -> bool:
    """Whether one person may not hold both: roles of two duties, or a branch manager who checks payments."""
    if role_id == other:
        return False
    if {role_id, other} == {"branch_manager", "finance_checker"}:
        return True
    return duty_of(session, role_id) is not duty_of(session, other)


def _administers(permissions: Mapping[str, str]) -> bool:
    return any(set(_ADMINISTERS.get(name, "")) & set(letters) for name, letters in permissions.items())
