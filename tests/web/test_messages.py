"""Message templates on their page: the administrator edits, others read; the log is for who reads the books."""

from sqlalchemy import select

from company.audit import AuditEntry
from lending.message_templates import MessageTemplate

GOOD = {
    "text_zh": "{name}您好，{on}应还{amount}元",
    "text_en": "{name}: {amount} on {on}",
    "channels": ["sms"],
}


def test_the_administrator_publishes_a_version_and_the_page_and_the_audit_log_say_so(house):
    admin = house.browser("admin")
    assert "repayment_due" in admin.get("/messages/templates").text

    admin.post("/messages/templates/repayment_due", GOOD)

    assert "您好，{on}应还{amount}元" in admin.get("/messages/templates").text
    versions = admin.get("/messages/templates/repayment_due").text
    assert "产品自带" in versions
    with house.database.read() as session:
        assert session.scalars(select(MessageTemplate.version)).all() == [2]
        acts = session.scalars(select(AuditEntry.action)).all()
        assert "message_template.publish" in acts


def test_a_placeholder_that_is_not_known_is_refused_with_those_that_are(house):
    admin = house.browser("admin")
    admin.get("/messages/templates")

    admin.post("/messages/templates/repayment_due", {**GOOD, "text_zh": "{salary}"})

    page = admin.get("/messages/templates").text
    assert "{salary} 无法识别" in page
    with house.database.read() as session:
        assert session.scalars(select(MessageTemplate.version)).all() == []


def test_only_the_administrator_edits_and_only_who_reads_the_books_sees_the_log(house):
    reader = house.browser("postloan_manager")
    assert reader.get("/messages/templates").status_code == 200
    assert reader.post("/messages/templates/repayment_due", GOOD).status_code == 403
    assert reader.get("/messages").status_code == 200
    assert house.browser("front_desk").get("/messages").status_code == 403
    assert house.browser("finance_maker").get("/bank/receipts").status_code == 200
    assert house.browser("front_desk").get("/alerts").status_code == 403
    assert house.browser("customer_manager").get("/alerts").status_code == 200
