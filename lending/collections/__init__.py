"""Collections: the case of each overdue loan, contacts, promises to pay, letters, who works on it, agencies, reports."""
