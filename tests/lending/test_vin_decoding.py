"""What a VIN says: maker, country and model year, from the tables of ISO 3780 and ISO 3779."""

import csv
from pathlib import Path

import pytest

from lending.identifiers import vin, vin_decoding
from lending.identifiers.vin_decoding import decode, model_year

TABLE = Path(vin_decoding.__file__).parent / "wmi.csv"


@pytest.mark.parametrize(
    ("number", "maker", "country", "year"),
    [
        ("LSVAM4187C2184847", "SAIC Volkswagen", "China", 2012),
        ("LGXCE6CB4P0123456", "BYD Auto", "China", 2023),
        ("LRW3E7FA1MC123456", "Tesla (Shanghai)", "China", 2021),
        ("HLXCE6CB4P0123456", "Li Auto", "China", 2023),
        ("WBA3A5C58DF123456", "BMW", "Germany", 2013),
        ("1M8GDM9AXKP042788", None, "United States", 2019),
        ("JTHBK1GG1E2123456", "Lexus", "Japan", 2014),
        ("93YADC1L6E0000001", None, "Brazil", 2014),
    ],
)
def test_maker_country_and_model_year_are_read_off_a_vin(number, maker, country, year):
    told = decode(number, latest_year=2027)

    assert (told.maker and told.maker.en, told.country and told.country.en, told.model_year) == (
        maker,
        country,
        year,
    )


def test_the_sign_of_a_year_comes_again_after_thirty_years_and_some_signs_are_none():
    assert [model_year("A", latest_year=year) for year in (2009, 2010, 2039, 2040)] == [
        1980,
        2010,
        2010,
        2040,
    ]
    assert [model_year(sign, latest_year=2027) for sign in "IOQUZ0"] == [None] * 6
    assert model_year("9", latest_year=2027) == 2009


def test_a_maker_of_few_cars_is_told_as_such_and_a_malformed_vin_refused():
    assert decode("LA9AAAAA0P0000001", latest_year=2027).small_maker
    with pytest.raises(vin.VinForm):
        decode("LGXCE6CB4P012345O", latest_year=2027)


def test_the_table_of_makers_holds_each_once_in_both_languages():
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert len({row["wmi"] for row in rows}) == len(rows) > 60
    assert all(len(row["wmi"]) == 3 and row["zh"] and row["en"] for row in rows)
    assert all(decode(row["wmi"] + "CE6CB4P0123456", latest_year=2027).country for row in rows)
