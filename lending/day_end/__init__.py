"""The day-end: what a business date does to every loan, in parts that each happen once."""
