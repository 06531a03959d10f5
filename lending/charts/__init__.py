"""The chart of accounts and the lines of the financial statements that a company begins with, as data."""
