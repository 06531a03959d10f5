"""All registers by their code, in the order in which they are offered."""

from __future__ import annotations

from lending.registers import balances, cash, categories, disbursed, overdue, provided, received
from lending.registers.shape import Register

REGISTERS: dict[str, Register] = {
    register.code: register
    for register in (
        disbursed.REGISTER,
        received.REGISTER,
        balances.REGISTER,
        overdue.REGISTER,
        categories.REGISTER,
        cash.REGISTER,
        provided.REGISTER,
    )
}
