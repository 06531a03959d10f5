"""What a proposed table of prices changes: one line a model, the price before and after."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lending import price_tables
from lending.proposals import Proposal, ProposalStatus
from web.display import yuan
from web.language import translate as _

ROWS_MAX = 100


def price_lines(session: Session, proposal: Proposal) -> list[tuple[str, str, str]]:
    """Model with year and region, price before, price after; the rest of a long table as a number."""
    rows = price_tables.unpacked(str(proposal.change["table"]))
    decided = proposal.status is not ProposalStatus.OPEN
    lines = []
    for each in price_tables.compared(session, rows[:ROWS_MAX]):
        row = each.row
        name = " ".join(filter(None, [row.brand, row.series, row.model, str(row.model_year), row.region]))
        before = "" if decided else yuan(each.before) if each.before else _("首次录入")
        lines.append((name, before, yuan(row.price)))
    if len(rows) > ROWS_MAX:
        lines.append((_("其余"), "", _("{n} 个车型", n=len(rows) - ROWS_MAX)))
    return lines
