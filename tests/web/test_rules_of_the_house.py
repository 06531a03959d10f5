"""Dealers, products, rate plans and prices: dated, within the law, and decided by a second person."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from company.audit import AuditEntry
from company.organisation import Unit, open_business_day
from lending import dealers, products, rate_plans, vehicle_prices
from lending.applications import Application, ApplicationStatus
from lending.dealers import Dealer, DealerGrade
from lending.product_versions import terms_of
from lending.products import Payee, Product
from lending.proposals import Proposal, ProposalStatus
from web.product_form import values_of

TODAY = date(2026, 9, 1)
TOMORROW = TODAY + timedelta(days=1)
NEW_DEALER = {
    "name": "上海新和汽车销售有限公司",
    "social_credit_code": "91350100M000100Y43",
    "bank_name": "建设银行上海分行",
    "account": "6217 0000 1111 2222",
    "grade": "C",
    "unsecured_limit": "500000",
    "reason": "准入评审通过",
}


@pytest.fixture
def dealer(house):
    """A dealer of Shanghai."""
    with house.database.write() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "SH")).one()
        made = dealers.add(
            session,
            house.vault,
            name="上海浦江汽车销售有限公司",
            social_credit_code="91110000600037341L",
            bank_name="工商银行",
            account="6222021234567894",
            unit_id=unit.id,
            now=house.clock.now(),
            grade=DealerGrade.B,
            unsecured_limit=Decimal("1000000.00"),
        )
        return made.id


@pytest.fixture
def manager(house):
    browser = house.browser("branch_manager")
    browser.get("/dealers")
    return browser


@pytest.fixture
def author(house):
    """Who proposes products and rates."""
    browser = house.browser("reviewer_l2")
    browser.get("/products")
    return browser


@pytest.fixture
def committee(house):
    """Who decides products and rates."""
    browser = house.browser("risk_committee")
    browser.get("/products")
    return browser


def proposal(house):
    with house.database.read() as session:
        return session.scalars(select(Proposal).order_by(Proposal.id.desc())).first()


def version(house, **terms):
    """The form of a new version of the standard product: as it stands, but for ``terms``."""
    with house.database.read() as session:
        values = values_of(products.get(session, "NEW_STD"))
    methods = values.pop("methods").split(",")
    given = {**values, "methods": methods, "valid_from": str(TOMORROW), "reason": "年度调整", "do": "propose"}
    return {**given, **terms}


def test_a_new_dealer_is_on_the_list_once_a_second_person_has_approved(house, manager):
    manager.get("/dealers/new")
    with house.database.read() as session:
        unit = session.scalars(select(Unit.id).where(Unit.code == "SH")).one()

    manager.post("/dealers/new", {**NEW_DEALER, "unit": unit})
    before = manager.get("/dealers").text
    approver = house.browser("reviewer_l2")
    page = approver.get("/changes").text
    approver.post("/changes/1/approve")

    assert "上海新和" not in before
    assert "**** 2222" in page
    assert "6217000011112222" not in page
    assert "上海新和汽车销售有限公司" in manager.get("/dealers").text
    with house.database.read() as session:
        made = session.scalars(select(Dealer).where(Dealer.name.startswith("上海新和"))).one()
        audits = session.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "proposal")).all()
        facts = str([each.after for each in session.scalars(select(AuditEntry))])
    assert dealers.account_of(house.vault, made) == "6217000011112222"
    assert audits == ["proposal.make", "proposal.approve"]
    assert "6217000011112222" not in facts


WRONG_DEALERS = [
    ({"social_credit_code": "91350100M000100Y44"}, "信用代码"),
    ({"account": "12-ab"}, "收款账号应为"),
    ({"unsecured_limit": "-1"}, "金额"),
    ({"reason": " "}, "请填写理由"),
]


def test_what_is_wrong_with_a_new_dealer_is_told_and_what_was_typed_stays(house, manager):
    manager.get("/dealers/new")
    with house.database.read() as session:
        unit = session.scalars(select(Unit.id).where(Unit.code == "SH")).one()

    for wrong, told in WRONG_DEALERS:
        answer = manager.post("/dealers/new", {**NEW_DEALER, "unit": unit, **wrong})
        assert answer.status_code == 422
        assert told in answer.text
        assert NEW_DEALER["name"] in answer.text


def test_grade_and_limit_of_a_dealer_change_by_a_second_person_only(house, manager, dealer):
    manager.post(
        f"/dealers/{dealer}/changes", {"grade": "A", "unsecured_limit": "3000000", "reason": "全年无逾期"}
    )
    own = manager.post("/changes/1/approve")
    waits = manager.get(f"/dealers/{dealer}").text
    twice = manager.post(f"/dealers/{dealer}/changes", {"grade": "C", "reason": "再改", "x": "1"})
    second = manager.get(f"/dealers/{dealer}").text
    approver = house.browser("risk_committee")
    approver.get("/changes")
    approver.post("/changes/1/approve")
    late = approver.post("/changes/1/approve")

    assert own.status_code == 403
    assert "¥1,000,000.00" in waits
    assert twice.status_code == late.status_code == 303
    assert "已有待复核的变更" in second
    with house.database.read() as session:
        changed = dealers.get(session, dealer)
        assert (changed.grade, changed.unsecured_limit) == (DealerGrade.A, Decimal("3000000.00"))


def test_to_suspend_a_dealer_needs_one_person_and_to_resume_him_two(house, manager, dealer):
    manager.post(f"/dealers/{dealer}/suspend", {"reason": "涉嫌虚假开票"})
    with house.database.read() as session:
        stopped = dealers.get(session, dealer).active
    manager.post(f"/dealers/{dealer}/changes", {"resume": "1", "reason": "查无实据"})
    with house.database.read() as session:
        still = dealers.get(session, dealer).active
    approver = house.browser("reviewer_l2")
    approver.get("/changes")
    approver.post("/changes/1/approve")

    assert (stopped, still) == (False, False)
    with house.database.read() as session:
        assert dealers.get(session, dealer).active


def test_a_change_is_sent_back_with_a_reason_and_withdrawn_by_its_author(house, manager, dealer):
    approver = house.browser("reviewer_l2")
    approver.get("/changes")
    manager.post(f"/dealers/{dealer}/changes", {"grade": "A", "reason": "升级"})
    approver.post("/changes/1/refuse", {"note": " "})
    silent = proposal(house).status
    approver.post("/changes/1/withdraw")
    others = proposal(house).status
    approver.post("/changes/1/refuse", {"note": "依据不足"})
    refused = proposal(house)
    manager.post(f"/dealers/{dealer}/changes", {"grade": "A", "reason": "补充依据"})
    manager.post("/changes/2/withdraw")

    assert silent is others is ProposalStatus.OPEN
    assert (refused.status, refused.decision_note) == (ProposalStatus.REFUSED, "依据不足")
    assert proposal(house).status is ProposalStatus.WITHDRAWN
    with house.database.read() as session:
        assert dealers.get(session, dealer).grade is DealerGrade.B


READERS = [
    ("branch_manager_2", "/dealers/1", 404),
    ("customer_manager", "/dealers/1", 200),
    ("process_analyst", "/dealers", 403),
    ("admin", "/products", 403),
    ("front_desk", "/products/NEW_STD", 200),
    ("front_desk", "/changes", 403),
    ("process_analyst", "/prices", 403),
    ("auditor", "/changes", 200),
    ("reviewer_l2", "/products/NOTHING", 404),
]


def test_the_pages_are_open_to_who_may_read_them(house, dealer):
    found = [
        (name, address, house.browser(name).get(address).status_code) for name, address, _status in READERS
    ]

    assert found == READERS


ONLY_READERS = [
    ("customer_manager", "/dealers/1/changes"),
    ("customer_manager", "/dealers/1/suspend"),
    ("auditor", "/changes/1/approve"),
    ("risk_committee", "/products/NEW_STD/versions"),
    ("reviewer_l1", "/products/NEW_STD/plans"),
    ("branch_manager", "/prices"),
]


def test_who_only_reads_changes_nothing(house, manager, dealer):
    manager.post(f"/dealers/{dealer}/changes", {"grade": "A", "reason": "升级"})

    for username, address in ONLY_READERS:
        browser = house.browser(username)
        browser.get("/start")
        assert browser.post(address, {"reason": "x", "grade": "A"}).status_code == 403, address


def test_a_new_version_holds_from_its_day_and_what_was_submitted_keeps_the_old_one(house, author, committee):
    with house.database.write() as session:
        old = products.get(session, "NEW_STD")
        session.add(
            Application(
                application_no="APP-1",
                status=ApplicationStatus.SUBMITTED,
                unit_id=1,
                product_id=old.id,
                created_at=house.clock.now(),
            )
        )
        plan = rate_plans.rate_for(session, old, "B", TODAY)
    preview = author.post("/products/NEW_STD/versions", version(house, rate_usual="6.6", do="preview")).text
    author.post("/products/NEW_STD/versions", version(house, rate_usual="6.6"))
    committee.post("/changes/1/approve")

    assert "1 件在办申请保留现行版本" in preview
    assert "¥3,036.76" in preview
    with house.database.write() as session:
        rows = session.scalars(
            select(Product).where(Product.code == "NEW_STD").order_by(Product.version)
        ).all()
        kept = session.scalars(select(Application)).one().product_id
        today = products.get(session, "NEW_STD")
        assert [(each.version, each.valid_from, each.valid_to) for each in rows] == [
            (1, date(2020, 1, 1), TODAY),
            (2, TOMORROW, None),
        ]
        assert (today.version, kept) == (1, rows[0].id)
        open_business_day(session, TOMORROW)
    with house.database.read() as session:
        new = products.get(session, "NEW_STD")
        assert (new.version, new.rate_usual) == (2, Decimal("0.066"))
        assert len(products.offered(session)) == 6
        assert rate_plans.rate_for(session, new, "B", TOMORROW) == plan
        assert terms_of(new)["amount_max"] == Decimal("1000000.00")


FORBIDDEN = [
    ({"rate_max": "24.01"}, "超过本公司可收取的上限 24.00%"),
    ({"term_months_max": "61"}, "超过法定最长期限 60 个月"),
    ({"penalty_multiplier": "1.6"}, "不在 1.3 至 1.5 之间"),
    ({"rate_usual": "13"}, "应不大于"),
    ({"amount_min": "2000000"}, "应不大于"),
    ({"valid_from": "2026-08-31"}, "早于营业日"),
    ({"valid_from": "2020-01-01"}, "早于营业日"),
    ({"valid_from": "soon"}, "不是有效的日期"),
    ({"methods": []}, "至少选择一种还款方式"),
    ({"methods": ["by_magic"]}, "不在可选项内"),
    ({"name": ""}, "请填写“名称”"),
    ({"grace_days": "-1"}, "不是整数"),
    ({"penalty_multiplier": "1e1"}, "不是有效的倍数"),
]


def test_a_version_that_law_or_arithmetic_forbids_is_refused_with_its_rule(house, author):
    for terms, told in FORBIDDEN:
        answer = author.post("/products/NEW_STD/versions", version(house, **terms))
        assert answer.status_code == 422
        assert told in answer.text

    assert proposal(house) is None


def test_a_new_version_may_ask_for_other_fees_and_the_old_one_keeps_its_own(house, author, committee):
    preview = author.post(
        "/products/NEW_STD/versions", version(house, gps_fee="800", service_fee="1,200.50", do="preview")
    ).text
    author.post("/products/NEW_STD/versions", version(house, gps_fee="800", service_fee="1,200.50"))
    committee.post(f"/changes/{proposal(house).id}/approve")
    too_dear = author.post(
        "/products/NEW_STD/versions",
        version(house, service_fee="90000", valid_from=str(TOMORROW + timedelta(days=1))),
    )

    with house.database.write() as session:
        before = {fee.kind.value: fee.amount for fee in products.get(session, "NEW_STD").fees}
        open_business_day(session, TOMORROW)
        after = {fee.kind.value: (fee.amount, fee.payee) for fee in products.get(session, "NEW_STD").fees}
    assert "车载定位设备费" in preview
    assert before == {}
    assert after == {
        "gps_fee": (Decimal("800.00"), Payee.THIRD_PARTY),
        "service_fee": (Decimal("1200.50"), Payee.LENDER),
    }
    assert too_dear.status_code == 422
    assert "综合融资成本" in too_dear.text


def test_versions_do_not_overlap(house, author, committee):
    author.post("/products/NEW_STD/versions", version(house, rate_usual="6"))
    committee.post("/changes/1/approve")

    answer = author.post("/products/NEW_STD/versions", version(house, rate_usual="7"))

    assert answer.status_code == 422
    assert f"已有自 {TOMORROW} 起的版本" in answer.text


def test_a_version_whose_day_has_passed_before_the_decision_does_not_come_into_force(
    house, author, committee
):
    author.post("/products/NEW_STD/versions", version(house, rate_usual="6"))
    with house.database.write() as session:
        open_business_day(session, TOMORROW + timedelta(days=3))

    committee.post("/changes/1/approve")

    assert "早于营业日" in committee.get("/changes").text
    assert proposal(house).status is ProposalStatus.OPEN


def test_a_rate_plan_is_previewed_proposed_and_in_force_from_its_day(house, author, committee):
    form = {"A": "1.5", "B": "2.5", "valid_from": str(TOMORROW), "reason": "LPR 下行"}
    preview = author.post("/products/NEW_STD/plans", {**form, "do": "preview"}).text
    author.post("/products/NEW_STD/plans", {**form, "do": "propose"})
    committee.post("/changes/1/approve")

    assert "4.50%" in preview
    assert "不提供" in preview
    with house.database.read() as session:
        product = products.get(session, "NEW_STD")
        rates = {on: rate_plans.rate_for(session, product, "B", on) for on in (TODAY, TOMORROW)}
        none = rate_plans.rate_for(session, product, "C", TOMORROW)
        latest = rate_plans.listed(session, product)[0]
    assert rates == {TODAY: Decimal("0.0588"), TOMORROW: Decimal("0.055")}
    assert none is None
    assert (latest.source_text, latest.approved_by) == ("LPR 下行", "risk_committee")


FORBIDDEN_PLANS = [
    ({"A": "21.5", "valid_from": str(TOMORROW)}, "超过本公司可收取的上限"),
    ({"valid_from": str(TOMORROW)}, "没有填写任何变更内容"),
    ({"A": "2", "valid_from": "2026-08-01"}, "早于营业日"),
]


def test_a_rate_plan_that_may_not_be_is_refused(house, author):
    for form, told in FORBIDDEN_PLANS:
        author.post("/products/NEW_STD/plans", {**form, "reason": "x", "do": "propose"})
        assert told in author.get("/products/NEW_STD").text

    assert proposal(house) is None


def test_a_price_takes_the_place_of_the_old_one_from_its_day(house):
    form = {
        "brand": "比亚迪",
        "series": "汉",
        "model": "EV",
        "model_year": "2026",
        "price": "209800",
        "valid_from": str(TODAY),
        "reason": "厂家指导价",
        "do": "propose",
    }
    appraiser, approver = house.browser("appraiser"), house.browser("reviewer_l2")
    appraiser.get("/prices")
    approver.get("/prices")
    appraiser.post("/prices", form)
    approver.post("/changes/1/approve")
    overlap = appraiser.post("/prices", form)
    preview = appraiser.post(
        "/prices", {**form, "price": "199800", "valid_from": str(TOMORROW), "do": "preview"}
    )
    appraiser.post("/prices", {**form, "price": "199800", "valid_from": str(TOMORROW)})
    approver.post("/changes/2/approve")

    assert overlap.status_code == 422
    assert "新价格的生效日必须更晚" in overlap.text
    assert "-4.77%" in preview.text
    with house.database.read() as session:
        found = [vehicle_prices.find(session, "比亚迪 汉 EV 2026款", on=on).price for on in (TODAY, TOMORROW)]
    assert found == [Decimal("209800.00"), Decimal("199800.00")]
