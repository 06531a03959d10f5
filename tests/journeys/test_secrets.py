"""Identity and phone numbers, addresses and accounts lie nowhere in clear: not in the database, the logs, the files."""

import pytest
from loan_road import SHANGHAI, Applicant, Road
from staff import Paper
from staff_http import HttpStaff

WRONG = {"identity_no": "310104199003074511", "mobile": "13800138000000"}


@pytest.fixture
def staff(on_sqlite):
    """People on the SQLite installation, so that its file can be read through."""
    return HttpStaff(on_sqlite)


def test_no_clear_number_is_left_behind_by_a_loan(staff, draw):
    installation = staff.installation
    applicant = Applicant(draw)
    way = Road(staff, applicant).open()
    staff.fill(applicant.answers(SHANGHAI))
    staff.leave_and_return()
    staff.fill(applicant.answers(SHANGHAI) | WRONG)
    assert not staff.submit().done
    staff.fill(applicant.answers(SHANGHAI) | {"doc_bank_statement": Paper("empty.pdf", b"")})
    assert not staff.submit().done
    way.enter().review_l1().make_contracts().register()
    staff.set_bank(lose_answer_every=1)
    way.release()
    staff.sign_in("admin")
    staff.await_page(
        lambda: staff.bank_page(),
        lambda sheet: sheet.rows(holding="succeeded"),
        "a payment has reached the bank",
    )
    staff.set_bank()
    staff.sign_in("finance_maker")
    staff.await_active(way.key, meanwhile=lambda: installation.travel(seconds=900))

    kept = everything_kept(installation)

    assert contains(kept, applicant.person.name), "the search finds nothing at all: the name is kept in clear"
    person = applicant.person
    secrets = (person.identity_no, person.mobile, person.address, way.payee["payee_account"], *WRONG.values())
    assert {secret: contains(kept, secret) for secret in secrets} == {secret: [] for secret in secrets}


def everything_kept(installation):
    """All bytes the server keeps: the database with its log of writes, what it has printed, the file store."""
    bank = {installation.bank_log.name, "sandbox-bank.db", "sandbox-bank.db-wal", "sandbox-bank.db-shm"}
    paths = [path for path in installation.home.rglob("*") if path.is_file() and path.name not in bank]
    return {str(path.relative_to(installation.home)): path.read_bytes() for path in paths}


def contains(kept, text):
    """The files that hold the text, whichever way it may be written."""
    forms = {
        text.encode(),
        text.encode("utf-16-le"),
        text.encode("unicode_escape"),
        text.encode().hex().encode(),
    }
    return sorted(name for name, data in kept.items() if any(form in data for form in forms))
