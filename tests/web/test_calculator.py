"""The front desk's calculator: the figures of every method, refusals by field, variants side by side, the offer."""

import io
import re
from decimal import Decimal

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from company.audit import AuditEntry
from lending.products import FeeKind, FeeRule, Payee, Product

CHINESE = re.compile("[\u3400-\u9fff]+")
USUAL = {"price": "150000", "amount_1": "100000", "rate_1": "5.88", "term_1": "36"}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """One company for all: the calculator writes nothing but the audit entry of an offer."""
    from web_house import WebHouse

    home = tmp_path_factory.mktemp("calculator")
    made = WebHouse(home / "cheliu.db", home)
    yield made
    made.close()


@pytest.fixture(scope="module")
def desk(house):
    return house.browser("front_desk")


def ask(browser, part=None, **fields):
    facts = {**USUAL, **fields}
    browser.get("/calculator")
    return browser.post(f"/calculator{part or ''}", {k: v for k, v in facts.items() if v is not None})


def figures(answer):
    """The rows of the comparison: label to the cells of the variants."""
    rows = re.findall(r'<tr><td class="soft">(.*?)</td>(.*?)</tr>', answer.text, re.S)
    return {label: re.findall(r'<td class="text-end">(.*?)</td>', cells, re.S) for label, cells in rows}


def problems(answer):
    found = re.search(r'<div class="problems".*?</div>', answer.text, re.S)
    return re.sub(r"<[^>]+>", "", found[0]) if found else ""


def test_the_usual_loan_has_its_figures_to_the_fen(desk):
    answer = ask(desk, income="12000", debt="1000")

    shown = figures(answer)
    assert answer.status_code == 200
    assert shown["首期应还"] == ["¥3,036.76"]
    assert shown["利息合计"] == ["¥9,323.36"]
    assert shown["年化成本（12×IRR）"] == ["5.88%"]
    assert shown["年化成本（复利）"] == ["6.04%"]
    assert shown["贷款成数 / 上限"] == ["66.67% / 80.00%"]
    assert shown["最高月供占收入"] == ["33.64%"]
    assert answer.text.count('<td class="nowrap">20') == 36


@pytest.mark.parametrize(
    ("method", "fields", "first", "interest"),
    [
        ("equal_instalment", {}, "3,036.76", "9,323.36"),
        ("equal_principal", {}, "3,267.78", "9,065.00"),
        ("interest_first", {}, "490.00", "17,640.00"),
        ("balloon", {"final_amount_1": "30000"}, "2,272.73", "11,818.33"),
        ("step", {"rows_1": "12×1 12×1.2 12×1.5"}, "2,481.86", "10,194.61"),
        ("custom_stepped", {"rows_1": "12×5000 20×2000 4×0"}, "5,490.00", "6,321.00"),
        ("flat_fee", {}, "3,267.78", "17,640.00"),
        ("bullet", {}, "117,640.00", "17,640.00"),
        ("fixed_instalment", {"instalment_1": "5000", "term_1": None}, "5,000.00", "5,504.42"),
        ("fixed_principal", {"instalment_1": "2500"}, "2,990.00", "9,922.50"),
    ],
)
def test_each_method_is_reckoned_once(desk, method, fields, first, interest):
    shown = figures(ask(desk, method_1=method, **fields))

    assert shown["首期应还"] == [f"¥{first}"]
    assert shown["利息合计"] == [f"¥{interest}"]


def test_a_down_payment_stands_for_the_amount_and_variants_stand_side_by_side(desk):
    shown = figures(
        ask(
            desk,
            amount_1=None,
            down_payment_1="50000",
            term_2="24",
            rate_2="4",
            method_3="equal_principal",
            term_3="36",
            rate_3="5.88",
        )
    )

    assert shown["贷款金额"] == ["¥100,000.00"] * 3
    assert shown["还款期数"] == ["36 期", "24 期", "36 期"]
    assert shown["利息合计"] == ["¥9,323.36", "¥4,219.84", "¥9,065.00"]


