"""Pure calculation of loans: conventions, due dates, schedules and the annualised cost; no database, no float."""
