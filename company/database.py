"""The database: one declarative base, exact column types, and one transaction a command on SQLite and PostgreSQL."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    LargeBinary,
    MetaData,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from company import tagged

_NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

IDS_END = 2**31
"""No id and no number of a row reaches it; a query for more would be an error of the database."""

# A reader that came to write would wait for, or fail at, the lock that the writers queue for.
_READING_SQLITE = {"cheliu_read": True}
_READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_MIGRATION_LOCK = 0x6D696772  # any number, the same in every process


class WriteInsideWrite(RuntimeError):
    """A command began inside another of the same thread: it would wait for itself, or commit half of the other.

    Pass the session of the outer command on instead.
    """


class Base(DeclarativeBase):
    """The base of every table of the house."""

    metadata = MetaData(naming_convention=_NAMING)


class Fen(TypeDecorator[Decimal]):
    """Money: Decimal yuan in Python, integer fen in the database; an amount that is not exact to the fen is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Yuan to fen."""
        if value is None:
            return None
        fen = value * 100
        if fen != fen.to_integral_value():
            raise ValueError(f"{value} yuan is not exact to the fen")
        return int(fen)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Fen to yuan, always with two decimals."""
        return None if value is None else Decimal(value).scaleb(-2)


class Rate(TypeDecorator[Decimal]):
    """A fraction a year (0.0588), exact to eight decimals, stored as an integer of 1e-8."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Fraction to 1e-8 units."""
        if value is None:
            return None
        units = value.scaleb(8)
        if units != units.to_integral_value():
            raise ValueError(f"the rate {value} has more than eight decimals")
        return int(units)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """1e-8 units to a normalised fraction."""
        return None if value is None else Decimal(value).scaleb(-8).normalize() + Decimal(0)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps it without the zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must be aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Tagged(TypeDecorator[Any]):
    """Any plain value as tagged JSON (:mod:`company.tagged`)."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Encode; None stays NULL."""
        return None if value is None else tagged.dumps(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        """Decode."""
        return None if value is None else tagged.loads(value)


class Database:
    """One database and the two ways to use it: :meth:`read` and :meth:`write`; :meth:`together` makes many writes one.

    On SQLite all writers, of all processes on the machine, queue at one file lock and begin with BEGIN IMMEDIATE, so
    that none starves and none fails with a lock error; on PostgreSQL the server orders them.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = make_url(url)
        if self.url.drivername in ("postgresql", "postgres"):
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._thread_lock = threading.Lock()
        self._here = threading.local()
        self._lock_path: Path | None = None
        self._listeners: list[Callable[[], None]] = []
        if self.is_sqlite:
            if not self.url.database or self.url.database == ":memory:":
                raise ValueError("SQLite needs a file: sqlite:///path/to/cheliu.db")
            self._lock_path = Path(f"{self.url.database}.lock")
            self.engine = create_engine(
                self.url, connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = create_engine(
                self.url,
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_pre_ping=True,
                hide_parameters=True,  # an error's text goes to the log, the values of the statement must not
            )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after each committed write of this process: it wakes the poll for jobs."""
        self._listeners.append(listener)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one snapshot that cannot write: a statement that tries is the database's own error.

        What was loaded stays readable. Within :meth:`together` it sees what the commands before it have done.
        """
        if self._shared is not None:
            with self._sessions(bind=self._shared, join_transaction_mode="rollback_only") as session:
                yield session
            return
        with self._sessions() as session:
            session.connection(execution_options=_READING_SQLITE if self.is_sqlite else _READING)
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One command: commits at the end of the block, or rolls everything back if it raises.

        Beginning another one inside the block, on the same thread, is :class:`WriteInsideWrite`.
        """
        if self._shared is not None:
            with self._writing(), self._savepoint(self._shared) as session:
                yield session
            return
        with self._writer_turn(), self._sessions() as session:
            session.connection(execution_options={"cheliu_write": True})
            yield from _whole(session)
        self._tell()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All commands of this thread inside the block commit together at its end, or none of them does.

        Each still takes back what it did when it raises. Nobody else sees any of them before the end, and on SQLite
        every other writer waits for it.
        """
        with self._writer_turn(), self.engine.connect() as connection:
            connection = connection.execution_options(cheliu_write=True)
            with connection.begin():
                self._here.writes, self._here.shared = False, connection
                try:
                    yield
                finally:
                    self._here.shared = None
        self._tell()

    @property
    def is_together(self) -> bool:
        """Whether the commands of this thread wait for the end of :meth:`together`."""
        return self._shared is not None

    @property
    def _shared(self) -> Connection | None:
        return getattr(self._here, "shared", None)

    @contextmanager
    def _savepoint(self, connection: Connection) -> Iterator[Session]:
        with self._sessions(bind=connection, join_transaction_mode="create_savepoint") as session:
            yield from _whole(session)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """The transaction of a migration: on SQLite foreign keys rest while tables are rebuilt, checked before commit.

        A row left pointing nowhere raises ValueError, and nothing has changed.
        """
        with self._writer_turn(), self.engine.connect() as connection:
            connection = connection.execution_options(cheliu_write=True)
            if self.is_sqlite:
                _switch_foreign_keys(connection, on=False)
            try:
                with connection.begin():
                    if not self.is_sqlite:  # two servers that start at once migrate one after the other
                        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
                    yield connection
                    if self.is_sqlite and (
                        lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    ):
                        raise ValueError(f"the migration leaves rows that point nowhere: {lost[:5]}")
            finally:
                if self.is_sqlite:
                    _switch_foreign_keys(connection, on=True)

    @contextmanager
    def _writer_turn(self) -> Iterator[None]:
        if self._shared is not None:
            raise WriteInsideWrite(
                "what has a transaction of its own cannot begin among commands that have one"
            )
        with self._writing():
            if self._lock_path is None:
                yield
                return
            with self._thread_lock, self._lock_path.open("a") as lock_file:
                fcntl.flock(lock_file, fcntl.LOCK_EX)
                yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if getattr(self._here, "writes", False):
            raise WriteInsideWrite("a write began inside a write of the same thread; pass its session on")
        self._here.writes = True
        try:
            yield
        finally:
            self._here.writes = False

    def durability(self) -> dict[str, str]:
        """The settings that decide whether a commit survives a power cut, as the database itself reports them."""
        names = (
            ("journal_mode", "synchronous")
            if self.is_sqlite
            else ("fsync", "synchronous_commit", "wal_level")
        )
        verb = "PRAGMA" if self.is_sqlite else "SHOW"
        with self.engine.connect() as connection:
            return {name: str(connection.execute(text(f"{verb} {name}")).scalar()) for name in names}

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _whole(session: Session) -> Iterator[Session]:
    """Commit what is done with the session, or take all of it back."""
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _switch_foreign_keys(connection: Connection, *, on: bool) -> None:
    """SQLite ignores the switch inside a transaction, so it goes to the driver before one begins."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    reads_only = options.get("cheliu_read", False)
    if connection.info.get("reads_only", False) != reads_only:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reads_only else 'OFF'}")
        connection.info["reads_only"] = reads_only
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("cheliu_write", False) else "BEGIN")
