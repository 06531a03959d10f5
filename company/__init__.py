"""What engine and lending both stand on: database, clock, people, parameters, audit, outbox."""

from __future__ import annotations

from company.messages import Refusal


class CompanyError(Refusal):
    """Root of every rule that the company's own records keep: people, calendar, parameters, sealed values."""


__all__ = ["CompanyError"]
