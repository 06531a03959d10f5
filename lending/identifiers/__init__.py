"""The numbers by which persons, companies, cars and contracts are known, one module a kind.

Each module offers the same verbs: ``compact`` (the stored form), ``validate`` (compact, or a refusal that says what
is wrong) and ``is_valid``. A doubtful but possible number is not refused: the
modules where that happens have ``warnings``, which lists what a person should look at.
"""
