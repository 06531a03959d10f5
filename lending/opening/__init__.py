"""Taking over a company's existing book: loans that were lent before this system kept them."""
