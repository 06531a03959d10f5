"""Customers and dealers: found without being opened, and nothing of them readable in the database."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from lending import customers, dealers, queries
from lending.identifiers.errors import IdentifierRefused

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
IDENTITY, PHONE, CARD = "11010519491231002X", "13812345678", "6222021234567894"


def register(session, house, **facts):
    usual = {
        "name": "林晓芸",
        "identity": IDENTITY,
        "phone": PHONE,
        "address": "上海市浦东新区测试路1号",
        "card": CARD,
        "unit_id": house.unit_id,
        "owner_id": house.maker_id,
        "now": NOW,
    }
    return customers.register(session, house.vault, **(usual | facts))


def test_a_person_is_one_customer_however_often_registered(house):
    with house.database.write() as session:
        first = register(session, house)

        again = register(session, house, identity="11010519491231002x ", phone="13900000000", card=None)

        assert again.id == first.id
        assert customers.phone_of(session, house.vault, again) == "13900000000"
        assert customers.card_of(session, house.vault, again) == CARD
        assert customers.find_by_phone(session, house.vault, PHONE) == []


def test_a_customer_is_found_by_the_whole_and_by_the_last_four(house):
    with house.database.write() as session:
        made = register(session, house)

        assert customers.find_by_identity(session, house.vault, IDENTITY) is made
        assert customers.find_by_phone(session, house.vault, "+86 138 1234 5678") == [made]
        assert customers.find_by_last_four(session, house.vault, "identity", "002x") == [made]
        assert customers.find_by_last_four(session, house.vault, "phone", "5678") == [made]
        assert customers.find_by_last_four(session, house.vault, "card", "7894") == [made]
        assert customers.find_by_last_four(session, house.vault, "card", "5678") == []


def test_an_identity_number_under_another_name_is_refused(house):
    with house.database.write() as session:
        register(session, house)

        with pytest.raises(customers.CustomerNameDiffers) as refused:
            register(session, house, name="林小云")

        assert "林晓芸" not in refused.value.text("zh")


@pytest.mark.parametrize("facts", [{"identity": "110105194912310021"}, {"phone": "12345"}, {"card": "1"}])
def test_malformed_numbers_are_refused(house, facts):
    with house.database.write() as session, pytest.raises(IdentifierRefused):
        register(session, house, **facts)


def test_no_number_is_readable_in_the_store(house, tmp_path):
    with house.database.write() as session:
        register(session, house)

    with house.database.read() as session:
        stored = repr([list(row) for row in session.execute(text("SELECT * FROM customer"))])
        stored += repr([list(row) for row in session.execute(text("SELECT * FROM dealer"))])
    files = b"".join(path.read_bytes() for path in tmp_path.glob("cheliu.db*"))
    for secret in (IDENTITY, PHONE, CARD, "测试路1号", "31050161393600001234"):
        assert secret not in stored
        assert secret.encode() not in files


def test_pages_see_numbers_with_their_middles_hidden(house):
    with house.database.write() as session:
        shown = queries.masked_customer(session, house.vault, register(session, house))

        assert shown.identity == "110105********002X"
        assert shown.phone == "138****5678"
        assert shown.card == "6222 **** **** 7894"
        assert "测试路" not in shown.address


def test_a_dealer_off_the_list_is_not_paid(house):
    with house.database.write() as session:
        dealer = dealers.get(session, house.dealer_id)
        dealer.active = False

        assert dealers.listed(session) == []
        with pytest.raises(dealers.DealerNotActive):
            dealers.check_payee(
                house.vault, dealer, payee_name=dealer.payee_name, account="31050161393600001234"
            )
