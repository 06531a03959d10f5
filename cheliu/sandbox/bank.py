"""The simulated bank over HTTP: takes payment instructions, answers by signed callback, and misbehaves on request.

POST /payments              {request_id, amount, payee_name, payee_account, purpose, value_date, callback_url}
GET  /payments/<request_id> the payment and what became of it
POST /debits                {batch_id, collect_on, callback_url, items: [{number, name, account, amount, purpose}]}
GET  /debits/<batch_id>     ?after=&limit= the results that are ready
POST /transfers             a person pays in, or the bank takes back: {type, bank_reference, amount, payer_name, …}
GET  /  and  POST /switches a page for a person: the payments and the switches
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import requests
from sqlalchemy import inspect, select
from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import Map, Rule
from werkzeug.serving import make_server
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from cheliu.bank import signature
from cheliu.sandbox import debits, notifying, payments
from cheliu.sandbox.parties import parties
from cheliu.sandbox.reading import debits_order, transfer_fields
from company.database import Database

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PAGES = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True)
_ROUTES = Map(
    [
        Rule("/", endpoint="page", methods=["GET"]),
        Rule("/switches", endpoint="set_switches", methods=["POST"]),
        Rule("/payments", endpoint="pay", methods=["POST"]),
        Rule("/payments/<request_id>", endpoint="payment", methods=["GET"]),
        Rule("/debits", endpoint="collect", methods=["POST"]),
        Rule("/debits/<batch_id>", endpoint="collected", methods=["GET"]),
        Rule("/transfers", endpoint="transfer", methods=["POST"]),
        Rule("/healthz", endpoint="healthz", methods=["GET"]),
    ]
)
_FIELDS_MAX_BYTES = 100_000


class BankSandbox:
    """The WSGI application of the simulated bank."""

    def __init__(self, database: Database, secret: str) -> None:
        self.database = database
        self.secret = secret
        self.requests = requests.Session()
        known = inspect(database.engine)
        if known.has_table("switches"):
            there = {column["name"] for column in known.get_columns("switches")}
            if not there >= set(payments.SWITCH_NAMES):  # of an earlier release: nothing to keep
                payments.SandboxBase.metadata.tables["switches"].drop(database.engine)
        payments.SandboxBase.metadata.create_all(database.engine)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Serve one request."""
        request = Request(environ)
        adapter = _ROUTES.bind_to_environ(environ)
        try:
            endpoint, values = adapter.match()
            response = getattr(self, f"_{endpoint}")(request, **values)
        except HTTPException as refused:
            response = refused
        return response(environ, start_response)

    def _healthz(self, request: Request) -> Response:
        return _json({"status": "ok", "program": "cheliu sandbox: a simulator, not a bank"})

    def _pay(self, request: Request) -> Response:
        fields = _payment_fields(request)
        with self.database.write() as session:
            rule = payments.switches(session)
            down, delay_ms = rule.down, rule.delay_ms
        if down:
            return _json({"error": "maintenance", "simulator": True}, 503)
        time.sleep(delay_ms / 1000)
        try:
            with self.database.write() as session:
                payment, lost = payments.accept(session, **fields)
                answer = _shown(payment)
        except payments.RequestIdReused:
            return _json({"error": "request_id_reused", "simulator": True}, 409)
        if lost:
            raise ConnectionAbortedError("the switch 'lose_answer_every' cut this answer off")
        return _json(answer, 202)

    def _payment(self, request: Request, request_id: str) -> Response:
        with self.database.write() as session:
            payments.settle_due(session)  # who asks need not wait for the bank's next round
            payment = session.get(payments.Payment, request_id)
            if payment is None:
                raise NotFound()
            return _json(_shown(payment))

    def _collect(self, request: Request) -> Response:
        order = debits_order(request)
        with self.database.write() as session:
            if payments.switches(session).down:
                return _json({"error": "maintenance", "simulator": True}, 503)
            batch = debits.take(session, **order)
            if batch.callback_url:
                told = {"type": "debit_results", "batch_id": batch.batch_id}
                notifying.note(session, f"{batch.batch_id}:done", batch.callback_url, told, batch.settle_at)
        return _json({"status": "taken", "simulator": True}, 202)

    def _collected(self, request: Request, batch_id: str) -> Response:
        after, limit = request.args.get("after", 0, int), request.args.get("limit", 200, int)
        with self.database.read() as session:
            lines = debits.decided(session, batch_id, after=after, limit=limit)
            if lines is None:
                raise NotFound()
            items = [
                {
                    "number": line.number,
                    "status": "failed" if line.reason else "succeeded",
                    "reason": line.reason,
                    "bank_reference": f"SIM{batch_id}-{line.number}",
                }
                for line in lines
            ]
        return _json({"items": items, "simulator": True})

    def _transfer(self, request: Request) -> Response:
        told, callback_url = transfer_fields(request)
        with self.database.write() as session:
            event_id = f"{told['type']}:{told['bank_reference']}"
            notifying.note(session, event_id, callback_url, told, datetime.now(UTC))
        return _json({"event_id": event_id, "simulator": True}, 202)

    def _page(self, request: Request) -> Response:
        with self.database.write() as session:
            rule = payments.switches(session)
            shown = {name: getattr(rule, name) for name in payments.SWITCH_NAMES}
            rows = session.scalars(
                select(payments.Payment).order_by(payments.Payment.received_at.desc()).limit(50)
            ).all()
        page = _PAGES.get_template("bank.html").render(switches=shown, payments=rows)
        return Response(page, content_type="text/html; charset=utf-8")

    def _set_switches(self, request: Request) -> Response:
        with self.database.write() as session:
            rule = payments.switches(session)
            for name in payments.SWITCH_NAMES:
                text = request.form.get(name, "0").strip() or "0"
                if not text.isdigit() or int(text) > 1_000_000:
                    raise BadRequest(f"{name}: a whole number from 0 to 1000000")
                setattr(rule, name, bool(int(text)) if name == "down" else int(text))
        return redirect("/", 303)

    def answer_due(self) -> int:
        """Settle what is due and send the answers owed; returns how many were sent."""
        with self.database.write() as session:
            payments.settle_due(session)
        with self.database.read() as session:
            notices = notifying.owed(session)
            owed = [
                (answer.id, answer.event_id, payment) for answer, payment in payments.owed_answers(session)
            ]
        for answer_id, event_id, payment in owed:
            taken = self._send(event_id, payment)
            with self.database.write() as session:
                payments.note_try(session, answer_id, taken=taken)
        for notice_id, callback_url, told in notices:
            taken = self._post(callback_url, told)
            with self.database.write() as session:
                notifying.note_try(session, notice_id, taken=taken)
        return len(owed) + len(notices)

    def _send(self, event_id: str, payment: payments.Payment) -> bool:
        return self._post(payment.callback_url or "", {"event_id": event_id, **_shown(payment)})

    def _post(self, callback_url: str, told: Mapping[str, object]) -> bool:
        body = json.dumps(told, ensure_ascii=False).encode()
        moment = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Bank-Timestamp": moment,
            "X-Bank-Signature": signature(self.secret, moment, body),
        }
        try:
            return self.requests.post(callback_url, data=body, headers=headers, timeout=10).ok
        except requests.RequestException:
            return False


