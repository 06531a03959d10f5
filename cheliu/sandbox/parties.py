"""The simulated parties beside the bank, each a WSGI application below a path of its own on the sandbox's port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cheliu.sandbox import answers
from cheliu.sandbox.enquiries import EnquirySandbox
from cheliu.sandbox.prices import PriceSandbox
from company.database import Database

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PRICES, BUREAU, IDENTITY, SMS, FRAUD = "/prices", "/bureau", "/identity", "/sms", "/fraud"


def parties(database: Database) -> dict[str, WSGIApplication]:
    """Path to application, for :class:`werkzeug.middleware.dispatcher.DispatcherMiddleware`."""
    return {
        PRICES: PriceSandbox(database),
        BUREAU: EnquirySandbox(
            database,
            "bureau",
            "模拟征信机构 Simulated credit bureau",
            "reports",
            ("name", "identity_no", "purpose", "authorisation"),
            answers.bureau,
        ),
        IDENTITY: EnquirySandbox(
            database,
            "identity",
            "模拟身份核验 Simulated identity check",
            "checks",
            ("name", "identity_no", "method"),
            answers.identity,
        ),
        SMS: EnquirySandbox(
            database, "sms", "模拟短信网关 Simulated SMS gateway", "messages", ("mobile", "text"), answers.sms
        ),
        FRAUD: EnquirySandbox(
            database,
            "fraud",
            "模拟反欺诈评分 Simulated fraud scoring",
            "scores",
            ("phone", "address", "device", "vin", "dealer", "amount"),
            answers.fraud,
        ),
    }
