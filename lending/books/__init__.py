"""The books beyond the single entry: periods, vouchers, sub-ledgers, financial statements, the chart's upkeep."""
