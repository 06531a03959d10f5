"""Files that came with a form become documents of the case: the answer ``doc_<kind>`` is a document of that kind.

``doc_<kind>__<place>`` is the document of the party in that place (:class:`lending.parties.PartyPlace`).
"""

from __future__ import annotations

from engine.topics import Call
from lending import documents
from lending.documents import DocumentKind, StoredDocument
from lending.parties import PartyPlace

_PREFIX = "doc_"


def attach_all(call: Call, *, to: str | None = None) -> None:
    """Attach every file among the answers so far; one that is the newest of its kind already stays as it is.

    ``to``: the application they belong to, where the case has a number of its own.
    """
    for key, answer in call.data.items():
        if key.startswith(_PREFIX) and isinstance(answer, list):
            kind, _separator, place = key.removeprefix(_PREFIX).partition("__")
            for file in answer:
                documents.attach(
                    call.session,
                    to or call.business_key,
                    DocumentKind(kind),
                    file["filename"],
                    StoredDocument(file["sha256"], file["size"], file["media_type"]),
                    by=call.actor.employee_id,
                    now=call.clock_now,
                    place=PartyPlace(place).value if place else "",
                )
