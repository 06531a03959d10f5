"""The life of a loan as events: what each did to the loan, what it posted, and how its figures come about."""
