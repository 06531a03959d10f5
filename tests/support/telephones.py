"""The telephones of the customers: an SMS gateway that keeps what each number was sent, for its owner to read."""

import json
import re
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from staff import PATIENCE_SECONDS, PAUSE_SECONDS, NeverCame

CODE = re.compile(r"验证码(\d{6})")
LINK = re.compile(r"(/callback/[\w-]+)")


class Telephones:
    """Every text by the number it went to, in order; ``address`` is where the product sends them."""

    def __init__(self, address):
        self.address = address
        self.texts = []

    def found(self, pattern, mobile):
        """What the texts to a number hold of a pattern, in order: codes, links."""
        return [each for to, text in self.texts if to == mobile for each in pattern.findall(text)]

    def next(self, pattern, mobile, known):
        """The newest code or link of a number once it has been sent more than the ``known`` ones."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(found := self.found(pattern, mobile)) <= len(known):
            if time.monotonic() > deadline:
                raise NeverCame(f"a text for {mobile}; {len(self.texts)} texts went out")
            time.sleep(PAUSE_SECONDS)
        return found[-1]


@contextmanager
def telephones():
    """A gateway that takes every text, on a port of its own."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.texts.append((asked["mobile"], asked["text"]))
            body = json.dumps({"request_id": asked["request_id"], "status": "accepted"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    found = Telephones(f"http://127.0.0.1:{server.server_port}/sms")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
