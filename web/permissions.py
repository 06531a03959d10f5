"""What each route asks of a person before its page is asked: the function permissions, as data, in one place.

A need is an object of the permission matrix and letters, any of which is enough; ``a & b | c`` is the first and one of the
others, and ``+`` asks for a reach beyond the person's own cases. Which rows a page then shows is the page's own condition
(:func:`company.people.in_scope`). A route that is not named here is closed to everybody.
"""

from __future__ import annotations

from flask import Flask, abort, request

from company.people import Actor, Scope, may
from web.session import me, signed_in

# No sign-in, or any employee: whose task, notice or account it is, the page asks itself.
OPEN, ANYONE = "open", "anyone"
_CASE = "application:R | contract:R | disbursement:R"
_CHANGES = "dealer:CUA | product:CUA | price:CUA | classification:CUA"

NEEDS: dict[str, str] = {
    "account.change_password": ANYONE,
    "account.show": ANYONE,
    "assets": OPEN,
    "audit_log.check": "audit_log:R",
    "audit_log.export": "audit_log:E",
    "audit_log.index": "audit_log:R",
    "bank.explain": "books:U",
    "bank.index": "books:R",
    "bank.match": "books:U",
    "bank.read_statement": "books:C",
    "bank.settle_line": "books:U",
    "bank.template": "books:R",
    "books.add_account": "books:C",
    "books.change_account": "books:U",
    "books.close_period": "books:X",
    "books.reopen_period": "books:A",
    "books.show_chart": "books:R",
    "books.show_periods": "books:R",
    "books.show_statements": "books:R",
    "calculator.offer": "application:R",
    "calculator.reckoned": "application:R",
    "calculator.show": "application:R",
    "cases.index": _CASE,
    "cases.new": "application:C",
    "cases.search": _CASE,
    "cases.show": _CASE,
    "cases.start": "application:C",
    "cases.withdraw": "application:U",
    "categories.propose": "classification:C & contract:R",
    "ceilings.change": "product:C",
    "ceilings.index": "product:R",
    "certificates.receipt": "contract:R & ledger:R & customer:R",
    "certificates.settlement_certificate": "ledger:C & contract:R & customer:R",
    "collateral.index": "collateral:R",
    "collateral.show": "collateral:R",
    "contract_texts.index": "contract:R",
    "credit_lines.index": "application:R",
    "credit_lines.propose": "application:C",
    "customer_contacts.answer": "complaint:U",
    "customer_contacts.call_back": "callback:C & customer:R",
    "customer_contacts.complain": "complaint:C & customer:R",
    "customer_contacts.index": "complaint:R",
    "customer_merges.compare": "customer:U",
    "customer_merges.index": "customer:U",
    "customer_merges.merge": "customer:U",
    "customer_merges.undo": "customer:U",
    "customer_profiles.create": "customer:C",
    "customer_profiles.file": "customer:U",
    "customer_profiles.new": "customer:C",
    "customers.correct": "customer:U",
    "customers.create": "customer:C",
    "customers.index": "customer:R",
    "customers.new": "customer:C",
    "customers.reveal": "customer:R & customer:U | ledger:U",
    "customers.search": "customer:R",
    "customers.show": "customer:R",
    "day_end.debit": "books:E",
    "day_end.index": "books:R",
    "day_end.run": "books:X",
    "dealers.create": "dealer:C",
    "dealers.index": "dealer:R",
    "dealers.new": "dealer:C",
    "dealers.propose": "dealer:U",
    "dealers.show": "dealer:R",
    "dealers.suspend": "dealer:U",
    "document_list.change": "product:C",
    "document_list.index": "product:R",
    "documents.content": f"customer:R & {_CASE}",
    "documents.download": f"customer:R & {_CASE}",
    "documents.view": f"customer:R & {_CASE}",
    "evidence.show": _CASE,
    "flow_sheet.export": "application:R",
    "flow_sheet.index": "application:R",
    "funding.create": "product:U",
    "funding.index": "product:R",
    "funding.new": "product:U",
    "funding.propose": "product:U",
    "funding.show": "product:R",
    "health.alive": OPEN,
    "health.ready": OPEN,
    "home": ANYONE,
    "hooks.bank": OPEN,
    "inbox.claim": ANYONE,
    "inbox.colleagues": ANYONE,
    "inbox.comment": ANYONE,
    "inbox.complete": ANYONE,
    "inbox.follow": ANYONE,
    "inbox.hand_over": ANYONE,
    "inbox.open_task": ANYONE,
    "inbox.rows": ANYONE,
    "inbox.save_draft": ANYONE,
    "inbox.show": ANYONE,
    "inbox.unclaim": ANYONE,
    "incidents.index": "incident:R",
    "incidents.retry": "incident:X",
    "intake.start": "application:C",
    "intake.supplied": "application:U",
    "intake.withdraw_consent": "application:U",
    "ledger.entry": "ledger:R+",
    "ledger.index": "ledger:R+",
    "ledger.sub_ledgers": "ledger:R+",
    "ledger.trial_balance": "ledger:R+",
    "loan_desk.ask": "contract:R",
    "loan_desk.show": "contract:R",
    "loan_quotes.index": "ledger:R & contract:R",
    "loan_quotes.make": "ledger:C | change:C & ledger:R & contract:R",
    "loan_quotes.printed": "ledger:R & contract:R",
    "loans.index": "contract:R",
    "loans.show": "contract:R",
    "manual_vouchers.decide": "books:A",
    "manual_vouchers.index": "books:R",
    "manual_vouchers.propose": "books:C",
    "notices.follow": ANYONE,
    "notices.index": ANYONE,
    "notices.read_all": ANYONE,
    "opening.index": "books:R",
    "opening.read": "books:C",
    "opening.template": "books:R",
    "photos.content": f"customer:R & {_CASE}",
    "photos.show": f"customer:R & {_CASE}",
    "photos.take": f"customer:R & {_CASE}",
    "pledges.ask_release": "collateral:U",
    "pledges.decide_release": "collateral:U",
    "pledges.look": "collateral:R",
    "pledges.look_up": "collateral:R",
    "pledges.take_in": "collateral:U",
    "positions.assign": "users:U",
    "positions.change": "users:U",
    "positions.create": "users:C",
    "positions.index": "users:R",
    "prices.change": "price:C",
    "prices.index": "price:R",
    "processes.index": "process_models:RX",
    "processes.show": "process_models:RX",
    "processes.xml": ANYONE,
    "products.change_plan": "product:U",
    "products.change_terms": "product:U",
    "products.index": "product:R",
    "products.show": "product:R",
    "proposals.approve": "dealer:A | product:A | price:A | classification:A",
    "proposals.index": f"{_CHANGES} | audit_log:R",
    "proposals.refuse": "dealer:A | product:A | price:A | classification:A",
    "proposals.withdraw": _CHANGES,
    "reconsideration.begin": "application:U",
    "registers.export": "ledger:R+ & ledger:E",
    "registers.index": "ledger:R+",
    "registers.show": "ledger:R+",
    "reports.export": "books:E",
    "reports.index": "books:R",
    "reports.make": "books:X",
    "roles.change": "users:U",
    "roles.create": "users:C",
    "roles.index": "users:R",
    "roles.new": "users:C",
    "roles.show": "users:R",
    "sign_in.choose_language": OPEN,
    "sign_in.enter": OPEN,
    "sign_in.leave": ANYONE,
    "sign_in.show": OPEN,
    "staff.change_role": "users:U",
    "staff.come_back": "users:U",
    "staff.correct": "users:U",
    "staff.create": "users:C",
    "staff.index": "users:R",
    "staff.leave": "users:U",
    "staff.new": "users:C",
    "staff.reset_password": "users:U",
    "staff.show": "users:R",
    "start.show": ANYONE,
    "static": OPEN,
    "suspense.claim": "ledger:C & contract:R",
    "suspense.index": "books:R | ledger:CA",
    "units.close": "users:U",
    "units.correct": "users:U",
    "units.create": "users:C",
    "units.index": "users:R",
    "units.move": "users:U",
    "units.show": "users:R",
    "vehicles.index": f"{_CASE} | collateral:R",
    "vehicles.note": f"collateral:U & {_CASE} | collateral:R",
    "vehicles.show": f"{_CASE} | collateral:R",
    "vouchers.export_statements": "books:E",
    "vouchers.export_vouchers": "books:E",
    "vouchers.index": "books:R",
    "vouchers.number": "books:X",
    "vouchers.show": "books:R",
    "watch_lists.index": "watch_list:R",
    "watch_lists.propose": "watch_list:C",
}


def lets(actor: Actor, endpoint: str) -> bool:
    """Whether the person may ask for the route at all."""
    need = NEEDS.get(endpoint)
    if need is None:
        return False
    if need in (OPEN, ANYONE):
        return True
    return all(any(_has(actor, each) for each in part.split(" | ")) for part in need.split(" & "))


def _has(actor: Actor, need: str) -> bool:
    thing, letters = need.strip().split(":")
    found = [grant for letter in letters.rstrip("+") for grant in may(actor, thing, letter)]
    if letters.endswith("+"):
        found = [grant for grant in found if grant.scope is not Scope.OWN]
    return bool(found)


def enforce(app: Flask) -> None:
    """Answer 403 to who lacks what the route asks for, before its page runs."""

    @app.before_request
    def ask() -> None:
        endpoint = request.endpoint
        if endpoint is None or NEEDS.get(endpoint) == OPEN:
            return
        if not signed_in() or not lets(me().actor, endpoint):
            abort(403)
