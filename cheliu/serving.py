"""The web server of one machine: gunicorn around the application, with the worker for jobs and timers beside it."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gunicorn.app.base import BaseApplication
from werkzeug.middleware.proxy_fix import ProxyFix

from cheliu.bank_events import receive
from cheliu.bookings import open_booking
from cheliu.claim_transfers import open_claim_package
from cheliu.consent_withdrawal import withdraw_consent
from cheliu.data_requests import open_data_request
from cheliu.debt_transfers import open_debt_transfer
from cheliu.demo.building import prepare, progress
from cheliu.entry import INTAKE_PROCESS, open_application
from cheliu.leaving import dismiss
from cheliu.line_changes import open_line_change
from cheliu.list_changes import open_list_change
from cheliu.loan_changes import open_loan_change
from cheliu.prepaying import ask_prepayment, open_prepayment
from cheliu.reconsidering import open_reconsideration
from cheliu.scheduling import Scheduler
from cheliu.wiring import House, open_house
from cheliu.working import DayEnds, start_worker
from company.database import Database
from company.migrations import upgrade
from company.organisation import the_company
from company.settings import Settings
from web.application import create_app
from web.wiring import Wiring

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

GRACEFUL_SECONDS = 10
REQUEST_SECONDS_MAX = 60
PR_SET_PDEATHSIG = 1
M_ARENA_MAX = -8


class Server(BaseApplication):
    """Gunicorn without a configuration file of its own.

    ``build`` makes the application after the fork, so that no database connection crosses it; ``started`` runs in
    each serving process once it can answer, ``stopped`` when it ends.
    """

    def __init__(
        self,
        build: Callable[[], WSGIApplication],
        *,
        host: str,
        port: int,
        processes: int,
        threads: int,
        started: Callable[[], None],
        stopped: Callable[[], None],
    ) -> None:
        self._build = build
        self._started = started
        self._stopped = stopped
        self._settings = {
            "bind": f"{host}:{port}",
            "workers": processes,
            "worker_class": "gthread",
            "threads": threads,
            "timeout": REQUEST_SECONDS_MAX,
            "graceful_timeout": GRACEFUL_SECONDS,
            "keepalive": 15,
            "limit_request_line": 8190,
            "loglevel": "warning",
            "proc_name": "cheliu",
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings to gunicorn."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)
        self.cfg.set("post_worker_init", self._after_start)
        self.cfg.set("worker_exit", self._after_stop)

    def load(self) -> WSGIApplication:
        """The application of this serving process."""
        return self._build()

    def _after_start(self, _worker: Any) -> None:
        self._started()

    def _after_stop(self, _server: Any, _worker: Any) -> None:
        self._stopped()


def serve_until_stopped(
    settings: Settings, *, demo: bool, processes: int, threads: int, with_worker: bool
) -> None:
    """Bring the schema up to date and serve; in a demo, found the company, run the simulated bank and build the cases.

    Ends on SIGINT and SIGTERM, with every child process.
    """
    children: list[subprocess.Popen[bytes]] = []
    _migrate(settings)
    if demo:
        children.append(own_program("sandbox", "--port", str(_port_of(settings.bank_url))))
        if prepare(settings):
            children.append(own_program("demo"))
    _require_company(settings)
    _share_memory_arenas()
    parts = _Parts(settings, with_worker)
    server = Server(
        parts.application,
        host=settings.host,
        port=settings.port,
        processes=processes,
        threads=threads,
        started=parts.start,
        stopped=parts.stop,
    )
    print(f"车流 Cheliu: {settings.public_url}/  (Ctrl-C stops)", flush=True)
    try:
        server.run()
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(GRACEFUL_SECONDS)


def _migrate(settings: Settings) -> None:
    database = Database(settings.database_url)
    upgrade(database, vault=settings.vault())
    database.close()


def _require_company(settings: Settings) -> None:
    """Refuse before the server starts, with a sentence, what every page would fail at."""
    database = Database(settings.database_url)
    with database.read() as session:
        the_company(session)
    database.close()


def _share_memory_arenas() -> None:
    """Let threads share two heaps: with one each, what printing PDFs frees in one is of no use to the others."""
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


class _Parts:
    """What a serving process builds after the fork: the house, its pages and its worker."""

    def __init__(self, settings: Settings, with_worker: bool) -> None:
        self._settings = settings
        self._with_worker = with_worker
        self._house: House | None = None
        self._scheduler: Scheduler | None = None
        self._day_ends: DayEnds | None = None

    def application(self) -> WSGIApplication:
        """The pages over a house of this process's own; behind proxies, with the address of who asked them."""
        self._house = house = open_house(self._settings)
        pages = create_app(
            Wiring(
                database=house.database,
                engine=house.engine,
                clock=house.clock,
                vault=house.world.vault,
                files=house.world.files,
                settings=self._settings,
                wake=self._wake,
                bank_answered=lambda event: receive(house, event),
                open_list_change=lambda session, actor: open_list_change(house.engine, session, actor),
                open_line_change=lambda session, actor: open_line_change(house.engine, session, actor),
                open_booking=lambda session, actor, loan_no, kind, answers: open_booking(
                    house.engine, session, actor, loan_no, kind, answers
                ),
                open_data_request=lambda session, actor, customer, kind, channel, wish: open_data_request(
                    house.engine, session, actor, customer, kind, channel, wish
                ),
                open_loan_change=lambda session, actor, loan_no, kind: open_loan_change(
                    house.engine, session, actor, loan_no, kind
                ),
                open_claim_package=lambda session, actor: open_claim_package(house.engine, session, actor),
                open_debt_transfer=lambda session, actor, loan_no: open_debt_transfer(
                    house.engine, session, actor, loan_no
                ),
                open_application=lambda session, actor: open_application(house.engine, session, actor),
                open_intake=lambda session, actor: open_application(
                    house.engine, session, actor, INTAKE_PROCESS
                ),
                open_prepayment=lambda session, actor, loan_no: open_prepayment(
                    house.engine, session, actor, loan_no
                ),
                ask_prepayment=lambda session, customer, loan_no, wish, ground: ask_prepayment(
                    house.engine, session, customer, loan_no, wish, ground
                ),
                open_reconsideration=lambda session, actor, application_no: open_reconsideration(
                    house.engine, session, actor, application_no
                ),
                withdraw_consent=lambda session, actor, consent_id: withdraw_consent(
                    house.engine, session, actor, consent_id
                ),
                dismiss=lambda session, actor, person, successor_id, on: dismiss(
                    house.engine, session, actor, person, successor_id, on
                ),
                contact_rules=house.world.contact_rules,
                run_day_end=self._run_day_end,
                demo_progress=progress,
            )
        )
        trusted = self._settings.proxies
        return ProxyFix(pages, x_for=trusted, x_proto=trusted, x_host=trusted) if trusted else pages

    def start(self) -> None:
        """Begin to work off what is due."""
        if self._with_worker and self._house is not None:
            self._scheduler = start_worker(self._house)
            self._day_ends = DayEnds(self._house)
            self._day_ends.start()

    def stop(self) -> None:
        """Let the running poll end and give the connections back."""
        if self._day_ends is not None:
            self._day_ends.stop()
        if self._scheduler is not None:
            self._scheduler.stop()
        if self._house is not None:
            self._house.close()

    def _run_day_end(self, by: int | None) -> bool:
        return self._day_ends is not None and self._day_ends.ask(by)

    def _wake(self) -> None:
        if self._scheduler is not None:
            self._scheduler.wake()


def own_program(*arguments: str) -> subprocess.Popen[bytes]:
    """A program of our own beside the server, which ends with it even when the server is killed."""
    return subprocess.Popen([sys.executable, "-m", "cheliu.command", *arguments], preexec_fn=_end_with_parent)


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # Ctrl-C reaches the whole group; the server alone decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _port_of(url: str) -> int:
    return urlsplit(url).port or 80
