"""What legal decides for a case, and the evidence pack that goes to court with it (M-125)."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.files import FileStore
from lending import customers, documents, loans, spreadsheets
from lending.collections import promises
from lending.collections.cases import CollectionCase
from lending.collections.contact_log import of_customer
from lending.collections.kinds import Recovery
from lending.collections.letters import of_case as letters_of
from lending.columns import worded
from lending.errors import LendingError
from lending.life.events import LoanEvent
from lending.spreadsheets import Cell

GROUND_MAX = 1000
HANDED_TO_MAX = 80
_CONTACTS_MAX = 1000
_FIXED = (2020, 1, 1, 0, 0, 0)
_HEADS = {
    "schedule.csv": ("期数", "到期日", "本金", "利息"),
    "ledger.csv": ("日期", "事项", "金额", "凭证号", "已冲正"),
    "contacts.csv": ("时间", "方式", "对象", "是否获准", "规则", "结果"),
    "promises.csv": ("承诺日", "金额", "已收", "状态"),
    "letters.csv": ("日期", "编号", "寄送方式", "单号", "送达日"),
}


class GroundMissing(LendingError):
    """A way of recovery is chosen on a ground."""

    code = "recovery_ground"
    zh = "请写明处置依据，最多 {most} 字。"
    en = "Say on what ground it is decided, in {most} characters at the most."


class ReceiverMissing(LendingError):
    """What goes to court is handed to somebody."""

    code = "recovery_receiver"
    zh = "请填写证据包移交给谁（法院、律师事务所或经办人），最多 {most} 字。"
    en = "Enter to whom the evidence goes (court, law firm or officer), in {most} characters at the most."


class CollectionRecovery(Base):
    """One decision of legal. ``pack_sha256`` names the evidence that was handed over, in the file store."""

    __tablename__ = "collection_recovery"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("collection_case.id"), index=True)
    choice: Mapped[Recovery] = mapped_column(worded(Recovery))
    ground: Mapped[str] = mapped_column(String(GROUND_MAX))
    handed_to: Mapped[str] = mapped_column(String(HANDED_TO_MAX), default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime] = mapped_column(Instant)
    pack_sha256: Mapped[str | None] = mapped_column(String(64))


@dataclass(frozen=True)
class Pack:
    """The evidence of a case: the archive, and each file in it with its SHA-256."""

    content: bytes
    files: tuple[tuple[str, str], ...]


def decide(
    session: Session,
    found: CollectionCase,
    choice: Recovery,
    ground: str,
    handed_to: str,
    *,
    needs_receiver: bool,
    by: int | None,
    now: datetime,
) -> CollectionRecovery:
    """Record the decision. Raises :class:`GroundMissing`, :class:`ReceiverMissing`."""
    words, receiver = ground.strip(), handed_to.strip()
    if not 2 <= len(words) <= GROUND_MAX:
        raise GroundMissing(most=GROUND_MAX)
    if needs_receiver and not 2 <= len(receiver) <= HANDED_TO_MAX:
        raise ReceiverMissing(most=HANDED_TO_MAX)
    made = CollectionRecovery(
        case_id=found.id,
        choice=choice,
        ground=words,
        handed_to=receiver[:HANDED_TO_MAX],
        decided_by=by,
        decided_at=now,
    )
    session.add(made)
    session.flush()
    return made


def of_case(session: Session, case_id: int) -> list[CollectionRecovery]:
    """The decisions of a case, the newest first."""
    asked = select(CollectionRecovery).where(CollectionRecovery.case_id == case_id)
    return list(session.scalars(asked.order_by(CollectionRecovery.id.desc())))


def pack(session: Session, files: FileStore, found: CollectionCase, *, on: date) -> Pack:
    """The evidence of a case as a ZIP: the documents of its application, its letters, schedule, ledger, contacts.

    ``manifest.csv`` lists every file with its SHA-256. The same facts give the same bytes.
    """
    loan = loans.get(session, found.loan_no)
    content: dict[str, bytes] = {}
    for document in documents.current(session, loan.application_no):
        name = f"documents/{document.kind.value}_{document.id}_{document.filename}"
        content[name] = files.read(document.sha256)
    for letter in letters_of(session, found.id):
        content[f"letters/{letter.letter_no}.pdf"] = files.read(letter.sha256)
    for name, rows in _tables(session, found).items():
        content[name] = _csv([_HEADS[name], *rows])
    listed = tuple((name, hashlib.sha256(data).hexdigest()) for name, data in sorted(content.items()))
    borrower = customers.get(session, found.customer_id).name
    head: list[tuple[Cell, ...]] = [
        ("催收案件", found.case_no),
        ("贷款编号", found.loan_no),
        ("借款人", borrower),
        ("截至", on),
        ("文件", "SHA-256"),
    ]
    content["manifest.csv"] = _csv([*head, *listed])
    return Pack(_zipped(content), listed)


def _tables(session: Session, found: CollectionCase) -> dict[str, list[tuple[Cell, ...]]]:
    """The rows of each table of the pack."""
    loan = loans.get(session, found.loan_no)
    schedule = loan.current_schedule
    events = session.scalars(
        select(LoanEvent).where(LoanEvent.loan_no == loan.loan_no).order_by(LoanEvent.on, LoanEvent.id)
    )
    contacts = of_customer(session, found.customer_id, _CONTACTS_MAX)
    return {
        "schedule.csv": [
            (row.number, row.due_date, row.principal, row.interest)
            for row in (schedule.instalments if schedule else ())
        ],
        "ledger.csv": [
            (each.on, each.kind.zh, each.amount, each.reference, "是" if each.reversed_by_id else "")
            for each in events
        ],
        "contacts.csv": [
            (
                str(attempt.at),
                attempt.channel.zh,
                attempt.person.zh,
                "是" if attempt.allowed else "否",
                attempt.note,
                made.result.zh if made else "",
            )
            for attempt, made in contacts
        ],
        "promises.csv": [
            (each.on, each.amount, each.received, each.status.zh)
            for each in promises.of_case(session, found.id)
        ],
        "letters.csv": [
            (
                each.made_on,
                each.letter_no,
                each.sent_by.zh if each.sent_by else "",
                each.tracking_no or "",
                each.delivered_on,
            )
            for each in letters_of(session, found.id)
        ],
    }


def _csv(rows: list[tuple[Cell, ...]]) -> bytes:
    return spreadsheets.csv_text(rows).encode("utf-8-sig")


def _zipped(content: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(content.items()):
            archive.writestr(zipfile.ZipInfo(name, _FIXED), data, zipfile.ZIP_DEFLATED)
    return written.getvalue()
