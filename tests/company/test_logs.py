"""Logs: readable by machines, and no place for personal data."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from company import logs
from company.database import Database

PRIVATE = ("11010519491231002X", "13812345678", "6222021234567894")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    before = logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    logs.configure(stream=stream)
    yield stream
    logging.root.handlers[:], logging.root.level = before
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_carries_the_request_and_what_was_said(stream: io.StringIO) -> None:
    logs.bind_request("r-1")
    structlog.get_logger("web").info("task completed", task_id=7, 客户="x")

    (line,) = lines(stream)
    assert line["request_id"] == "r-1"
    assert (line["event"], line["task_id"], line["level"], line["客户"]) == ("task completed", 7, "info", "x")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("private", PRIVATE)
def test_identity_phone_and_card_are_blotted_out_wherever_they_hide(
    stream: io.StringIO, private: str
) -> None:
    logger = structlog.get_logger("web")
    logger.warning(f"refused {private}", nested={"field": [private, {private: "key"}]}, plain=private)
    logging.getLogger("library").error("bad value %s", private)
    try:
        raise ValueError(private)
    except ValueError:
        logger.exception("broken")
        logging.getLogger("library").exception("broken")

    assert len(lines(stream)) == 4
    assert private not in stream.getvalue()


def test_numbers_are_blotted_out_too(stream: io.StringIO) -> None:
    structlog.get_logger("web").info("x", phone=13812345678, count=12, done=True, nothing=None)

    (line,) = lines(stream)
    assert (line["phone"], line["count"], line["done"], line["nothing"]) == ("[phone]", 12, True, None)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("138 1234 5678", "[phone]"),
        ("+86-138-1234-5678", "[phone]"),
        ("6222 0212 3456 7894 123", "[card]"),
        ("11010519491231002x", "[identity]"),
        ("APP-310115-2026-000123", "APP-310115-2026-000123"),
        ("CY2026SH1JK000123-7", "CY2026SH1JK000123-7"),
        ("2026-09-01T02:00:00.000000Z", "2026-09-01T02:00:00.000000Z"),
        ("100000.00", "100000.00"),
    ],
)
def test_only_what_looks_private_is_blotted_out(written: str, read: str) -> None:
    assert logs.redact(written) == read


def test_a_failed_statement_does_not_tell_its_values(database_url: str) -> None:
    database = Database(database_url)

    with database.write() as session, pytest.raises(SQLAlchemyError) as failed:
        session.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": "张三丰"})

    assert "张三丰" not in str(failed.value)
    database.close()
