"""One loan through its life: the clock moves and the poll fires, nothing is called by hand; read from the pages.

Two months hold all that can happen to it; three years, as a soak, what comes of time: the golden path, from the
customer at the desk over 36 receipts to the car set free, the journal in balance on every day.

Paid out on 1 September 2026, due on each 1st. The company is no demo: each night its books are ended by themselves,
a month of nights when the clock has moved by a month.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
import requests
from callback_link import ANSWERS
from company_at_work import CompanyAtWork, days_late, overdue_of, paid_out
from installation import TODAY
from loan_end import mortgaged, repaid, set_free
from loan_road import CHECKER, ENTRY, L1, L2, MAKER, Applicant, Road
from own_company import running_own
from reception import READ, SHOW, Reception
from staff import Paper
from staff_http import HttpStaff, Window
from telephones import LINK, telephones

from cheliu.demo.said import CALLBACK_GOOD
from cheliu.demo.synthetic import Synthesizer


@dataclass(frozen=True)
class Course:
    """How long the loan lives, and with which instalment something happens."""

    months: int
    missed: int
    restarted: int
    part: int
    extended: int
    callbacks: int
    links: int


SHORT = Course(months=2, missed=1, restarted=2, part=2, extended=2, callbacks=1, links=0)
THREE_YEARS = Course(months=36, missed=7, restarted=4, part=12, extended=18, callbacks=4, links=1)
PLANNED, BY_LINK = "已计划", "自助链接"
OPEN = (PLANNED, "准备中")
NEWCOMER = {"residence_years": "2", "housing": "rent", "employer_months": "12"}


@pytest.fixture
def staff(tmp_path):
    """The people of an installation of its own, over HTTP."""
    with telephones() as phones, running_own(tmp_path / "own", SMS_URL=phones.address) as made:
        found = HttpStaff(made)
        found.set_bank()
        found.phones = phones
        yield found


class Life(CompanyAtWork):
    """The loan on its pages, the clock, the bank's word of its customer's money."""

    def __init__(self, staff, way):
        super().__init__(staff)
        self.way = way
        self.receipts = 0
        self.callbacks_made, self.links = [], []
        self.balanced_until = date.fromisoformat(TODAY) - timedelta(days=1)

    def pay(self, amount):
        """The customer pays at the bank, which tells of it; it is posted without anybody's hand."""
        self.receipts += 1
        self.paid(self.way, f"K-{self.receipts:03d}", amount)

    def check_journal(self, until):
        """On each day since the last look debit and credit are the same, to the fen."""
        self.staff.sign_in("finance_accountant")
        while self.balanced_until < until:
            self.balanced_until += timedelta(days=1)
            trial = self.staff.visit(f"/ledger/trial-balance?on={self.balanced_until}")
            (difference,) = trial.select("[data-difference]")
            assert Decimal(difference.get("data-difference")) == 0, self.balanced_until

    def planned(self):
        """The callback that is planned, or has begun by itself meanwhile: its number and its day."""
        for link in self.staff.page().select("li a[href^='/callbacks/']"):
            line = link.getparent().getparent().text_content()
            if any(status in line for status in OPEN):
                day = re.search(r"\d{4}-\d\d-\d\d", line)[0]
                return link.text_content(), date.fromisoformat(day)
        return None

    def call_back_before(self, day):
        """Make every callback that is planned before a day: it begins by itself on its day, or the next working one."""
        while True:
            self.loan(self.way)
            plan = self.planned()
            if plan is None or plan[1] >= day:
                return
            self.call_back(*plan)

    def call_back(self, number, planned_on):
        on = self.installation.working_day(max(planned_on, self.today))
        self.to(on)
        self.staff.sign_in("postloan_manager")
        begun = self.staff.await_page(
            lambda: self.staff.visit(f"/callbacks/{number}"),
            lambda sheet: PLANNED not in sheet.text,
            f"{number} has begun",
        )
        if BY_LINK in begun.facts:
            self.answer_by_link(number)
        else:
            self.call(number)
        self.callbacks_made.append((planned_on, on))

    def call(self, number):
        """A colleague calls, and another looks at it where the callback is in the sample."""
        key = self.way.key
        self.staff.do(key, "准备回访", visit_method="phone")
        self.staff.do(key, "联系客户", attempt_result="reached")
        self.staff.do(key, "填写回访清单", **CALLBACK_GOOD, recording_ref=number)
        if "待质检" in self.staff.visit(f"/callbacks/{number}").text:
            self.staff.sign_in("branch_manager")
            self.staff.do(key, "回访质检", quality_score="5")

    def answer_by_link(self, number):
        """The customer opens what came by SMS and answers, with nothing but the end of the identity number."""
        person, phones = self.way.applicant.person, self.staff.phones
        link = phones.next(LINK, person.mobile, self.links)
        self.links.append(link)
        window = Window(requests.Session(), self.installation.address)
        window.get(link)
        tail = person.identity_no[-4:]
        assert "请回答" in window.post(link, tail=tail).text
        assert "已收到您的答复" in window.post(link, tail=tail, answered="1", **ANSWERS).text
        self.staff.await_page(
            lambda: self.staff.visit(f"/callbacks/{number}"),
            lambda sheet: sheet.facts[BY_LINK] == "已答复",
            f"{number} is answered",
        )

    def check_registers(self, on):
        """Every register, the trial balance and the sub-ledgers tie at the end of a day."""
        self.staff.sign_in("finance_accountant")
        first = self.staff.visit(f"/registers/disbursements?until={on}")
        codes = {link.partition("?")[0] for link in first.links_to("/registers/")} - {""}
        seen = 0
        for address in sorted(codes):
            if address.endswith("/workbook"):
                continue
            sheet = self.staff.visit(f"{address}?since=2026-09-01&until={on}")
            ties = [Decimal(tie.get("data-tie")) for tie in sheet.select("[data-tie]")]
            assert ties == [0] * len(ties), f"{address} at {on}: {ties}"
            seen += len(ties)
        assert seen >= len(codes) - 2
        self.check_journal(on)
        assert "不符" not in self.staff.visit(f"/ledger/sub-ledgers?on={on}").html

    def repay_part(self, day):
        wish = {"prepay_scope": "partial", "prepay_amount": "20000.00", "prepay_rule": "reduce_instalment"}
        repaid(self.staff, self.way, day.isoformat(), reference="J-1", prepay_ground="hardship", **wish)

    def extend(self):
        staff, key = self.staff, self.way.key
        staff.sign_in("postloan_manager")
        staff.press(self.way.address, "申请展期")
        staff.do(key, "填写展期申请", change_months="3", change_reason="经营回款推迟")
        staff.do(key, "贷后检查", inspection_result="sound", inspection_note="收入稳定，车辆在用")
        staff.sign_in("contract_officer")
        staff.do(key, "取得书面同意", consents_state="complete")
        staff.sign_in("reviewer_l1")
        staff.do(key, "一级审批", review_decision="approve", review_comment="同意展期三个月")
        staff.sign_in("contract_officer")
        staff.do(key, "签署补充协议", sign_state="signed", doc_signed_supplement=Paper("signed.pdf"))


