"""Keeping the chart of accounts: adding, renaming and closing accounts, each act in the audit trail."""

from __future__ import annotations

import re
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from company import audit
from company.people import Actor
from lending import ledger
from lending.accounts import REQUIRED, Account, AccountKind
from lending.books import statements
from lending.errors import LendingError, NotFound
from lending.ledger import JournalEntry, JournalLine
from lending.locks import held

_CODE = re.compile(r"\d{4}(\.\d{1,3}){0,2}", re.ASCII)


class AccountCodeRefused(LendingError):
    """An account code is four digits, with up to two levels below."""

    code = "account_code_refused"
    zh = "科目代码“{text}”无效，应为四位数字，下级以点分隔，例如 6602.1，且上级科目须已存在。"
    en = "“{text}” is no account code: four digits, levels below after a dot such as 6602.1, below an account that is."


class AccountTaken(LendingError):
    """A code is given once."""

    code = "account_taken"
    zh = "科目代码 {account} 已被使用，停用的科目代码也不能重复。"
    en = "The code {account} is taken; that of a closed account is not given again either."


class AccountNameMissing(LendingError):
    """An account has a name in both languages."""

    code = "account_name_missing"
    zh = "请填写科目的中文名称和英文名称，各不超过 60 个字符。"
    en = "Give the account a Chinese and an English name of at most 60 characters each."


class AccountLineRefused(LendingError):
    """The statement line fits the kind of the account."""

    code = "account_line_refused"
    zh = "{kind}类科目不能归入报表项目“{line}”，请选择对应的报表项目。"
    en = "An account of the kind {kind} cannot stand in the line “{line}”; choose a line of its statement."


class AccountInUse(LendingError):
    """An account with a balance, with later entries or needed by the product stays open."""

    code = "account_in_use"
    zh = "科目 {account} 不能自 {on} 之后停用：{reason}。"
    en = "The account {account} cannot be closed after {on}: {reason_en}."


def add(
    session: Session,
    code: str,
    *,
    name: str,
    name_en: str,
    kind: AccountKind,
    line: str | None,
    valid_from: date,
    actor: Actor,
    now: datetime,
) -> Account:
    """Add an account; below another it has that one's kind.

    Raises :class:`AccountCodeRefused`, :class:`AccountTaken`, :class:`AccountNameMissing`, :class:`AccountLineRefused`.
    """
    code = code.strip()
    parent = session.get(Account, code.rpartition(".")[0]) if "." in code else None
    if not _CODE.fullmatch(code) or ("." in code and parent is None):
        raise AccountCodeRefused(text=code[:20])
    if session.get(Account, code) is not None:
        raise AccountTaken(account=code)
    kind = parent.kind if parent else kind
    _check_line(kind, line)
    account = Account(code=code, kind=kind, line=line, valid_from=valid_from)
    account.name, account.name_en = _names(name, name_en)
    session.add(account)
    session.flush()
    audit.record(session, now, actor, "account.add", "account", code, after=_facts(account))
    return account


def change(
    session: Session, code: str, *, name: str, name_en: str, line: str | None, actor: Actor, now: datetime
) -> Account:
    """Rename an account or put it into another statement line; statements of the past follow the new mapping."""
    account = _held(session, code)
    before = _facts(account)
    _check_line(account.kind, line)
    account.name, account.name_en = _names(name, name_en)
    account.line = line
    session.flush()
    audit.record(session, now, actor, "account.change", "account", code, before=before, after=_facts(account))
    return account


def close(session: Session, code: str, *, after: date, actor: Actor, now: datetime) -> Account:
    """Let no entry dated after a day touch the account; :class:`AccountInUse` while it is needed."""
    account = _held(session, code)
    reason = _needed(session, account, after)
    if reason is not None:
        raise AccountInUse(account=code, on=after, reason=reason[0], reason_en=reason[1])
    before = _facts(account)
    account.valid_to = after
    session.flush()
    audit.record(session, now, actor, "account.close", "account", code, before=before, after=_facts(account))
    return account


def _needed(session: Session, account: Account, after: date) -> tuple[str, str] | None:
    if account.code in REQUIRED:
        return "系统记账使用该科目", "the product posts to it"
    latest = session.scalar(
        select(func.max(JournalEntry.on)).join(JournalLine).where(JournalLine.account == account.code)
    )
    if latest is not None and latest > after:
        return f"{latest} 仍有凭证", f"there are entries up to {latest}"
    balance = ledger.trial_balance(session, date.max).balance(account.code)
    if balance != 0:
        return f"余额为 {balance:,.2f}", f"its balance is {balance:,.2f}"
    return None


def _check_line(kind: AccountKind, line: str | None) -> None:
    allowed = statements.SECTIONS_OF[kind]
    found = statements.lines().get(line or "")
    if (found is None and (allowed or line)) or (found is not None and found.section not in allowed):
        raise AccountLineRefused(kind=kind, line=found or line or "—")


def _names(name: str, name_en: str) -> tuple[str, str]:
    names = name.strip(), name_en.strip()
    if not all(0 < len(each) <= 60 for each in names):
        raise AccountNameMissing()
    return names


def _held(session: Session, code: str) -> Account:
    account = session.scalar(held(select(Account).where(Account.code == code)))
    if account is None:
        raise NotFound(what_zh="科目", what_en="account", key=code)
    return account


def _facts(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "name_en": account.name_en,
        "kind": account.kind.value,
        "line": account.line,
        "valid_from": account.valid_from,
        "valid_to": account.valid_to,
    }
