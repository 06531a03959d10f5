"""The command of the product and its only wiring: settings, database, engine, handlers, forms, web."""
