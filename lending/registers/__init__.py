"""The registers (台账): lists over ledger, loans and fund journal, each with its totals and whether they tie."""
