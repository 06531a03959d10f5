"""Collections: the case of an overdue loan, contacts, promises to pay, letters, collectors, agencies, reports."""
