"""Rules of single kinds: what they refuse, what they derive."""

import re
from datetime import date
from typing import Any

import pytest

from mailer.blocks.kinds.poll import Poll
from mailer.errors import InvalidError
from mailer.i18n import sort_key
from tests.blocks.stage import compose, compose_block, make_document

EVENT = {"heading": "Möte", "start": "2016-12-06T12:00+01:00", "place": "Exempelgården"}


def problems_of(kind: str, data: object) -> list[str]:
    with pytest.raises(InvalidError) as caught:
        make_document([{"type": kind, "data": data}])
    return [f"{problem.field}: {problem.reason}" for problem in caught.value.problems]


def test_event_needs_a_start_or_a_word_about_it() -> None:
    assert problems_of("event", {"heading": "Möte", "place": "Här"}) == [
        "data: give a start, or in words when it is meant to be (tentative)"
    ]


@pytest.mark.parametrize("end", ["2016-12-06T11:00+01:00", "2016-12-06T12:00+01:00"])
def test_event_cannot_end_before_or_as_it_starts(end: str) -> None:
    assert problems_of("event", EVENT | {"end": end}) == ["data: the end must come after the start"]


def test_event_takes_registrations_up_to_its_day_at_the_latest() -> None:
    assert problems_of("event", EVENT | {"rsvp_deadline": "2016-12-07"}) == [
        "data: the rsvp_deadline must not come after the start"
    ]
    make_document([{"type": "event", "data": EVENT | {"rsvp_deadline": "2016-12-06"}}])


def test_event_needs_a_place_unless_it_is_online() -> None:
    assert problems_of("event", {"heading": "Möte", "tentative": "i maj"}) == ["data: give a place, or an online_url"]


def test_event_takes_one_way_to_sign_up() -> None:
    both = {"email": "anmalan@example.org", "url": "https://example.org/"}
    assert problems_of("event", EVENT | {"rsvp_to": both}) == ["rsvp_to: give an email or a url to sign up at"]


def test_event_keeps_a_link_for_participants_out_of_the_mail() -> None:
    composed = compose_block("event", EVENT | {"online_url": "https://mote.example.org/hemligt"})
    assert "hemligt" not in composed.html + composed.text + composed.web
    assert "Länken kommer med bekräftelsen." in composed.text


def test_cancelled_event_says_so_and_takes_no_sign_ups() -> None:
    composed = compose_block("event", EVENT | {"cancelled": True, "rsvp_to": {"email": "anmalan@example.org"}})
    for form in (composed.html, composed.text, composed.web):
        assert "Inställt" in form
        assert "anmalan@example.org" not in form


def test_event_facts_are_a_data_table_with_row_headers() -> None:
    html = compose_block("event", EVENT).html
    table = html[html.rindex("<table", 0, html.index(">Tid</th>")) :]
    assert 'role="presentation"' not in table[: table.index(">")]
    assert re.search(r'<th scope="row"[^>]*>Plats</th>', html)


def test_event_times_are_shown_in_swedish_time_whatever_the_offset() -> None:
    assert (
        "kl. 12.00–16.30"
        in compose_block("event", EVENT | {"start": "2016-12-06T11:00Z", "end": "2016-12-06T15:30Z"}).text
    )


def test_event_button_writes_a_mail_with_its_subject() -> None:
    html = compose_block("event", EVENT | {"rsvp_to": {"email": "anmalan@example.org"}}).html
    assert 'href="mailto:anmalan@example.org?subject=Anm%C3%A4lan%3A%20M%C3%B6te"' in html


def test_dates_are_put_in_order() -> None:
    rows = [{"date": "2017-09-28"}, {"date": "2017-05-11", "start": "13:00"}, {"date": "2017-05-11", "start": "9:00"}]
    text = compose_block("dates", {"heading": "Möten", "rows": rows}).text
    assert re.findall(r"^- (.*)$", text, re.MULTILINE) == [
        "torsdag 11 maj 2017: 09.00",
        "torsdag 11 maj 2017: 13.00",
        "torsdag 28 september 2017",
    ]


