"""Settings: everything that an installation decides, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from company import CompanyError, key_file
from company.vault import Vault

# Without BANK_URL the bank is the sandbox on this machine, so many ports above our own.
SANDBOX_PORT_ABOVE = 90


class SettingInvalid(CompanyError):
    """An environment variable holds what it cannot mean."""

    code = "setting_invalid"
    zh = "环境变量 {name} 的值 {value} 无效，应为 {expected}。"
    en = "The environment variable {name} is {value}; it must be {expected}."


@dataclass(frozen=True)
class Settings:
    """What the environment says. Secrets never appear in its repr.

    ``secret_keys``: newest first; all open what they sealed, the newest seals. ``index_key``: of blind indexes, when
    the key they were made with is out of use. ``clock_file``: a travelling clock.
    ``proxies``: how many trusted proxies stand before the server and write the X-Forwarded headers.
    ``broker_url``: that of RabbitMQ, where workers of other machines do the parts of a day-end (PostgreSQL only).
    """

    home: Path
    database_url: str = field(repr=False)
    secret_keys: tuple[bytes, ...] = field(repr=False)
    index_key: bytes | None = field(default=None, repr=False)
    bank_url: str = "http://127.0.0.1:8090"
    bank_secret: str = field(default="", repr=False)
    has_bank_secret: bool = False
    prices_url: str = "http://127.0.0.1:8090/prices"
    bureau_url: str = "http://127.0.0.1:8090/bureau"
    identity_url: str = "http://127.0.0.1:8090/identity"
    sms_url: str = "http://127.0.0.1:8090/sms"
    fraud_url: str = "http://127.0.0.1:8090/fraud"
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    clock_file: Path | None = None
    proxies: int = 0
    broker_url: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the variables; makes the home folder, and a key file in it when CHELIU_SECRET_KEY is not given.

        Raises :class:`company.key_file.SecretTooShort`, :class:`SettingInvalid`.
        """
        given = os.environ if environment is None else environment
        home = Path(given.get("CHELIU_HOME") or "var").absolute()
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        key_path = home / key_file.NAME
        written = given.get("CHELIU_SECRET_KEY", "").replace(",", "\n") or key_file.text_of(key_path)
        keys = key_file.read(written, key_path)
        port = _port(given.get("PORT") or "8000")
        host = given.get("HOST") or "127.0.0.1"
        clock_file = given.get("CHELIU_CLOCK_FILE")
        bank_url = given.get("BANK_URL") or f"http://127.0.0.1:{port + SANDBOX_PORT_ABOVE}"
        return cls(
            home=home,
            database_url=given.get("DATABASE_URL") or f"sqlite:///{home / 'cheliu.db'}",
            secret_keys=keys.secret,
            index_key=keys.index,
            bank_url=bank_url,
            # Without one of its own it follows from the oldest key, so that a sandbox of the same home knows it.
            bank_secret=given.get("BANK_SECRET") or sha256(b"bank" + keys.secret[-1]).hexdigest(),
            has_bank_secret=bool(given.get("BANK_SECRET")),
            # The sandbox is all outside parties in one: the bank at its root, the others below it.
            bureau_url=given.get("CREDIT_BUREAU_URL") or f"{bank_url.rstrip('/')}/bureau",
            identity_url=given.get("IDENTITY_URL") or f"{bank_url.rstrip('/')}/identity",
            sms_url=given.get("SMS_URL") or f"{bank_url.rstrip('/')}/sms",
            fraud_url=given.get("FRAUD_SCORING_URL") or f"{bank_url.rstrip('/')}/fraud",
            prices_url=given.get("VEHICLE_PRICES_URL") or f"{bank_url.rstrip('/')}/prices",
            public_url=(given.get("PUBLIC_URL") or f"http://127.0.0.1:{port}").rstrip("/"),
            host=host,
            port=port,
            clock_file=Path(clock_file) if clock_file else None,
            proxies=_whole_number(given, "CHELIU_PROXIES"),
            broker_url=given.get("CELERY_BROKER_URL") or None,
        )

    def vault(self) -> Vault:
        """The vault of this installation's keys."""
        return Vault(self.secret_keys[0], retired=self.secret_keys[1:], index_key=self.index_key)

    @property
    def secret_key(self) -> bytes:
        """32 bytes that sign web sessions; they change with the newest key, which ends every session."""
        return sha256(b"web session" + self.secret_keys[0]).digest()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise SettingInvalid(name="PORT", value=text, expected="1-65535")
    return int(text)


def _whole_number(given: Mapping[str, str], name: str) -> int:
    written = given.get(name) or "0"
    if not written.isascii() or not written.isdigit() or int(written) > 9:
        raise SettingInvalid(name=name, value=written, expected="0-9")
    return int(written)
