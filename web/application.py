"""The Flask application: its pages, its guards and its limits, put together from the wiring it is given."""

from __future__ import annotations

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect

from web import (
    account,
    audit_log,
    bank,
    books,
    calculator,
    callbacks,
    cases,
    categories,
    ceilings,
    certificates,
    collateral,
    contract_texts,
    credit_lines,
    customer_contacts,
    customer_merges,
    customer_profiles,
    customers,
    day_end,
    dealers,
    document_list,
    documents,
    errors,
    evidence,
    flow_sheet,
    funding,
    health,
    hooks,
    inbox,
    incidents,
    intake,
    ledger,
    loan_changes,
    loan_desk,
    loan_quotes,
    loans,
    manual_vouchers,
    navigation,
    notices,
    opening,
    photos,
    pledges,
    prices,
    processes,
    products,
    proposals,
    reconsideration,
    registers,
    rendering,
    reports,
    security,
    session,
    sign_in,
    staff,
    start,
    suspense,
    vehicles,
    vouchers,
    watch_lists,
)
from web.assets import Assets
from web.limits import REQUEST_BYTES_MAX, limiter, refuse_large
from web.wiring import Wiring

PAGES = (
    sign_in,
    account,
    start,
    inbox,
    cases,
    reconsideration,
    calculator,
    flow_sheet,
    intake,
    evidence,
    documents,
    photos,
    customer_contacts,
    customer_merges,
    customers,
    customer_profiles,
    vehicles,
    dealers,
    products,
    prices,
    ceilings,
    funding,
    contract_texts,
    document_list,
    proposals,
    loans,
    loan_changes,
    loan_desk,
    loan_quotes,
    collateral,
    pledges,
    watch_lists,
    credit_lines,
    certificates,
    staff,
    audit_log,
    registers,
    ledger,
    vouchers,
    manual_vouchers,
    opening,
    books,
    day_end,
    bank,
    suspense,
    reports,
    categories,
    callbacks,
    notices,
    incidents,
    processes,
    health,
    hooks,
)


def create_app(wiring: Wiring) -> Flask:
    """The application that serves ``wiring``; raises FrontEndNotBuilt without built assets."""
    app = Flask("web", root_path=__file__.rpartition("/")[0])
    https = wiring.settings.public_url.startswith("https://")
    app.config.update(
        SECRET_KEY=wiring.settings.secret_key,
        MAX_CONTENT_LENGTH=REQUEST_BYTES_MAX,
        SESSION_COOKIE_SECURE=https,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=https,
    )
    app.extensions["cheliu"] = wiring
    refuse_large(app)
    csrf = CSRFProtect(app)
    csrf.exempt(hooks.pages)
    limiter.init_app(app)
    rendering.prepare(app, Assets())
    navigation.prepare(app)
    security.protect(app, https=https)
    session.guard(app)
    account.insist(app)
    errors.register(app)
    for page in PAGES:
        app.register_blueprint(page.pages)

    @app.get("/")
    def home() -> ResponseReturnValue:
        return redirect(url_for("start.show"))

    return app