def test_a_date_that_does_not_exist_is_named_with_its_row() -> None:
    rows = [{"date": "2016-11-30"}, {"date": "2016-11-31"}]
    assert problems_of("dates", {"heading": "Möten", "rows": rows}) == [
        "rows.1.date: write a date that exists, for example 2016-12-06"
    ]


def test_call_closes_at_the_end_of_a_day_without_a_time() -> None:
    data = {"heading": "Sök", "body": "<p>Nu.</p>", "deadline": "2016-11-30", "url": "https://example.org/sok"}
    composed = compose_block("call", data)
    assert 'data-closes="2016-11-30T23:59+01:00"' in composed.web
    assert "Sista ansökningsdag: onsdag 30 november 2016\n" in composed.text


@pytest.mark.parametrize("typed", ['"Ord"', "”Ord”", "Ord", "“Ord”"])
def test_quote_has_one_pair_of_marks_of_the_language(typed: str) -> None:
    assert "    ”Ord”\n" in compose_block("quote", {"quote": typed, "who": "Bo"}).text
    assert "    “Ord”\n" in compose_block("quote", {"quote": typed, "who": "Bo"}, "en").text


def test_quote_is_words_or_an_interview() -> None:
    assert problems_of("quote", {"who": "Bo"}) == ["data: give a quote, or an interview with questions and answers"]


def test_partners_sort_as_swedish_does() -> None:
    names = ["Örebro", "Ängen", "Åsen", "Zeta", "Élan", "Alfa", "alm"]
    assert sorted(names, key=sort_key) == ["Alfa", "alm", "Élan", "Zeta", "Åsen", "Ängen", "Örebro"]


def test_partners_without_all_logos_are_shown_as_a_list() -> None:
    rows = [{"name": "A", "logo": {"asset": "a.png", "alt": "A"}}, {"name": "B"}]
    composed = compose_block("partners", {"heading": "Parter", "layout": "logos", "rows": rows})
    assert '<ul class="partners">' in composed.web
    assert "<img" not in composed.web


def test_partners_end_with_a_word_before_the_last_name() -> None:
    rows = [{"name": "Beta"}, {"name": "Alfa"}, {"name": "Gamma"}]
    assert "Alfa, Beta och Gamma." in compose_block("partners", {"heading": "Parter", "rows": rows}).html
    assert ">Alfa.<" in compose_block("partners", {"heading": "Parter", "rows": [{"name": "Alfa"}]}).html


def test_partners_in_a_sentence_are_linked_and_have_their_addresses_in_the_text() -> None:
    rows = [{"name": "Beta", "url": "https://beta.example.org/"}, {"name": "Alfa"}]
    composed = compose_block("partners", {"heading": "Parter", "rows": rows})
    assert re.search(r'>Alfa och <a [^>]*href="https://beta.example.org/">Beta</a>\.<', composed.html)
    assert "\n- Alfa\n- Beta: https://beta.example.org/\n" in composed.text


def test_social_refuses_addresses_that_share_something() -> None:
    rows = [{"service": "facebook", "url": "https://www.facebook.com/sharer/sharer.php?u=x"}]
    assert "not one that shares something" in problems_of("social", {"rows": rows})[0]


def test_file_shows_type_and_size() -> None:
    assert "Planen (PDF, 1,2 MB)" in compose_block("file", {"asset": "plan.pdf", "title": "Planen"}).html
    assert (
        "The plan (DOCX)"
        in compose_block("file", {"url": "https://example.org/a.docx", "title": "The plan"}, "en").text
    )


