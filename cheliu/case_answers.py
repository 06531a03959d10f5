"""What a step of a case answers: samples laid under it, files stored."""

from __future__ import annotations

import json
from typing import Any

from cheliu.wiring import PROCESSES, House
from forms.files import HEAD_BYTES, Upload

_FILE = "file:"
_PDF = b"%PDF-1.7\n% a document of a process case\n"


def answers(written: dict[str, Any]) -> dict[str, Any]:
    """The answers of a step; ``sample`` names a set of processes/samples.json that they are laid over."""
    given = dict(written)
    sample = given.pop("sample", None)
    if sample is None:
        return given
    samples = json.loads((PROCESSES / "samples.json").read_text())
    laid = {**samples[sample], **given}
    return {name: value for name, value in laid.items() if value is not None}


def with_files(house: House, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[Upload]]]:
    """The answers with each ``file:NAME`` stored as a document; the uploads by reference."""
    files: dict[str, list[Upload]] = {}
    for name, value in given.items():
        if isinstance(value, str) and value.startswith(_FILE):
            data = _PDF + name.encode()
            stored = house.world.files.put(data)
            reference = f"files::{name}"
            files[reference] = [
                Upload(value.removeprefix(_FILE), stored.size, stored.sha256, data[:HEAD_BYTES])
            ]
    return {**given, **{reference.removeprefix("files::"): reference for reference in files}}, files