def test_fees_subsidy_grace_and_a_later_first_day_change_the_cost(desk):
    shown = figures(
        ask(
            desk,
            value_date="2026-09-20",
            first_due_date_1="2026-11-05",
            service_fee_1="2000",
            grace_principal_1="3",
            rate_1="0",
            lender_rate_1="5.88",
        )
    )

    assert shown["首期还款日"] == ["2026-11-05"]
    assert shown["费用"] == ["服务费 ¥2,000.00"]
    assert shown["息费合计"] == ["¥2,000.00"]
    assert shown["贴息"] != ["—"]
    assert shown["年化成本（12×IRR）"] != ["0.00%"]


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"price": "150000.001"}, "车价", "小数超过两位"),
        ({"price": "-5"}, "车价", "应大于 0"),
        ({"amount_1": "1e400"}, "贷款金额", "不是有效的金额"),
        ({"amount_1": "-100000"}, "贷款金额", "应大于 0"),
        ({"amount_1": "NaN"}, "贷款金额", "不是有效的金额"),
        ({"amount_1": "9" * 400}, "贷款金额", "最多为"),
        ({"amount_1": None}, "贷款金额", "请填写此项"),
        ({"amount_1": "160000"}, "方案1", "不得高于车价"),
        ({"down_payment_1": "40000"}, "首付款", "只填其中一项"),
        ({"amount_1": None, "down_payment_1": "150000"}, "首付款", "须低于车价"),
        ({"rate_1": "4000"}, "年利率", "0% 至 1,000%"),
        ({"rate_1": "-1"}, "年利率", "不带负号"),
        ({"rate_1": "5.1234567"}, "年利率", "超过六位"),
        ({"rate_1": "1e400"}, "年利率", "不是有效的百分数"),
        ({"term_1": "0"}, "方案1", "1 至 600"),
        ({"term_1": "10000"}, "方案1", "1 至 600"),
        ({"term_1": "-36"}, "期限", "不是整数"),
        ({"method_1": "magic"}, "还款方式", "不在可选项内"),
        ({"product_1": "NO_SUCH"}, "产品", "不在可选项内"),
        ({"method_1": "step"}, "方案1", "各期还款权数"),
        ({"method_1": "step", "rows_1": "12×"}, "分段", "期数×数值"),
        ({"method_1": "custom_stepped", "rows_1": "36×1"}, "方案1", "合计等于本金"),
        ({"final_amount_1": "30000"}, "尾款", "气球贷"),
        ({"method_1": "balloon", "final_amount_1": "1", "instalment_1": "9"}, "方案1", "只能填一项"),
        ({"method_1": "bullet", "first_due_date_1": "2026-10-20"}, "首期还款日", "不使用此项"),
        ({"first_due_date_1": "2027-10-20"}, "方案1", "不晚于"),
        ({"first_due_date_1": "2026-02-30"}, "首期还款日", "不是有效的日期"),
        ({"grace_principal_1": "36"}, "方案1", "0 至 35"),
        ({"debt": "100"}, "月收入", "请填写此项"),
        ({"lender_rate_1": "3"}, "方案1", "无需贴息"),
        ({"service_fee_1": "100000"}, "方案1", "现值"),
        ({"product_1": "NEW_STD", "service_fee_1": "1"}, "方案1", "由产品规定"),
        ({"product_1": "NEW_STD", "method_1": "bullet"}, "方案1", "不支持"),
        ({"product_1": "NEW_STD", "term_1": "6"}, "方案1", "12 至 60"),
        ({"product_1": "NEW_STD", "rate_1": "30"}, "方案1", "3.00% 至 12.00%"),
    ],
)
def test_a_wrong_field_is_named_with_its_rule_and_remedy(desk, fields, field, said):
    answer = ask(desk, **fields)

    assert answer.status_code == 422
    assert field in problems(answer)
    assert said in problems(answer)


