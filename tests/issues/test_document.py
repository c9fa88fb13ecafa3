"""Issue documents: every problem is named, the canonical form is stable."""

import json

import pytest

from mailer.errors import InvalidError, Problem
from mailer.issues.document import (
    IssueDocument,
    document_assets,
    document_schema,
    dump_document,
    file_assets,
    image_needs,
    map_assets,
    parse_document,
)
from mailer.issues.problems import refuse_duplicate_keys
from mailer.issues.variants import variant_key
from tests.blocks.stage import THEME, make_document, make_rich_document

TEXT = {"type": "text", "data": {"body": "<p>Hej</p>"}}


def problems_of(raw: object) -> list[Problem]:
    with pytest.raises(InvalidError) as caught:
        parse_document(raw)
    return caught.value.problems


def test_all_problems_are_collected_with_block_and_field() -> None:
    raw = {
        "number": "2016-1",
        "colour": "red",
        "blocks": [
            {"type": "text", "data": {"body": ""}},
            {"type": "poem", "data": {}},
            {"id": "moten", "type": "dates", "data": {"heading": "x" * 81, "rows": [{"date": "2016-11-31"}], "rad": 1}},
            {"type": "text", "v": 2, "hidden_in": ["mail"], "audience": ["Å"], "data": {"body": "Hej"}},
            "hej",
        ],
    }
    found = {(problem.block, problem.field): problem.reason for problem in problems_of(raw)}
    assert found.pop(("b2", "type")).startswith("no such kind; the kinds are greeting, hero")
    assert found == {
        ("", "number"): "write the year and the number in it, for example 2017:1",
        ("", "subject"): "is required",
        ("", "colour"): "no such field",
        ("b1", "body"): "is required",
        ("moten", "heading"): "at most 80 characters",
        ("moten", "rows.0.date"): "write a date that exists, for example 2016-12-06",
        ("moten", "rad"): "no such field",
        ("b3", "v"): "version 1 is the one known here",
        ("b3", "hidden_in.0"): "must be 'email', 'web' or 'text'",
        ("b3", "audience.0"): "the short name of a list: lower-case letters, digits and hyphens",
        ("number 5", ""): "must be an object",
    }


@pytest.mark.parametrize("raw", [None, [], "text", 7])
def test_anything_but_an_object_is_refused(raw: object) -> None:
    assert problems_of(raw) == [Problem("an issue is an object with number, subject and blocks")]


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (20170101, "write a date that exists, for example 2016-12-06"),
        (1483225200.5, "write a date that exists, for example 2016-12-06"),
        (True, "write a date that exists, for example 2016-12-06"),
        ("2017-02-29", "write a date that exists, for example 2016-12-06"),
        ("1989-12-31", "write a date between 1990 and 2100"),
        ("2101-01-01", "write a date between 1990 and 2100"),
        ("0001-01-01", "write a date between 1990 and 2100"),
    ],
)
def test_a_day_that_cannot_be_meant_is_refused_in_words(day: object, reason: str) -> None:
    rows = {"type": "dates", "data": {"heading": "Möten", "rows": [{"date": day}]}}
    assert problems_of({"number": "2017:1", "subject": "x", "date": day, "blocks": [rows]}) == [
        Problem(reason, field="date"),
        Problem(reason, "b1", "rows.0.date"),
    ]


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00+02:00", "9999-12-31T23:59-05:00", "2100-12-31T23:30-05:00", "1989-12-31T12:00"]
)
def test_a_moment_that_cannot_be_meant_is_refused_in_words(moment: str) -> None:
    event = {"type": "event", "data": {"heading": "Möte", "place": "Här", "start": moment}}
    assert problems_of({"number": "2017:1", "subject": "x", "blocks": [event]}) == [
        Problem("write a date between 1990 and 2100", "b1", "start")
    ]


