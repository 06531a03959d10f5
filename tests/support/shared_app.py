"""The application of the pages, made once and lent to one house after the other.

Binding its routes and compiling its templates takes most of a second, and hundreds of tests ask for one.
"""

import threading
from contextlib import contextmanager

from werkzeug.serving import make_server

from web import live
from web.application import create_app
from web.limits import limiter

_free = []
_served = []


def borrow(wiring):
    """The application, serving ``wiring``, with no request counted and nothing remembered."""
    if not _free:
        return create_app(wiring)
    app = _free.pop()
    app.extensions["cheliu"] = wiring
    app.config["SECRET_KEY"] = wiring.settings.secret_key
    live.prepare(app)
    limiter.reset()
    return app


def give_back(app, database):
    """The house of this database is closed: the next may have its application, unless it has it already."""
    if app.extensions["cheliu"].database is database and app not in (*_free, *_served):
        _free.append(app)


@contextmanager
def served(app):
    """Where a server of this process serves the pages; a page may stay open, so nobody else gets this app."""
    _served.append(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
