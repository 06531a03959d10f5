"""The step of the portal with a customer's own complaint, request and early repayment in the tables, up and down."""

from bare_rows import run, told

from company import migrations
from company.database import Database
from company.vault import Vault

VAULT = Vault(b"k" * 32)
ROWS = (
    "INSERT INTO unit (id, kind, code, name, name_en, path, duties) "
    "VALUES (1, 'company', 'HQ', '公司', 'Company', '/1/', '')",
    "INSERT INTO employee (id, username, name, name_en, unit_id, password_hash, active, "
    "password_is_temporary, language, session_epoch, failed_attempts) "
    "VALUES (7, 'x', '甲', 'X', 1, 'h', true, false, 'zh', 1, 0)",
    "INSERT INTO customer (id, kind, person_key_id, name, identity_sealed, identity_index, identity_last4_index, "
    "phone_sealed, phone_index, phone_last4_index, unit_id, owner_id, created_at) "
    "VALUES (1, 'individual', 1, '张三', :b, :b, :b, :b, :b, :b, 1, 7, '2026-09-01 02:00:00')",
    "INSERT INTO complaint (id, customer_id, way, received_on, decide_by, person_key_id, text_sealed, recorded_by, "
    "recorded_at) VALUES (1, 1, 'phone', '2026-09-01', '2026-09-16', 1, :b, 7, '2026-09-01 02:00:00')",
)
OF_THE_CUSTOMER = (
    "INSERT INTO complaint (id, customer_id, way, received_on, decide_by, person_key_id, text_sealed, recorded_by, "
    "recorded_at) VALUES (2, 1, 'portal', '2026-09-01', '2026-09-16', 1, :b, NULL, '2026-09-01 02:00:00')",
    "INSERT INTO data_subject_request (id, request_no, customer_id, kind, channel, wish, received_on, answer_by) "
    "VALUES (1, 'GR-1', 1, 'access', 'portal', '看', '2026-09-01', '2026-09-22')",
    "INSERT INTO portal_code (id, phone_index, purpose, subject, remote, asked_at, code_hash, tries) "
    "VALUES (1, :b, 'sign_in', '', '1', '2026-09-01 02:00:00', :b, 0)",
    "INSERT INTO portal_session (id, customer_id, phone_index, opened_at, seen_at, remote, browser) "
    "VALUES (1, 1, :b, '2026-09-01 02:00:00', '2026-09-01 02:00:00', '1', 'x')",
    "INSERT INTO portal_act (id, customer_id, kind, reference, at, remote) "
    "VALUES (1, 1, 'sign_in', '', '2026-09-01 02:00:00', '1')",
)


def test_what_customers_did_themselves_is_given_to_who_looks_after_them_on_the_way_down(database_url):
    database = Database(database_url)
    migrations.upgrade(database, "0024", vault=VAULT)
    with database.write() as session:
        VAULT.new_person_key(session)
    run(database, *ROWS)

    migrations.upgrade(database, "0030", vault=VAULT)
    run(database, *OF_THE_CUSTOMER)
    migrations.downgrade(database, "0024", vault=VAULT)
    below = told(database, "SELECT id, way, recorded_by FROM complaint ORDER BY id")
    channel = told(database, "SELECT channel FROM data_subject_request")
    migrations.upgrade(database, vault=VAULT)

    assert below == [(1, "phone", 7), (2, "online", 7)]
    assert channel == [("online",)]
    migrations.require_no_difference(database)
    database.close()
