"""Running numbers without gaps or doubles, also when many take one at once."""

from __future__ import annotations

from sqlalchemy import BigInteger, String, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base
from lending.errors import LendingError

_TAKE = text(
    "INSERT INTO number_sequence (name, last_number) VALUES (:name, 1) "
    "ON CONFLICT (name) DO UPDATE SET last_number = number_sequence.last_number + 1 RETURNING last_number"
)


class BranchHasNoCode(LendingError):
    """Numbers carry the code of the branch, and this unit belongs to none that has one."""

    code = "branch_has_no_code"
    zh = "机构“{unit}”没有用于编号的代码，请在分支机构名下办理，或由管理员补录代码。"
    en = "{unit} has no code for numbers; work in a branch, or have the administrator enter its code."


class NumberSequence(Base):
    """The last number taken of each sequence."""

    __tablename__ = "number_sequence"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    last_number: Mapped[int] = mapped_column(BigInteger)


def take(session: Session, name: str) -> int:
    """The next number of the sequence ``name``, from 1.

    One statement takes and locks it until the transaction ends: a second taker waits, and a transaction that rolls
    back gives its number back, so that no gap needs explaining.
    """
    return int(session.execute(_TAKE, {"name": name}).scalar_one())