@pytest.fixture
def life(staff):
    """An electric car on credit, from the customer at the desk to the pay-out and the mortgage of the car."""
    wish = {"amount": "150000.00", "price": "210000.00", "income": "14000.00", "energy": "nev"}
    applicant = Applicant(Synthesizer(20260904), **wish)
    visit = Reception(staff, applicant, standing=NEWCOMER).documented().choose().do(SHOW, notice_handed=True)
    staff.installation.travel(seconds=31)
    visit.do(READ, doc_signed_risk_notice=Paper("notice.pdf"), notice_confirmed=True).do(ENTRY)
    way = Road(staff, applicant)
    way.key = visit.key
    paid_out(way.review_l1().make_contracts().register().release())
    check_way_to_the_loan(staff, way)
    mortgaged(staff, way)
    return Life(staff, way)


def check_way_to_the_loan(staff, way):
    """Screened without a doubt, graded B, decided at level one; cost sheet and location signed; paid by two people."""
    staff.sign_in("auditor")
    case = staff.case(way.key)
    assert {row[1] for row in case.rows(holding="DT-01")} == {"通过"}
    graded = [case.text_of(hit).split() for hit in case.select(".hits li")]
    assert [hit[-1] for hit in graded if hit[0] == "评定等级"] == ["B", "B"]
    assert [row[-2] for row in case.rows(holding="车载定位") if row[0] == way.applicant.person.name] == [
        "已同意"
    ]
    assert {"综合融资成本明示表", "车载定位同意书"} <= {row[1] for row in case.rows(holding="CY2026")}
    done = "\n".join(line for line in case.timeline if "已办理" in line)
    assert L1 in done
    assert L2 not in done
    assert re.search(f"{MAKER} · 魏青", done)
    assert re.search(f"{CHECKER} · 卢静", done)


def live_a_month(life, number, missed):
    """Up to the next due date with its callbacks, the registers of the month's end, the instalment paid or not."""
    due, amount = life.instalment(life.way, number)
    life.call_back_before(due)
    life.to(due)
    life.check_registers(due - timedelta(days=1))
    if number != missed:
        life.pay(amount)
    return due


def cure(life, due):
    """A month late the loan is overdue by the night's word; what is owed is paid, and it is cured by the next."""
    day = due + timedelta(days=20)
    life.call_back_before(day)
    life.to(day)
    page = life.loan(life.way)
    assert days_late(page) == 20
    life.pay(overdue_of(page))
    life.to(day + timedelta(days=1))
    assert days_late(life.loan(life.way)) == 0


@pytest.mark.feature("M-079")
@pytest.mark.feature("M-107")
@pytest.mark.feature("M-140")
@pytest.mark.parametrize(
    "course",
    [
        pytest.param(SHORT, marks=pytest.mark.timeout(1800)),
        pytest.param(THREE_YEARS, marks=[pytest.mark.soak, pytest.mark.timeout(7200)]),
    ],
)
def test_a_loan_lives_to_its_end_and_every_register_ties_at_each_months_end(life, course):
    for number in range(1, course.months + 1):
        due = live_a_month(life, number, course.missed)
        if number == course.restarted:
            life.installation.kill()
            life.installation.start()
        if number == course.missed:
            cure(life, due)
        if number == course.part:
            life.to(due + timedelta(days=9))
            life.repay_part(due + timedelta(days=9))
        if number == course.extended:
            life.to(due + timedelta(days=9))
            life.extend()
    last = due + timedelta(days=9)
    life.to(last)
    repaid(life.staff, life.way, last.isoformat(), prepay_ground="ordinary")
    settled = life.staff.await_page(
        lambda: life.loan(life.way), lambda sheet: "已结清" in sheet.status_chips, "the loan is settled"
    )
    assert len(set(re.findall(r"receipt:K-\d{3}", settled.html))) == life.receipts == course.months
    set_free(life.staff, life.way, last.isoformat())

    assert len(life.callbacks_made) >= course.callbacks
    assert len(life.links) >= course.links
    life.loan(life.way)
    assert life.planned() is None
    life.to(last + timedelta(days=2))
    life.check_registers(last + timedelta(days=1))
    life.way.as_("contract_officer")
    assert "已解押" in life.staff.visit(f"/collateral/{life.way.key}").text
