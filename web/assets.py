"""Finds what Vite built: the address of an entry's scripts and styles, and the icons that templates inline."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

DIST = Path(__file__).parent / "dist"


class FrontEndNotBuilt(Exception):
    """web/dist has no manifest; ``make run`` builds it once at set-up."""


@dataclass(frozen=True)
class Entry:
    """One built entry: its script, and every style sheet it needs, as paths below ``/assets/``."""

    script: str
    styles: tuple[str, ...]


class Assets:
    """The manifest and the icons of one build, read once at start."""

    def __init__(self, dist: Path = DIST) -> None:
        manifest_path = dist / ".vite" / "manifest.json"
        if not manifest_path.is_file():
            raise FrontEndNotBuilt(
                f"{manifest_path} is missing: run `npm ci && npm run build` in web/frontend"
            )
        self._manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
        self._icons = {path.stem: path.read_text(encoding="utf-8") for path in (dist / "icons").glob("*.svg")}

    def entry(self, name: str) -> Entry:
        """The entry built from ``src/<name>.js``."""
        chunk = self._manifest[f"src/{name}.js"]
        styles: list[str] = []
        for key in [*chunk.get("imports", ()), f"src/{name}.js"]:
            styles.extend(self._manifest[key].get("css", ()))
        return Entry(chunk["file"], tuple(dict.fromkeys(styles)))

    def icon(self, name: str) -> Markup:
        """The drawing of a Tabler icon, to stand in the page; hidden from screen readers, the text beside it speaks."""
        return Markup(self._icons[name].replace("<svg", '<svg aria-hidden="true"', 1))
