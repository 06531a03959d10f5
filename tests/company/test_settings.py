"""What the environment decides."""

import threading
from pathlib import Path

import pytest

from company.key_file import SecretTooShort
from company.settings import SettingInvalid, Settings


def read(tmp_path: Path, **given: str) -> Settings:
    return Settings.from_environment({"CHELIU_HOME": str(tmp_path / "var"), **given})


def test_with_nothing_set_a_home_with_a_private_key_is_made_and_found_again(tmp_path: Path) -> None:
    first, again = read(tmp_path), read(tmp_path)

    assert first == again
    assert first.database_url == f"sqlite:///{tmp_path / 'var' / 'cheliu.db'}"
    assert (tmp_path / "var" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert len(list((tmp_path / "var").iterdir())) == 1


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    found: list[Settings] = []
    starts = [threading.Thread(target=lambda: found.append(read(tmp_path))) for _ in range(8)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()

    assert len(found) == 8
    assert len({settings.secret_keys for settings in found}) == 1


def test_a_key_put_before_the_old_one_seals_and_the_old_still_opens(tmp_path: Path) -> None:
    old, new = "o" * 32, "n" * 32
    sealed = read(tmp_path, CHELIU_SECRET_KEY=old).vault().seal("x")

    vault = read(tmp_path, CHELIU_SECRET_KEY=f"{new},{old}").vault()

    assert vault.open_text(sealed) == "x"
    assert not vault.is_current(sealed)
    assert not (tmp_path / "var" / "secret.key").exists()


def test_the_secrets_of_bank_and_web_follow_from_the_key_and_are_not_shown(tmp_path: Path) -> None:
    settings = read(tmp_path, DATABASE_URL="postgresql://clerk:hunter2@db/cheliu")

    shown = repr(settings)
    assert settings.bank_secret
    assert settings.secret_key not in settings.secret_keys
    for secret in (settings.bank_secret, settings.secret_keys[0].decode(), "hunter2"):
        assert secret not in shown


def test_each_variable_has_its_place(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        PORT="8123",
        HOST="0.0.0.0",
        BANK_URL="http://bank:1",
        BANK_SECRET="s",
        CHELIU_CLOCK_FILE="/clock",
        CHELIU_PROXIES="1",
    )

    assert (settings.port, settings.host, settings.proxies) == (8123, "0.0.0.0", 1)
    assert (settings.bank_url, settings.bank_secret) == ("http://bank:1", "s")
    assert settings.public_url == "http://127.0.0.1:8123"
    assert settings.clock_file == Path("/clock")


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "８０００"])
def test_a_port_that_is_none_is_refused_by_name(tmp_path: Path, port: str) -> None:
    with pytest.raises(SettingInvalid, match="PORT"):
        read(tmp_path, PORT=port)


def test_a_key_that_could_be_guessed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SecretTooShort, match="32"):
        read(tmp_path, CHELIU_SECRET_KEY="secret")
    with pytest.raises(SettingInvalid, match="CHELIU_PROXIES"):
        read(tmp_path, CHELIU_PROXIES="maybe")