def _payment_fields(request: Request) -> dict[str, Any]:
    if (request.content_length or 0) > _FIELDS_MAX_BYTES:
        raise BadRequest("too large")
    try:
        sent = json.loads(request.get_data())
        amount = Decimal(str(sent["amount"]))
        fields = {
            name: str(sent[name])[:200] for name in ("request_id", "payee_name", "payee_account", "purpose")
        }
        value_date = date.fromisoformat(sent["value_date"])
    except (ValueError, KeyError, TypeError, InvalidOperation) as wrong:
        raise BadRequest(f"not a payment instruction: {wrong!r}") from wrong
    if not (amount.is_finite() and amount > 0 and amount == amount.quantize(Decimal("0.01"))):
        raise BadRequest("amount: a positive number of yuan, exact to the fen")
    return {**fields, "amount": amount, "value_date": value_date, "callback_url": sent.get("callback_url")}


def _shown(payment: payments.Payment) -> dict[str, Any]:
    return {
        "request_id": payment.request_id,
        "status": payment.status,
        "reason": payment.reason,
        "amount": str(payment.amount),
        "value_date": payment.value_date.isoformat(),
        "bank_reference": f"SIM{payment.request_id}",
        "times_sent": payment.times_sent,
        "simulator": True,
    }


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status=status, content_type="application/json")


def serve(database_path: Path, *, secret: str, host: str, port: int, pause_seconds: float = 0.2) -> None:
    """Run the simulated bank, and the other parties below paths of their own, until the process is told to stop."""
    database_path.parent.mkdir(parents=True, exist_ok=True)
    database = Database(f"sqlite:///{database_path}")
    bank = BankSandbox(database, secret)
    stop = threading.Event()

    def answer() -> None:
        while not stop.wait(pause_seconds):
            bank.answer_due()

    threading.Thread(target=answer, name="bank-answers", daemon=True).start()
    server = make_server(host, port, DispatcherMiddleware(bank, parties(database)), threaded=True)
    print(
        f"cheliu sandbox: a simulated bank (not a real one) at http://{host}:{server.port}/ pid {os.getpid()}",
        flush=True,
    )
    try:
        server.serve_forever()
    finally:
        stop.set()
        server.server_close()
