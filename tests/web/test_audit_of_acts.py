"""Every write and every look at what is sensitive leaves an entry: who, when, what, before, after, whence, why."""

import ast
import inspect
from pathlib import Path

import pytest
from customers_at_hand import ZHANG, enter
from sqlalchemy import select
from tidiness import ROOT

from company.audit import AuditEntry
from web import acts

# Writes beside :func:`web.wiring.command`: the sign-in tells its own, the session's last request tells nothing.
BESIDE = {"web/portal.py": 1, "web/session.py": 2, "web/wiring.py": 1}
SAYS = {"record", "audited", "_note", "_changed", "_audited", "_with_new_password", "_handed_out", "Leaving"}


# Where something sensitive is seen whole or leaves the house, and the act that tells it.
SENSITIVE = {
    "audit_log.export": "audit.export",
    "agencies.file": "agency.file",
    "certificates.receipt": "receipt.print",
    "collections.evidence": "collection.file",
    "collections.letter": "collection.file",
    "customer_privacy.reveal": "customer.reveal",
    "day_end.debit": "day_end.debit_file",
    "documents.content": "document.view",
    "documents.download": "document.read",
    "flow_sheet.export": "flow_sheet.export",
    "loan_quotes.printed": "quote.print",
    "photos.content": "photo.view",
    "registers.export": "register.export",
    "reports.export": "monthly_report.export",
    "vouchers.export_statements": "statements.export",
    "vouchers.export_vouchers": "voucher.export",
}


def entries(house, since=0):
    with house.database.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.id > since).order_by(AuditEntry.id)))


def said(tree):
    """The codes of acts in the calls that note them, and in what they are chosen from; also those that have a name."""
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            parts = [*node.args, *(each.value for each in node.keywords)] if name in SAYS else ()
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id in ("act", "action") for target in node.targets
        ):
            parts = [node.value]
        else:
            continue
        for part in parts:
            for each in ast.walk(named.get(part.id, part) if isinstance(part, ast.Name) else part):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    head, dot, tail = each.value.partition(".")
                    if dot and head.isidentifier() and tail.isidentifier():
                        yield each.value


@pytest.mark.feature("M-008")
def test_every_act_that_the_product_notes_has_words_in_both_languages():
    found = set()
    for room in ("company", "engine", "lending", "handlers", "cheliu", "web"):
        for path in (ROOT / room).rglob("*.py"):
            found.update(said(ast.parse(path.read_text(encoding="utf-8"))))

    assert len(found) > 70
    assert found - acts.known() == set(), "give the new act its words in web/acts.py"


@pytest.mark.feature("M-008")
def test_no_page_writes_but_through_the_command_that_leaves_an_entry():
    beside = {}
    for path in sorted((ROOT / "web").glob("*.py")):
        count = path.read_text(encoding="utf-8").count("database.write()")
        if count:
            beside[path.relative_to(ROOT).as_posix()] = count

    assert beside == BESIDE


@pytest.mark.feature("M-008")
def test_a_write_that_notes_no_act_of_its_own_is_noted_by_its_route(house):
    browser = house.browser("front_desk")
    before = entries(house)[-1].id
    browser.get("/notices")
    browser.post("/notices")

    (entry,) = entries(house, before)
    assert (entry.action, entry.object_type, entry.actor_name) == ("request", "notices", "front_desk")
    assert entry.after == {"route": "notices.read_all"}
    assert entry.remote == "127.0.0.1"


@pytest.mark.feature("M-008")
def test_a_look_at_a_sensitive_value_and_a_correction_say_who_when_what_from_where_and_why(house):
    admin, manager, auditor = (house.browser(name) for name in ("admin", "customer_manager", "auditor"))
    admin.get("/units")
    unit_id, customer_id = house.who("front_desk").unit_id, enter(house, "张三", ZHANG)
    manager.get(f"/customers/{customer_id}")
    before = entries(house)[-1].id
    looked = manager.post(
        f"/customers/{customer_id}/reveal", {"field": "identity", "purpose": "contract", "reason": "核对合同"}
    )
    admin.post(f"/units/{unit_id}", {"name": "上海一分公司", "reason": "更名批复"})
    page = auditor.get("/audit?act=机构更名").text

    look, correction = (
        next(each for each in entries(house, before) if each.action == action)
        for action in ("customer.reveal", "unit.correct")
    )
    assert looked.status_code == 200
    assert (look.actor_name, look.object_id, look.remote) == (
        "customer_manager",
        str(customer_id),
        "127.0.0.1",
    )
    assert look.after["reason"] == "核对合同"
    assert ZHANG not in str(look.after)
    assert (correction.actor_name, correction.at) == ("admin", house.clock.now())
    assert (correction.before["name"], correction.after["name"]) == ("上海分公司", "上海一分公司")
    assert correction.reason == "更名批复"
    assert "机构更名或改职责" in page
    assert "更名批复" in page
    assert "unit.correct" not in page


@pytest.mark.feature("M-008")
@pytest.mark.parametrize("endpoint", sorted(SENSITIVE))
def test_each_page_that_shows_or_gives_away_what_is_sensitive_notes_the_look(house, endpoint):
    view = house.app.view_functions[endpoint]

    module = ast.parse(Path(inspect.getsourcefile(view)).read_text(encoding="utf-8"))

    assert SENSITIVE[endpoint] in set(said(module))
