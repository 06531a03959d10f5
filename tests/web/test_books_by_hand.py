"""Books by hand: a manual voucher through two people, and an existing book taken over from a file."""

from io import BytesIO

from lending.opening.template import COLUMNS, EXAMPLE
from lending.spreadsheets import csv_text


def upload(browser, data, **fields):
    browser.get("/books/opening")
    return browser.post(
        "/books/opening", {"book": (BytesIO(data), "book.csv"), **fields}, content_type="multipart/form-data"
    )


def test_a_manual_voucher_goes_through_two_people_on_the_page(house):
    maker, checker = house.browser("finance_accountant"), house.browser("finance_checker")
    maker.get("/books/manual")
    lines = {"account": ["6602", "4104"], "debit": ["1200.00", ""], "credit": ["", "1200.00"]}

    wrong = maker.post("/books/manual", {**lines, "credit": ["", "1300.00"], "reason": "补记三月房租"})
    made = maker.post("/books/manual", {**lines, "reason": "补记三月房租"}, follow_redirects=True).text
    checker.get("/books/manual")
    done = checker.post("/books/manual/SG-2026-000001", {"decision": "approve"}, follow_redirects=True).text

    assert wrong.status_code == 422
    assert "借贷不平" in wrong.text
    assert 'value="1300.00"' in wrong.text
    assert "待审核" in made
    assert "已记账" in done
    assert house.browser("finance_maker").get("/books/manual").status_code == 403


def test_a_book_is_tried_refused_cell_by_cell_and_never_half_taken_over(house):
    desk = house.browser("finance_accountant")
    heads = [names[0] for names in COLUMNS.values()]
    wrong = dict(zip(COLUMNS, EXAMPLE, strict=True)) | {"identity": "110105194912310021", "rate": "4000"}
    data = csv_text([heads, list(wrong.values())]).encode()

    refused = upload(desk, data, do="try")
    template = desk.get("/books/opening/template")

    assert refused.status_code == 422
    assert "第 2 行“身份证号”列" in refused.text
    assert "第 2 行“年利率（%）”列" in refused.text
    assert template.data.startswith(b"PK")
    assert "尚未导入贷款账" in desk.get("/books/opening").text
    assert house.browser("auditor").post("/books/opening").status_code in (400, 403)
