"""Recognising columns by their names, by what the person says, and by the addresses in them (trust case I5)."""

import pytest

from mailer.errors import InvalidError
from mailer.subscribers.importing.columns import FIELDS, MOST_ATTRIBUTES, attribute_name, recognise_columns


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("E-post;Namn", {"address": 0, "name": 1}),
        ("NAMN;EPOST;ORGANISATION;SPRÅK", {"name": 0, "address": 1, "organisation": 2, "language": 3}),
        ("email;name;organization;language", {"address": 0, "name": 1, "organisation": 2, "language": 3}),
        ("Förnamn;Efternamn;E-postadress", {"first_name": 0, "last_name": 1, "address": 2}),
        ("first_name;last name;E-mail address", {"first_name": 0, "last_name": 1, "address": 2}),
        ("Fo\u0308rnamn;Mejl", {"first_name": 0, "address": 1}),
    ],
)
def test_swedish_and_english_names_are_known(header: str, fields: dict[str, int]) -> None:
    columns = recognise_columns(header.split(";"), {})
    assert (columns.fields, columns.attributes, columns.has_header) == (fields, {}, True)


def test_addresses_without_a_header_are_a_list() -> None:
    columns = recognise_columns(["alice@example.org"], {})
    assert (columns.fields, columns.has_header) == ({"address": 0}, False)


def test_columns_without_names_can_be_said_by_number() -> None:
    columns = recognise_columns(["Alice", "alice@example.org"], {"name": "1"})
    assert (columns.fields, columns.has_header) == ({"address": 1, "name": 0}, False)


def test_what_the_person_says_comes_before_what_is_recognised() -> None:
    columns = recognise_columns(["E-post", "Privat e-post", "Namn"], {"address": "privat E-POST"})
    assert columns.fields == {"address": 1, "name": 2}
    assert columns.attributes == {"e_post": 0}


@pytest.mark.parametrize(
    ("first", "mapping", "reason"),
    [
        (["Namn", "Telefon"], {}, "No column of addresses"),
        (["E-post", "Mejl"], {}, "both look like address"),
        (["E-post"], {"address": "Adress"}, "There is no column 'Adress'"),
        (["E-post"], {"colour": "E-post"}, "--map knows no 'colour'"),
        (["Alice", "alice@example.org"], {}, "no column names"),
        (["E-post", *map(str, range(10_000))], {}, f"at most {MOST_ATTRIBUTES}"),
    ],
)
def test_file_that_cannot_be_understood_is_refused_with_what_to_do(
    first: list[str], mapping: dict[str, str], reason: str
) -> None:
    with pytest.raises(InvalidError, match=reason):
        recognise_columns(first, mapping)


def test_further_columns_become_attributes_under_plain_names() -> None:
    columns = recognise_columns(["E-post", "Förvaltning & enhet", "Ort", "ort"], {})
    assert columns.attributes == {"forvaltning_enhet": 1, "ort": 2, "ort_2": 3}


@pytest.mark.parametrize(
    "header", ["__proto__", "id", "constructor", "workspace_id", "Role", "1:a", "--", "中文", *FIELDS]
)
def test_name_that_means_something_elsewhere_gets_a_prefix(header: str) -> None:
    assert attribute_name(header).startswith("column")


def test_attribute_name_is_bounded() -> None:
    assert len(attribute_name("x" * 10_000)) == 40
