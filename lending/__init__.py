"""The car-loan domain and its store, in the nouns of the trade."""
