"""The step of what lies after the pay-out, with rows in its tables, up and down."""

from bare_rows import run, told

from company import migrations
from company.database import Database
from company.vault import Vault

VAULT = Vault(b"k" * 32)
BEFORE = (
    "INSERT INTO revaluation_run (day, valued, unpriced, above, ran_at) "
    "VALUES ('2026-09-01', 3, 1, 0, '2026-09-01 02:00:00')",
    "INSERT INTO bank_receipt (id, receipt_no, event_id, kind, bank_reference, amount, value_date, payer_name, "
    "purpose, status, received_at) VALUES (1, 'DZ-1', 'e', 'receipt', 'B-1', 100, '2026-09-01', 'x', 'y', 'posted', "
    "'2026-09-01 02:00:00')",
)
OF_THE_STEP = (
    "INSERT INTO bank_receipt (id, receipt_no, event_id, kind, bank_reference, amount, value_date, payer_name, "
    "purpose, status, reason, received_at) VALUES (2, 'DZ-2', 'f', 'returned', 'B-2', 100, '2026-09-01', 'x', 'y', "
    "'refused', :b, '2026-09-01 02:00:00')",
    "INSERT INTO postponed_work (id, kind, key, cause, reason, attempts, first_at, last_at, due_at) VALUES "
    "(1, 'callback_begin', 'HF-1', 'KeyError', :b, 1, '2026-09-01 02:00:00', '2026-09-01 02:00:00', "
    "'2026-09-01 02:01:00')",
    "INSERT INTO revaluation_run (day, valued, unpriced, above, ran_at, after_loan, lease_version) "
    "VALUES ('2026-09-02', 0, 0, 0, '2026-09-02 02:00:00', '', 1)",
)


def test_runs_that_stand_are_complete_and_a_refused_return_is_dismissed_on_the_way_down(database_url):
    database = Database(database_url)
    migrations.upgrade(database, "0030", vault=VAULT)
    run(database, *BEFORE)

    migrations.upgrade(database, "0031", vault=VAULT)
    complete = told(database, "SELECT ended_at = ran_at, lease_version FROM revaluation_run")
    run(database, *OF_THE_STEP)
    migrations.downgrade(database, "0030", vault=VAULT)
    below = told(database, "SELECT id, status FROM bank_receipt ORDER BY id")
    migrations.upgrade(database, vault=VAULT)

    assert [(bool(ended), version) for ended, version in complete] == [(True, 1)]
    assert below == [(1, "posted"), (2, "dismissed")]
    assert told(database, "SELECT count(*) FROM postponed_work") == [(0,)]
    migrations.require_no_difference(database)
    database.close()