@pytest.mark.parametrize(("start", "clock"), [(1486378800, 12), (1.5, 12.5)])
def test_numbers_in_place_of_times_are_refused_in_words(start: float, clock: float) -> None:
    event = {"type": "event", "data": {"heading": "Möte", "place": "Här", "start": start}}
    dates = {"type": "dates", "data": {"heading": "Möten", "rows": [{"date": "2017-05-03", "start": clock}]}}
    assert problems_of({"number": "2017:1", "subject": "x", "blocks": [event, dates]}) == [
        Problem("write date and time, for example 2016-12-06T12:00+01:00", "b1", "start"),
        Problem("write a time, for example 16:30", "b2", "rows.0.start"),
    ]


def test_a_key_that_stands_twice_is_named() -> None:
    text = '{"number": "2017:1", "blocks": [{"id": "a", "id": "b", "data": {"x": 1, "x": 1}}]}'
    with pytest.raises(InvalidError) as caught:
        json.loads(text, object_pairs_hook=refuse_duplicate_keys)
    assert caught.value.problems == [Problem("stands twice in the same object", field="x")]
    once = '{"a": {"b": [1, {"a": null}]}}'
    assert json.loads(once, object_pairs_hook=refuse_duplicate_keys) == json.loads(once)


def test_what_is_repeated_of_the_input_is_short_and_harmless() -> None:
    long = "\x1b]0;" + "x" * 100_000
    block = TEXT | {"id": long, long: 1}
    for problem in problems_of(
        {"number": "2017:1", "subject": "x", "blocks": [block, TEXT | {"id": "a" * 41, "v": 2}]}
    ):
        assert len(str(problem)) < 200
        assert str(problem).isprintable()


def test_missing_ids_are_the_first_free_names() -> None:
    document = make_document([TEXT, TEXT | {"id": "b1"}, TEXT, TEXT | {"id": "01JABC"}])
    assert [block.id for block in document.blocks] == ["b2", "b1", "b3", "01JABC"]


def test_ids_must_be_distinct() -> None:
    raw = {"number": "2017:1", "subject": "x", "blocks": [TEXT | {"id": "a"}, TEXT | {"id": "a"}]}
    assert problems_of(raw) == [Problem("blocks with the same id: a")]


def test_too_many_blocks_and_too_large_documents_are_refused() -> None:
    base = {"number": "2017:1", "subject": "x"}
    assert problems_of(base | {"blocks": [TEXT] * 101}) == [Problem("at most 100 entries", field="blocks")]
    assert problems_of(base | {"blocks": [{"type": "text", "data": {"body": "å" * 600_000}}]})[0].reason.startswith(
        "the issue is larger than"
    )


def test_a_value_that_holds_itself_is_refused() -> None:
    raw: dict[str, object] = {"number": "2017:1"}
    raw["blocks"] = [raw]
    assert problems_of(raw) == [Problem("the issue is nested too deep, or holds itself")]


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_dump_and_parse_return_the_same_document(lang: str) -> None:
    document = make_rich_document(lang)
    assert parse_document(dump_document(document)) == document
    assert dump_document(parse_document(dump_document(document))) == dump_document(document)


def test_title_follows_the_language() -> None:
    assert make_document().title == "Nyhetsbrev"
    assert make_document(lang="en").title == "Newsletter"
    assert make_document(title="Rundbrev").title == "Rundbrev"


def test_lines_are_cleaned_before_they_are_measured() -> None:
    document = make_document(subject=" Ny\u00adheter \t fra\u030an \u202eoss\u202c ", title=" Rund\n brev")
    assert (document.subject, document.title) == ("Nyheter från oss", "Rund brev")


@pytest.mark.parametrize("field", ["subject", "preheader"])
@pytest.mark.parametrize(
    "text",
    ["a\r\nBcc: b@example.org", "a\n", "a\rb", "a\0b", "a\u2028b", "a\u2029b", "a\x85b", "a\x0bb", "a\x0cb", "a\x1bb"],
)
def test_lines_of_the_mails_header_are_refused_with_breaks_or_controls_in_them(field: str, text: str) -> None:
    reason = "write it on one line, without line breaks and control characters"
    assert problems_of({"number": "2017:1", "subject": "x", field: text}) == [Problem(reason, field=field)]