def test_every_refusal_speaks_english_to_who_reads_english(house):
    browser = house.browser("front_desk_2")
    browser.post("/language", {"language": "en"})

    answers = [
        ask(browser),
        ask(
            browser, amount_1="1e400", rate_1="4000", term_1="x", first_due_date_1="y", rows_1="1×1", debt="1"
        ),
        ask(browser, down_payment_1="1"),
        ask(browser, method_1="balloon"),
    ]

    assert [answer.status_code for answer in answers] == [200, 422, 422, 422]
    for answer in answers:
        shown = re.sub(r'<title>.*?</title>|\blang="zh-CN">中文', "", answer.text)
        assert set(CHINESE.findall(shown)) <= {"车"}


def test_a_part_asked_for_by_the_page_itself_carries_its_problems(desk):
    answer = desk.post("/calculator", {"price": "1"}, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert "请填写此项" in problems(answer)


def test_what_the_law_forbids_is_told_beside_the_figures_and_not_offered(desk):
    fields = {"kind": "used", "amount_1": "120000"}
    told, costly = ask(desk, **fields), ask(desk, rate_1="30")

    assert "最多可贷 105,000.00 元" in figures(told)["结论"][0]
    assert "超过上限 24%" in figures(costly)["结论"][0]
    refused = ask(desk, "/offer/1", **fields)
    assert refused.status_code == 422
    assert "最多可贷 105,000.00 元" in problems(refused)
    assert "例外审批" in figures(ask(desk, amount_1="130000"))["结论"][0]


def words(pdf):
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def test_the_offer_is_an_a4_sheet_with_all_figures_and_no_promise(house, desk):
    with house.database.write() as session:
        product = session.scalar(select(Product).where(Product.code == "NEW_STD"))
        product.fees.append(
            FeeRule(
                kind=FeeKind.GPS,
                amount=None,
                rate=Decimal("0.01"),
                payee=Payee.THIRD_PARTY,
                refundable=False,
                counts_in_cost=True,
                reason="设备",
            )
        )

    answer = ask(desk, "/offer/1", product_1="NEW_STD", rate_1=None)
    again = ask(desk, "/offer/1", product_1="NEW_STD", rate_1=None)

    text = words(answer.data)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data == again.data
    for said in (
        "汽车贷款方案报价单",
        "不构成贷款承诺",
        "有效期至2026年9月16日",
        "新车标准贷",
        "100,000.00",
        "壹拾万元整",
        "3,036.76",
        "9,323.36",
        "1,000.00",
        "10,323.36",
        "5.88%",
        "逾期罚息",
        "还款计划测算表",
        "66.67%",
    ):
        assert said in text, said
    page = PdfReader(io.BytesIO(answer.data)).pages[0].mediabox
    assert (round(page.width), round(page.height)) == (595, 842)
    with house.database.read() as session:
        kept = session.scalars(select(AuditEntry).where(AuditEntry.action == "offer.print")).all()
    assert len(kept) == 2


def test_who_reads_no_applications_has_no_calculator(house, desk):
    stranger = house.browser("finance_maker")

    assert stranger.get("/calculator").status_code == 403
    assert ask(stranger, "/offer/1").status_code == 403
    assert "/calculator" not in stranger.get("/inbox").text
    assert "/calculator" in desk.get("/inbox").text
    assert house.browser("reviewer_l1").get("/calculator").status_code == 200
    assert desk.post("/calculator/offer/1").status_code == 404


def test_what_a_person_earns_stands_in_no_address(desk):
    page = ask(desk, income="12000", debt="1000").text

    assert not re.findall(r'(?:href|action|hx-\w+)="[^"]*income', page)
    assert 'value="12000"' not in desk.get("/calculator?income=12000&price=1").text


@pytest.mark.parametrize(
    ("income", "told"),
    [
        ("12000", "在限额之内"),
        ("5800", "月供负担偏高，须人工审核"),
        ("4000", "月供负担超过上限"),
        (None, "未填收入"),
    ],
)
def test_the_verdict_knows_the_income(desk, income, told):
    assert told in figures(ask(desk, income=income))["结论"][0]


def test_the_figures_tell_which_fields_are_wrong_so_that_old_marks_go(desk):
    assert 'data-wrong="term_1"' in ask(desk, term_1="x").text
    assert 'data-wrong=""' in ask(desk).text
