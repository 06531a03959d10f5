"""The papers of the demo cases: one page a kind that says that it is a specimen."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import typst

from company.files import FileStore
from forms.files import HEAD_BYTES, Upload
from lending.printing.coverage import fonts

_TEMPLATE = Path(__file__).parent / "specimen.typ"


@cache
def _specimen(title: str) -> bytes:
    compiled = typst.compile(
        _TEMPLATE,
        root=_TEMPLATE.parent,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"title": title},
        format="pdf",
        timestamp=0,
    )
    if not isinstance(compiled, bytes):
        raise TypeError("typst gave no single PDF")
    return compiled


def upload(files: FileStore, title: str) -> Upload:
    """A specimen titled ``title``, put into the file store as an upload."""
    data = _specimen(title)
    stored = files.put(data)
    return Upload(f"{title}.pdf", stored.size, stored.sha256, data[:HEAD_BYTES])