def test_schema_has_a_branch_for_every_kind() -> None:
    schema = document_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    branches = [
        schema["$defs"][ref["$ref"].rpartition("/")[2]] for ref in schema["properties"]["blocks"]["items"]["oneOf"]
    ]
    assert {branch["properties"]["type"]["const"] for branch in branches} >= {"event", "dates", "greeting"}
    for branch in branches:
        assert branch["additionalProperties"] is False
        assert branch["properties"]["data"]["additionalProperties"] is False


def test_assets_are_found_and_mapped() -> None:
    logo = {"name": "A", "logo": {"asset": "a.png", "alt": "A"}}
    document = make_document(
        [
            {"type": "hero", "data": {"image": {"asset": "hus.jpg", "alt": "Hus"}}},
            {"type": "partners", "data": {"heading": "Parter", "layout": "logos", "rows": [logo]}},
            {"type": "file", "data": {"asset": "plan.pdf", "title": "Planen"}},
        ]
    )
    assert document_assets(document) == [
        ("b1", "image.asset", "hus.jpg"),
        ("b2", "rows.0.logo.asset", "a.png"),
        ("b3", "asset", "plan.pdf"),
    ]
    assert file_assets(document) == ["plan.pdf"]
    mapped = map_assets(document, {"hus.jpg": "f" * 64, "plan.pdf": "e" * 64})
    assert [asset for _, _, asset in document_assets(mapped)] == ["f" * 64, "a.png", "e" * 64]
    assert map_assets(mapped, {"f" * 64: "hus.jpg", "e" * 64: "plan.pdf"}) == document


def test_image_needs_are_twice_the_shown_size_and_the_logo_comes_first() -> None:
    hero = {"type": "hero", "data": {"image": {"asset": "hus.jpg", "alt": "Hus", "focus": [0.2, 0.4]}}}
    needs = image_needs(make_document([hero, hero]), THEME)
    assert [(need.asset, need.width, need.height) for need in needs] == [
        ("logotyp.png", 360, 0),
        ("hus.jpg", 1200, 580),
    ]
    assert needs[1].focus == (0.2, 0.4)


def test_asset_names_cannot_leave_their_folder() -> None:
    for name in ("../hemligt.jpg", "/etc/passwd", ".gömd", "a\\b"):
        raw = {"number": "2017:1", "subject": "x", "blocks": [{"type": "file", "data": {"asset": name, "title": "x"}}]}
        assert "file name without folders" in problems_of(raw)[0].reason


@pytest.mark.parametrize(
    ("block", "is_empty"),
    [
        (TEXT, (False, False)),
        (TEXT | {"audience": ["parter"]}, (True, False)),
        (TEXT | {"hidden_in": ["email"]}, (True, True)),
        (TEXT | {"hidden_in": ["text", "web"]}, (False, False)),
        ({"type": "divider", "data": {}}, (True, True)),
    ],
)
def test_an_issue_is_empty_for_those_whose_mail_would_only_greet_them(
    block: dict[str, object], is_empty: tuple[bool, bool]
) -> None:
    furniture = [{"type": "greeting", "data": {"template": "Hej!"}}, {"type": "toc", "data": {}}]
    document = make_document([*furniture, block])
    assert (document.is_empty_for(frozenset()), document.is_empty_for(frozenset({"parter"}))) == is_empty
    assert make_document().is_empty_for(frozenset())


def audiences_of(document: IssueDocument) -> list[tuple[str, ...]]:
    return [block.audience for block in document.blocks]


def test_variant_key_says_which_audience_blocks_are_seen() -> None:
    blocks = [TEXT, *(TEXT | {"audience": names} for names in (["parter"], ["alla", "parter"], ["styrelsen"]))]
    document = make_document(blocks)
    assert variant_key(audiences_of(document), ["parter"]) == "110"
    assert variant_key(audiences_of(document), {"styrelsen", "alla"}) == "011"
    assert variant_key(audiences_of(document), []) == "000"
    assert variant_key(audiences_of(make_document([TEXT])), ["parter"]) == ""