@pytest.mark.parametrize(("alt", "shown"), [("Bo Ek", ""), ("Bo Ek vid sitt skrivbord", "Bo Ek vid sitt skrivbord")])
@pytest.mark.parametrize("kind", ["intro", "quote", "contacts"])
def test_portrait_beside_a_name_does_not_say_it_again(kind: str, alt: str, shown: str) -> None:
    portrait = {"asset": "bo.jpg", "alt": alt}
    data: dict[str, dict[str, Any]] = {
        "intro": {"body": "Hej", "signature": {"name": "Bo Ek", "portrait": portrait}},
        "quote": {"quote": "Ord", "who": "Bo Ek", "portrait": portrait},
        "contacts": {"heading": "Vi", "layout": "card", "rows": [{"name_or_group": "Bo Ek", "portrait": portrait}]},
    }
    assert re.search(rf'<img [^>]*bo-192\.jpg" alt="{shown}"', compose_block(kind, data[kind]).html)


def test_image_must_be_described_or_marked_as_decorative() -> None:
    assert problems_of("hero", {"image": {"asset": "a.jpg"}}) == [
        "image: describe the image (alt), or mark it as decorative"
    ]
    html = compose_block("hero", {"image": {"asset": "a.jpg", "alt": "Hund", "decorative": True}}).html
    assert 'alt=""' in html
    assert "Hund" not in html


def test_greeting_field_needs_a_fallback() -> None:
    assert "write what readers without a value see" in problems_of("greeting", {"template": "Hej {{fornamn}}!"})[0]
    assert "there is no merge field 'email'" in problems_of("greeting", {"template": "Hej {{email|du}}!"})[0]
    assert "without other braces inside" in problems_of("greeting", {"template": "Hej {{fornamn|du!"})[0]


def test_greeting_is_never_on_the_web() -> None:
    composed = compose_block("greeting", {"template": "Hej {{fornamn|läsare}}!"})
    assert composed.web == ""
    assert [slot.fallback for slot in composed.slots if slot.name == "first_name"] == ["läsare"]


def test_heading_after_a_heading_is_its_sub_heading() -> None:
    titles = [{"type": "heading", "data": {"text": word}} for word in ("Ett", "Två", "Tre")]
    web = compose(make_document(titles)).web
    assert re.findall(r"<h(\d)", web) == ["2", "3", "2"]


def test_contents_list_blocks_that_the_web_page_shows() -> None:
    blocks = [
        {"type": "toc", "data": {}},
        {"type": "text", "data": {"heading": "Ett", "body": "a"}},
        {"type": "text", "hidden_in": ["web"], "data": {"heading": "Två", "body": "a"}},
        {"type": "text", "audience": ["parter"], "data": {"heading": "Tre", "body": "a"}},
    ]
    composed = compose(make_document(blocks), audience=frozenset({"parter"}))
    assert re.findall(r'href="[^"]*#b-(\w+)"', composed.html) == ["b2"]
    assert '<a href="#b-b2">Ett</a>' in composed.web


def test_contents_can_be_picked_and_limited() -> None:
    blocks = [{"type": "text", "data": {"heading": word, "body": "a"}} for word in "ABC"]
    toc = {"type": "toc", "data": {"include": "picked", "picked": ["b1", "b3"], "max": 1}}
    assert re.findall(r'href="[^"]*#b-(\w+)"', compose(make_document([*blocks, toc])).html) == ["b1"]


def test_telephone_numbers_stay_on_one_line_and_dial() -> None:
    data = {"contact": {"name": "Anna", "phone": "019 – 602 00 00"}}
    html = compose_block("contact_box", data).html
    assert (
        '<a style="color:#005a70;white-space:nowrap" href="tel:+46196020000">019\u00a0–\u00a0602\u00a000\u00a000</a>'
        in html
    )


