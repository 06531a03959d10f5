"""What every template can call: languages, displays, icons, built files, the person at the page and the navigation."""

from __future__ import annotations

from flask import Flask, Response, send_from_directory

from web import display
from web.assets import DIST, Assets
from web.bookings import booked
from web.language import current, named, translate
from web.status import status_colour
from web.telling import told


def prepare(app: Flask, assets: Assets) -> None:
    """Give the templates of ``app`` their words and serve the built files below ``/assets/``."""

    def scripts(*names: str) -> list[str]:
        return [assets.entry(name).script for name in names]

    def styles(*names: str) -> list[str]:
        return list(dict.fromkeys(style for name in names for style in assets.entry(name).styles))

    @app.get("/assets/<path:path>", endpoint="assets")
    def asset(path: str) -> Response:
        return send_from_directory(DIST, path)

    app.jinja_env.globals.update(
        _=translate,
        language=current,
        named=named,
        icon=assets.icon,
        scripts=scripts,
        styles=styles,
        initial=display.initial,
        status_colour=status_colour,
        told=told,
    )
    app.jinja_env.filters.update(
        yuan=display.yuan,
        device=display.device,
        percent=display.percent,
        day=display.day,
        moment=display.moment,
        yes_no=display.yes_no,
        counted=display.counted,
        booked=booked,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
