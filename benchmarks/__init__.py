"""Figures of the product beside a reference measured in the same run; each result is one line of JSON."""
