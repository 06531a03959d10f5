"""The bank side: statements read in, and the daily reconciliation of statement, fund journal and ledger."""
