"""The file of a customer at the page: work, income, family, a company with its owners, the course of standing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from customers_at_hand import LI, PHONE, ZHANG
from loan_pages import paid_out
from sqlalchemy import select

from company.database import Fen
from company.organisation import business_date
from lending import corporates, customers, personal_profiles, scores
from lending.applications import Application, ApplicationStatus
from lending.customers import Customer, CustomerKind
from lending.document_checks import IncomeStatement
from lending.life.positions import Category, LoanDay
from lending.loans import Loan

FLEET = "91310115MA1K3ABC1G"
WORK = {
    "employment": "employed",
    "employer": "上海示例科技有限公司",
    "position": "工程师",
    "employed_since": "2021-03-01",
    "monthly_income": "18,000",
    "marital_status": "married",
    "dependants": "2",
}


def business_day(house):
    with house.database.read() as session:
        return business_date(session)


def an_application(house, customer_id, number="APP-1"):
    actor = house.who("customer_manager")
    with house.database.write() as session:
        session.add(
            Application(
                application_no=number,
                status=ApplicationStatus.SUBMITTED,
                unit_id=actor.unit_id,
                owner_id=actor.employee_id,
                customer_id=customer_id,
                created_at=house.clock.now(),
            )
        )


@pytest.mark.feature("M-011")
def test_a_person_is_entered_with_work_income_and_family_found_again_and_brought_up_to_date(house):
    manager = house.browser("customer_manager")
    manager.get("/customers/new")
    person = {"name": "张三丰", "identity": ZHANG, "phone": PHONE, "address": "上海市示例路 1 号"}
    wrong = manager.post("/customers/new", person | WORK | {"employer": ""})
    assert wrong.status_code == 422
    assert "工作单位" in wrong.text
    made = manager.post("/customers/new", person | WORK)
    assert made.status_code == 303
    an_application(house, int(made.location.rsplit("/", 1)[1]))

    page = manager.get(made.location).text
    for shown in ("上海示例科技有限公司", "工程师", "¥18,000.00", "已婚", "2021-03-01", "APP-1", "受薪"):
        assert shown in page, shown
    assert "贷款" in page
    assert ZHANG not in page
    assert made.location in manager.get("/customers?q=张三").text
    assert made.location in manager.post("/customers", {"q": ZHANG}).text

    newer = WORK | {"employer": "上海示例汽车有限公司", "monthly_income": "21000", "dependants": "3"}
    assert manager.post(f"{made.location}/circumstances", newer).status_code == 303
    page = manager.get(made.location).text
    assert "上海示例汽车有限公司" in page
    assert "上海示例科技有限公司" in page
    assert "¥21,000.00" in page
    for field, value in (("employed_since", "2999-01-01"), ("dependants", "99"), ("employment", "x")):
        manager.post(f"{made.location}/circumstances", newer | {field: value})
        assert 'class="toast-line bad"' in manager.get(made.location).text
    with house.database.read() as session:
        told = personal_profiles.history(session, session.scalar(select(Customer.id)))
        assert [each.monthly_income for each in told] == [Decimal("21000.00"), Decimal("18000.00")]
    front = house.browser("investigator")
    front.get("/inbox")
    assert front.post(f"{made.location}/circumstances", newer).status_code in (403, 404)


@pytest.mark.feature("M-012")
def test_a_company_is_entered_with_its_code_representative_owners_and_two_years(house):
    manager = house.browser("customer_manager")
    manager.get("/companies/new")
    year = business_day(house).year
    company = {
        "name": "上海示例城配物流有限公司",
        "credit_code": FLEET,
        "phone": "13900139000",
        "established_on": "2019-05-20",
        "licence_valid_until": "",
        "representative_name": "李四海",
        "representative_identity": LI,
        "representative_phone": "13700137000",
        "owner_1_name": "张三丰",
        "owner_1_identity": ZHANG,
        "owner_1_share": "60",
        "owner_1_basis": "share",
        "owner_2_name": "李四海",
        "owner_2_identity": LI,
        "owner_2_share": "40",
        "owner_2_basis": "share",
    }
    for at, profit in ((1, "-120000"), (2, "350000.50")):
        company |= {
            f"year_{at}": str(year - 3 + at),
            f"revenue_{at}": "8,000,000",
            f"net_profit_{at}": profit,
            f"total_assets_{at}": "5000000",
            f"total_liabilities_{at}": "2000000",
        }
    for wrong, words in (
        ({"owner_1_share": "10"}, "持股"),
        ({"year_1": "2001"}, "会计年度"),
        ({"credit_code": FLEET[:-1] + "A"}, "信用代码"),
        ({"owner_1_name": "", "owner_2_name": ""}, "受益所有人"),
    ):
        answer = manager.post("/companies/new", company | wrong)
        assert answer.status_code == 422
        assert words in answer.text
    made = manager.post("/companies/new", company)
    assert made.status_code == 303
    customer_id = int(made.location.rsplit("/", 1)[1])
    an_application(house, customer_id)

    page = manager.get(made.location).text
    for shown in ("企业客户", "李四海", "60.00%", "¥350,000.50", "2019-05-20", "¥3,000,000.00", "APP-1"):
        assert shown in page, shown
    assert "贷款" in page
    assert ZHANG not in page
    assert made.location in manager.post("/customers", {"q": FLEET}).text
    with house.database.read() as session:
        stored = session.get(Customer, customer_id)
        assert stored.kind is CustomerKind.CORPORATE
        assert [owner.name for owner in corporates.owners_of(session, customer_id)] == ["张三丰", "李四海"]
        assert customers.identity_of(session, house.vault, stored) == FLEET
    manager.post(f"{made.location}/circumstances", WORK)
    assert "企业客户" in manager.get(made.location).text


def loan_day(session, loan, day, overdue_days):
    """A loan at a day-end, as the day-end keeps it."""
    owed = Decimal("3036.76") if overdue_days else Decimal(0)
    amounts = {
        column.name: Decimal(0) for column in LoanDay.__table__.columns if isinstance(column.type, Fen)
    }
    amounts |= {"principal": loan.principal, "principal_overdue": owed}
    session.add(
        LoanDay(
            day=day,
            loan_no=loan.loan_no,
            part=1,
            unit_id=loan.unit_id,
            noted=day.toordinal(),
            days_past_due=overdue_days,
            periods_overdue=1 if overdue_days else 0,
            proposed=Category.NORMAL,
            category=Category.NORMAL,
            stopped=False,
            **amounts,
        )
    )


@pytest.mark.feature("M-014")
def test_the_page_tells_the_course_of_score_burden_income_and_overdue_with_the_newest_of_each(
    tmp_path_factory,
):
    pages = paid_out(tmp_path_factory)
    with pages.house.database.write() as session:
        loan = session.scalar(select(Loan))
        now = pages.house.clock.now()
        before = now - timedelta(days=200)
        for score, grade, at in ((612, "C", before), (668, "B", now)):
            scores.record(session, loan.application_no, score=score, grade=grade, inputs={}, now=at)
        session.add(
            IncomeStatement(
                application_no=loan.application_no,
                months=6,
                monthly_average=Decimal("9000"),
                recorded_at=before,
            )
        )
        loan_day(session, loan, date(2026, 10, 31), 0)
        for late, day in ((1, date(2026, 11, 19)), (12, date(2026, 11, 30)), (0, date(2026, 12, 31))):
            loan_day(session, loan, day, late)
        customer_id = loan.customer_id

    page = pages.browser("reviewer_l2").get(f"/customers/{customer_id}").text
    pages.close()

    for shown in ("612 · C", "668 · B", "¥9,000.00 流水 6 个月", "¥12,000.00 调查核定"):
        assert shown in page, shown
    assert "12 天 · ¥3,036.76" in page
    assert "1 次，最长 12 天" in page
    latest = page[page.index("信用状况") : page.index("出处")]
    assert "668 · B（2026-09-15）" in latest
    assert "0 天（2026-12-31）" in latest
    assert "%（2026-09-15）" in latest
    assert "612" not in latest
