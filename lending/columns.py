"""Columns that several tables of lending share."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Enum

from lending.labels import Labelled

LabelledT = TypeVar("LabelledT", bound=Labelled)


def worded(kind: type[LabelledT]) -> Enum:
    """A text column that holds the value of a member of ``kind``; any other text is refused when it is read."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )
