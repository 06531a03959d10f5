"""Keeps what surrounds a test run from deciding how a test ends."""

from collections.abc import MutableMapping

SETTINGS = ("BANK_SECRET", "BANK_URL", "DATABASE_URL", "HOST", "PORT", "PUBLIC_URL")
OWN_PREFIX = "CHELIU_"
FOR_THE_TESTS = ("CHELIU_CHROMIUM",)


def forget_settings(environment: MutableMapping[str, str]) -> None:
    """Take out what configures the product, so that no test works on the database of whoever runs it."""
    for name in list(environment):
        if name in SETTINGS or (name.startswith(OWN_PREFIX) and name not in FOR_THE_TESTS):
            del environment[name]
