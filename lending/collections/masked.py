"""The file of a batch for its agency: the fewest data, masked, and marked with whose it is and until when."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from company.masking import mask_name, mask_phone
from company.vault import Vault
from lending import customers
from lending.collections import strategy
from lending.collections.agencies import AgencyBatch, CollectionAgency, in_batch
from lending.spreadsheets import Cell, Table, workbook

_HEAD = ("序号", "委外案件编号", "客户", "联系电话（经系统转接）", "逾期天数", "逾期金额（元）", "到期日")


def file_of(
    session: Session,
    vault: Vault,
    found: AgencyBatch,
    to: CollectionAgency,
    mark: str,
    *,
    within: ColumnElement[bool],
    on: date,
) -> bytes:
    """The workbook of the cases that are out with a batch; no identity number, address, plate or loan number.

    ``mark`` is the watermark of every sheet: the agency, who took the file and when. ``within`` are the cases that he
    reaches, ``on`` the business date of days and amounts.
    """
    out = [case for placement, case in in_batch(session, found, within) if placement.open_for is not None]
    standings = strategy.standings(session, out, [case.loan_no for case in out], on)
    rows: list[tuple[Cell, ...]] = []
    for index, each in enumerate(sorted(standings, key=lambda one: one.case.case_no), start=1):
        case = each.case
        customer = customers.get(session, case.customer_id)
        rows.append(
            (
                index,
                case.case_no,
                mask_name(customer.name),
                mask_phone(customers.phone_of(session, vault, customer)),
                each.arrears.days_past_due,
                each.arrears.overdue,
                found.expires_on,
            )
        )
    notes = (
        f"{to.name}　批次 {found.batch_no}　有效至 {found.expires_on}，到期须删除。天数和金额截至 {on}。",
        "仅限本批催收使用，不得转委托、转发或以出借人名义催收；每日 22:00 至次日 8:00 不得联系。",
    )
    return workbook([Table(found.batch_no, _HEAD, rows, notes)], mark)