def test_columns_are_two_or_three() -> None:
    cell = {"body": "<p>Ord.</p>"}
    assert problems_of("columns", {"cells": [cell]}) == ["cells: at least 2"]
    assert problems_of("columns", {"cells": [cell] * 4}) == ["cells: at most 3 entries"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"heading": "Bryggan är klar", "link_label": "Se bilder"}, "Se bilder"),
        ({"heading": "Bryggan är klar"}, "Läs mer: Bryggan är klar"),
        (
            {"body": "<h3>Ny brygga</h3><p>Kom {{fornamn|du}} och <em>bada</em>.</p>"},
            "Läs mer: Ny brygga Kom du och bada",
        ),
        ({"body": f"<p>{'långa ord ' * 12}</p>"}, f"Läs mer: {'långa ord ' * 6}…"),
    ],
)
def test_a_link_tells_where_it_goes(fields: dict[str, str], words: str) -> None:
    data = {"body": "Kom och bada.", "url": "https://example.org/brygga"} | fields
    image = {"asset": "brygga.jpg", "alt": "Bryggan"}
    blocks = [{"type": "columns", "data": {"cells": [data, {"body": "Ord."}]}}]
    blocks.append({"type": "media_text", "data": data | {"image": image}})
    composed = compose(make_document(blocks))
    for html in (composed.html, composed.web):
        assert html.count(f">{words}</a>") == 2


def test_columns_straight_after_a_heading_are_its_parts() -> None:
    columns = {"type": "columns", "data": {"cells": [{"heading": "Ett", "body": "Ord."}, {"body": "Ord."}]}}
    alone, below = make_document([columns]), make_document([{"type": "heading", "data": {"text": "Turnén"}}, columns])
    assert "<h2>Ett</h2>" in compose(alone).web
    assert "<h3>Ett</h3>" in compose(below).web


def test_activities_say_how_far_they_have_come_only_when_that_is_known() -> None:
    items = [{"text": "Öppet hus", "status": "ongoing"}, {"text": "Studiecirkel"}]
    data = {"heading": "Mål 1", "items": items}
    assert "- Pågår: Öppet hus\n- Studiecirkel\n" in compose_block("activities", data).text
    assert "- Ongoing: Öppet hus\n" in compose_block("activities", data, "en").text


POLL = {"question": "Kommer du?", "answers": ["Ja", "Nej"], "closes": "2016-12-14"}


def test_poll_has_two_to_five_answers_that_differ() -> None:
    assert problems_of("poll", POLL | {"answers": ["Ja"]}) == ["answers: at least 2"]
    assert problems_of("poll", POLL | {"answers": list("abcdef")}) == ["answers: at most 5 entries"]
    assert problems_of("poll", POLL | {"answers": ["Ja", "ja"]}) == ["data: give answers that differ"]


def test_poll_is_answered_by_the_readers_link_in_the_mail_and_not_on_the_web() -> None:
    composed = compose(make_document([{"id": "fraga", "type": "poll", "data": POLL}]))
    [slot] = [slot for slot in composed.slots if slot.name == "answer_url"]
    for number, words in ((1, "Ja"), (2, "Nej")):
        assert f'href="{slot.sentinel}/fraga/{number}"' in composed.html
        assert f"{words}: {slot.sentinel}/fraga/{number}\n" in composed.text
    assert "href" not in composed.web
    assert "slot" not in composed.web


def test_poll_says_before_the_answer_whether_names_are_seen() -> None:
    for anonymous, words in ((True, "Ingen ser vem"), (False, "Redaktionen ser vem")):
        composed = compose_block("poll", POLL | {"anonymous": anonymous})
        assert words in composed.text
        assert words in composed.html


@pytest.mark.parametrize(("day", "warns"), [(11, False), (12, False), (13, True), (14, True), (20, True)])
def test_poll_warns_when_it_closes_within_two_days_of_sending(day: int, warns: bool) -> None:
    [block] = make_document([{"type": "poll", "data": POLL}]).blocks
    assert bool(block.data.check(date(2016, 12, day))) is warns


def test_poll_takes_answers_to_the_end_of_its_last_day() -> None:
    assert Poll.model_validate(POLL).closes_at.isoformat() == "2016-12-15T00:00:00+01:00"
