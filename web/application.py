"""The Flask application: its pages, its guards and its limits, put together from the wiring it is given."""

from __future__ import annotations

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect

from web import (
    account,
    account_security,
    agencies,
    alerts,
    approval_sheet,
    around_task,
    audit_log,
    bank,
    bank_receipts,
    books,
    bulk,
    calculator,
    callbacks,
    cases,
    categories,
    ceilings,
    certificates,
    collateral,
    collection_team,
    collections,
    compliance,
    contact_gate,
    contract_texts,
    credit_lines,
    customer_contacts,
    customer_merges,
    customer_privacy,
    customer_profiles,
    customers,
    day_end,
    dealers,
    document_list,
    documents,
    errors,
    evidence,
    export_requests,
    flow_sheet,
    funding,
    health,
    hooks,
    inbox,
    incidents,
    intake,
    ledger,
    live,
    loan_changes,
    loan_desk,
    loan_quotes,
    loans,
    manual_vouchers,
    messages,
    navigation,
    notices,
    oidc,
    opening,
    permissions,
    personal_exports,
    photos,
    phrases,
    pledges,
    positions,
    prepayments,
    prices,
    processes,
    products,
    proposals,
    reconsideration,
    registers,
    regulations,
    rendering,
    reports,
    retention,
    roles,
    security,
    session,
    sign_in,
    staff,
    staff_access,
    start,
    substitutions,
    suspense,
    training,
    units,
    vehicles,
    vouchers,
    watch_lists,
    work_lists,
)
from web.assets import Assets
from web.limits import REQUEST_BYTES_MAX, limiter, refuse_large
from web.wiring import Wiring

PAGES = (
    sign_in,
    oidc,
    account,
    account_security,
    start,
    inbox,
    around_task,
    bulk,
    work_lists,
    phrases,
    approval_sheet,
    live,
    cases,
    reconsideration,
    calculator,
    flow_sheet,
    intake,
    evidence,
    documents,
    photos,
    customer_contacts,
    contact_gate,
    customer_merges,
    customers,
    customer_privacy,
    customer_profiles,
    personal_exports,
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
    prepayments,
    alerts,
    messages,
    collateral,
    pledges,
    watch_lists,
    credit_lines,
    certificates,
    staff,
    staff_access,
    units,
    positions,
    roles,
    substitutions,
    training,
    regulations,
    audit_log,
    export_requests,
    compliance,
    retention,
    registers,
    ledger,
    vouchers,
    manual_vouchers,
    opening,
    books,
    day_end,
    bank,
    bank_receipts,
    suspense,
    reports,
    categories,
    callbacks,
    collection_team,
    collections,
    agencies,
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
    live.prepare(app)
    account.insist(app)
    permissions.enforce(app)
    errors.register(app)
    oidc.prepare(app, wiring.settings.oidc)
    for page in PAGES:
        app.register_blueprint(page.pages)

    @app.get("/")
    def home() -> ResponseReturnValue:
        return redirect(url_for("start.show"))

    return app
