"""How late a loan is on its page: as of now, also right after a receipt was taken back."""

import re
from datetime import date
from decimal import Decimal

from cheliu import case_money
from cheliu.working import work_off
from lending.deliveries import Delivery
from lending.life import changes
from lending.life.happenings import Happening
from lending.life.kinds import EventKind

DUE, TODAY = date(2026, 10, 15), date(2026, 10, 20)


def test_the_days_past_due_are_those_of_now_not_of_last_night(made):
    case_money.stand_at(made.house, made.clock, date(2026, 10, 14))
    with made.house.database.write() as session:
        paid = Happening(EventKind.RECEIPT, date(2026, 10, 14), Decimal("3036.76"))
        facts = {"booked_on": paid.on, "now": made.clock.now()}
        changes.record(session, made.loan_no, paid, reference="B-1", **facts)
    case_money.run_day_ends(made.house, made.clock, 6)
    browser = made.browser("postloan_manager")
    before = browser.get(f"/loans/{made.loan_no}").text
    with made.house.database.write() as session:
        facts = {"booked_on": TODAY, "reason": "银行退回", "now": made.clock.now()}
        changes.reverse(session, made.loan_no, "receipt:B-1", **facts)

    after = browser.get(f"/loans/{made.loan_no}").text

    assert re.findall(r'data-days="(\d+)"', before) == ["0"]
    assert re.findall(r'data-days="(\d+)"', after) == [str((TODAY - DUE).days)]
    assert "2026-10-19 日终为 0 天" in after


def test_the_customer_is_told_the_days_of_the_day_on_which_he_is_told(made):
    case_money.stand_at(made.house, made.clock, date(2026, 10, 14))
    told = []
    for _day in range(4):
        case_money.run_day_ends(made.house, made.clock, 1)
        work_off(made.house)
        on = made.browser("postloan_manager").get(f"/loans/{made.loan_no}").text
        notices = [each.facts["days"] for each in made.rows(Delivery) if each.template == "overdue_notice"]
        told.append((notices[-1:], re.findall(r'data-days="(\d+)"', on)))

    days, shown = next((days, shown) for days, shown in told if days)
    assert days == [int(shown[0])]
