"""Printed documents: real text, the figures of the contract, the same bytes again, and no box for a character."""

import hashlib
import io
import json
import re
from datetime import date

import pytest
from pypdf import PdfReader

from lending import approvals, contracts, customers, disclosure, printing
from lending.printing import Template, coverage, facts, render, versions

DAY = date(2026, 3, 2)


@pytest.fixture
def database_url(sqlite_url):
    """Nothing here depends on the kind of database; the pay-out's tests send the same statements to both."""
    return sqlite_url


def words(pdf):
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s", "", text)


@pytest.fixture
def signed(house):
    with house.database.write() as session:
        yield session, house, house.sign(session)


def test_the_contract_holds_its_parties_terms_schedule_and_warnings(signed):
    session, house, number = signed

    text = words(render(Template.LOAN_CONTRACT, facts.loan_contract(session, house.vault, number), on=DAY))

    for expected in (
        number,
        "林晓芸",
        "11010519491231002X",
        "LGXCE6CB4P0123456",
        "壹拾万元整",
        "5.88%",
        "3,036.76",
        "109,323.36",
        "2029-03-02",
        "不得从本金中预先扣除",
        "8.82%",
        disclosure.of_contract(session, number).sheet_no,
    ):
        assert expected in text, expected
    assert text.count("3,036.76") == 37


@pytest.mark.feature("M-058")
def test_the_cost_sheet_holds_all_fields_and_the_closing_sentence(signed):
    session, house, number = signed

    text = words(render(Template.COST_SHEET, facts.cost_sheet(session, house.vault, number), on=DAY))

    for expected in (
        "综合融资成本明示表",
        "年化综合融资成本",
        "5.880%",
        "6.041%",
        "单利",
        "9,323.36",
        "逾期罚息",
        "提前还款费用",
        "除上述项目外不再收取与贷款相关的其他息费",
    ):
        assert expected in text, expected


@pytest.mark.feature("M-051")
def test_the_approval_letter_lists_its_conditions(signed):
    session, _house, number = signed
    application_no = contracts.get(session, number).application_no

    text = words(render(Template.APPROVAL_NOTICE, facts.approval_notice(session, application_no), on=DAY))

    assert "2026年5月1日" in text
    for condition in approvals.get(session, application_no).conditions:
        assert condition.label("zh") in text


def test_the_page_of_the_signatures_says_what_is_signed_however_long_the_contract(signed):
    session, house, number = signed
    given = facts.loan_contract(session, house.vault, number)
    for length in range(0, 30, 2):
        given["borrower"]["address"] = "上海市浦东新区测试路一号" * length

        pages = PdfReader(io.BytesIO(render(Template.LOAN_CONTRACT, given, on=DAY))).pages

        (page,) = [text for text in (page.extract_text() for page in pages) if "签字（盖章）" in text]
        assert "借款人声明" in re.sub(r"\s", "", page), length


def test_the_same_facts_give_the_same_bytes(signed):
    session, house, number = signed
    sheet = facts.cost_sheet(session, house.vault, number)

    assert render(Template.COST_SHEET, sheet, on=DAY) == render(Template.COST_SHEET, sheet, on=DAY)


def test_a_name_outside_the_font_is_refused_naming_the_character(house):
    with house.database.write() as session:
        number = house.sign(session)
        customers.get(session, 1).name = "林𠀀"
        session.flush()
        given = facts.cost_sheet(session, house.vault, number)

    with pytest.raises(coverage.CharactersNotPrintable) as refused:
        render(Template.COST_SHEET, given, on=DAY)

    assert "𠀀" in refused.value.text("zh")
    assert "𠀀" in refused.value.text("en")


def test_text_in_the_facts_cannot_become_template(signed):
    session, _house, number = signed
    given = dict(facts.approval_notice(session, contracts.get(session, number).application_no))
    given["borrower"] = '#panic("x") $a$ *b* "] #import'

    assert '#panic("x")$a$*b*"]#import' in words(render(Template.APPROVAL_NOTICE, given, on=DAY))


def test_the_templates_themselves_use_only_characters_of_the_fonts():
    for template in (printing.coverage.FONTS.parent / "templates").glob("*.typ"):
        coverage.check(template.read_text(encoding="utf-8"))


def test_the_fonts_come_with_their_licence():
    assert "SIL OPEN FONT LICENSE" in (coverage.FONTS / "OFL.txt").read_text(encoding="utf-8").upper()
    assert len(list(coverage.FONTS.glob("*.otf"))) == 3


@pytest.mark.feature("M-055")
def test_a_print_says_which_version_of_its_text_holds_and_its_hash(signed):
    session, house, number = signed
    version = versions.in_force(versions.released()["loan_contract"], DAY)

    pdf = render(Template.LOAN_CONTRACT, facts.loan_contract(session, house.vault, number), on=DAY)

    pages = PdfReader(io.BytesIO(pdf)).pages
    assert all(f"loan_contractv{version.version}SHA-256{version.sha256}" in squeezed(page) for page in pages)
    shared = versions.TEMPLATES / "letterhead.typ"
    source = version.file.read_bytes() + shared.read_bytes()
    assert version.sha256 == hashlib.sha256(source).hexdigest()
    assert set(versions.released()) == {template.value for template in Template}


def squeezed(page):
    return re.sub(r"\s", "", page.extract_text())


def test_a_new_wording_holds_from_its_day_and_the_one_before_until_the_day_before(tmp_path):
    lines = [
        {"valid_from": "2026-01-01", "file": "offer.typ"},
        {"valid_from": "2026-07-01", "file": "offer_2.typ"},
    ]
    (tmp_path / "versions.json").write_text(json.dumps({"offer": lines}))
    for name, text in (("letterhead.typ", "head"), ("offer.typ", "old"), ("offer_2.typ", "new")):
        (tmp_path / name).write_text(text)

    old, new = versions.read(tmp_path)["offer"]

    assert (old.version, old.valid_to, new.version, new.valid_to) == (1, date(2026, 6, 30), 2, None)
    assert old.sha256 != new.sha256
    assert versions.in_force((old, new), date(2026, 6, 30)) is old
    assert versions.in_force((old, new), date(2026, 7, 1)) is new
    (tmp_path / "versions.json").write_text(json.dumps({"offer": lines[::-1]}))
    with pytest.raises(versions.TemplateVersionsDisorderly):
        versions.read(tmp_path)
