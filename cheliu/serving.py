"""The web server of one machine: gunicorn around the application, with the worker for jobs and timers beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

if TYPE_CHECKING:
    from flask import Flask

GRACEFUL_SECONDS = 10
REQUEST_SECONDS_MAX = 60


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn without a configuration file of its own.

    ``build`` makes the application after the fork, so that no database connection crosses it; ``started`` runs in
    each serving process once it can answer, ``stopped`` when it ends.
    """

    def __init__(
        self,
        build: Callable[[], Flask],
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

    def load(self) -> Flask:
        """The application of this serving process."""
        return self._build()

    def _after_start(self, _worker: Any) -> None:
        self._started()

    def _after_stop(self, _server: Any, _worker: Any) -> None:
        self._stopped()
