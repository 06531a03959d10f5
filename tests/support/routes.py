"""Every route of an application with an address to ask for."""


def addresses(app):
    """Every route and method with an address that fits it, of things that do not exist."""
    for rule in app.url_map.iter_rules():
        given = {
            name: 999_999 if type(converter).__name__ == "IntegerConverter" else "none"
            for name, converter in rule._converters.items()
        }
        _domain, path = rule.build({**(rule.defaults or {}), **given})
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield rule.endpoint, method, path
