"""The simulated vehicle-price service over HTTP: quotes from a small catalogue, and misbehaves on request.

GET /quotes?request_id&model&registered&mileage&region   a quote; 404 for a model it does not know
GET  /  and  POST /switches                              a page for a person: the quotes and the switches
"""

from __future__ import annotations

import json
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import jinja2
from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from cheliu.sandbox.payments import SandboxBase
from company.database import Database, Fen, Instant
from lending.vehicle_prices import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SWITCH_NAMES = ("down", "delay_ms", "percent", "unknown_every")
# What new cars cost, in yuan, by the name people write.
CATALOGUE = {
    "比亚迪 汉EV": 229800,
    "比亚迪 秦PLUS DM-i": 109800,
    "特斯拉 Model Y": 263900,
    "吉利 星越L": 152700,
    "丰田 凯美瑞": 189800,
    "大众 途观L": 199900,
    "理想 L7 Pro": 301800,
    "理想 L9 Max": 429800,
    "本田 CR-V": 185900,
    "长安 深蓝S07": 149900,
    "红旗 H5": 159800,
    "蔚来 ET9": 788000,
}
SOURCE = "模拟车价网 (simulator)"
_PRICES = {name_key(name)[0]: Decimal(price) for name, price in CATALOGUE.items()}
# A trader's rule of thumb, not our model: a sixth a year, and ten yuan for each 100 km above the usual.
_KEPT_A_YEAR = Decimal("0.84")
_KM_A_YEAR, _YUAN_A_KM = Decimal(15000), Decimal("0.10")
_PAGES = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True)
_HOME = ZoneInfo("Asia/Shanghai")
_ROUTES = Map(
    [
        Rule("/", endpoint="page", methods=["GET"]),
        Rule("/switches", endpoint="set_switches", methods=["POST"]),
        Rule("/quotes", endpoint="quote", methods=["GET"]),
    ]
)


class Quote(SandboxBase):
    """One quote; the request id makes it unique however often it is asked for."""

    __tablename__ = "price_quote"
    request_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    model: Mapped[str] = mapped_column(String(120))
    new_price: Mapped[Decimal] = mapped_column(Fen)
    price: Mapped[Decimal] = mapped_column(Fen)
    quoted_at: Mapped[datetime] = mapped_column(Instant)
    times_asked: Mapped[int]


class PriceSwitches(SandboxBase):
    """How the service misbehaves; ``percent`` of the usual price is quoted, ``unknown_every`` n: each n-th is 404."""

    __tablename__ = "price_switches"
    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    down: Mapped[int]
    delay_ms: Mapped[int]
    percent: Mapped[int]
    unknown_every: Mapped[int]


class PriceSandbox:
    """The WSGI application of the simulated price service."""

    def __init__(self, database: Database) -> None:
        self.database = database
        SandboxBase.metadata.create_all(database.engine)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        request = Request(environ)
        try:
            endpoint, _values = _ROUTES.bind_to_environ(environ).match()
            response = getattr(self, f"_{endpoint}")(request)
        except HTTPException as refused:
            response = refused
        answer: Iterable[bytes] = response(environ, start_response)
        return answer

    def _quote(self, request: Request) -> Response:
        request_id, model, registered, mileage = _asked(request)
        with self.database.write() as session:
            rule = _switches(session)
            down, delay_ms = rule.down, rule.delay_ms
        if down:
            return _json({"error": "maintenance", "simulator": True}, 503)
        time.sleep(delay_ms / 1000)
        with self.database.write() as session:
            quote = _quoted(session, request_id, model, registered, mileage)
            return _json(_shown(quote))

    def _page(self, request: Request) -> Response:
        with self.database.write() as session:
            rule = _switches(session)
            shown = {name: getattr(rule, name) for name in SWITCH_NAMES}
            rows = session.scalars(select(Quote).order_by(Quote.quoted_at.desc()).limit(50)).all()
        page = _PAGES.get_template("prices.html").render(switches=shown, quotes=rows, catalogue=CATALOGUE)
        return Response(page, content_type="text/html; charset=utf-8")

    def _set_switches(self, request: Request) -> Response:
        with self.database.write() as session:
            rule = _switches(session)
            for name in SWITCH_NAMES:
                text = request.form.get(name, "").strip() or ("100" if name == "percent" else "0")
                if not text.isdigit() or int(text) > 100_000:
                    raise BadRequest(f"{name}: a whole number from 0 to 100000")
                setattr(rule, name, int(text))
        return redirect(f"{request.script_root}/", 303)


def _asked(request: Request) -> tuple[str, str, date | None, Decimal]:
    try:
        registered = request.args.get("registered", "")
        return (
            request.args["request_id"][:80],
            request.args["model"][:120],
            date.fromisoformat(registered) if registered else None,
            Decimal(int(request.args.get("mileage", "0"))),
        )
    except (KeyError, ValueError) as wrong:
        raise BadRequest(f"not a question for a price: {wrong!r}") from wrong


def _switches(session: Session) -> PriceSwitches:
    found = session.get(PriceSwitches, 1)
    if found is None:
        found = PriceSwitches(id=1, down=0, delay_ms=0, percent=100, unknown_every=0)
        session.add(found)
        session.flush()
    return found


def _quoted(
    session: Session, request_id: str, model: str, registered: date | None, mileage: Decimal
) -> Quote:
    known = session.get(Quote, request_id)
    if known is not None:
        known.times_asked += 1
        return known
    rule, new_price = _switches(session), _PRICES.get(name_key(model)[0])
    count = (session.scalar(select(func.count()).select_from(Quote)) or 0) + 1
    if new_price is None or (rule.unknown_every and count % rule.unknown_every == 0):
        raise NotFound()
    quote = Quote(
        request_id=request_id,
        model=model,
        new_price=new_price,
        price=_worn(new_price, registered, mileage) * rule.percent / 100,
        quoted_at=datetime.now(_HOME),
        times_asked=1,
    )
    session.add(quote)
    return quote


def _worn(new_price: Decimal, registered: date | None, mileage: Decimal) -> Decimal:
    """What a dealer would ask for the used car, in whole hundreds of yuan."""
    if registered is None:
        return new_price
    age = Decimal(max((datetime.now(_HOME).date() - registered).days, 0)) / 365
    asked = new_price * _KEPT_A_YEAR**age - (mileage - _KM_A_YEAR * age) * _YUAN_A_KM
    return max(asked, new_price / 20).quantize(Decimal(100)).quantize(Decimal("0.01"))


def _shown(quote: Quote) -> dict[str, object]:
    return {
        "quote_id": f"SIM{quote.request_id}",
        "source": SOURCE,
        "model": quote.model,
        "new_price": str(quote.new_price),
        "price": str(quote.price),
        "quoted_on": quote.quoted_at.astimezone(_HOME).date().isoformat(),
        "simulator": True,
    }


def _json(content: dict[str, object], status: int = 200) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status=status, content_type="application/json")
