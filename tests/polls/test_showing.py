"""Figures in the frozen web page: each beside its own answer, whatever the answers say, and nothing else is touched."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from mailer.blocks.kinds.poll import Poll
from mailer.polls.counting import Result
from mailer.polls.showing import has_polls, show_results
from tests.blocks.stage import compose, make_document

WORDS = st.text(st.sampled_from("ab <>&'\"\\\\1$åö/ul"), min_size=1, max_size=40).filter(str.strip)


def make_web(answers: list[str]) -> tuple[str, Poll]:
    data = {"question": "Kommer du?", "answers": answers, "closes": "2016-12-14"}
    text = {"type": "text", "data": {"body": "<ul><li>Ord</li></ul>"}}
    document = make_document([text, {"id": "fraga", "type": "poll", "data": data}, text])
    return compose(document).web, Poll.model_validate(data)


@given(
    st.lists(WORDS, min_size=2, max_size=5, unique_by=lambda words: " ".join(words.split()).casefold()),
    st.lists(st.integers(0, 2000), min_size=5, max_size=5),
)
def test_each_answer_gets_its_own_figures_and_the_rest_stays(answers: list[str], counts: list[int]) -> None:
    web, poll = make_web(answers)
    given_counts = Counter({number: counts[number - 1] for number in range(1, len(poll.answers) + 1)})
    shown = show_results(web, {"fraga": Result(poll, given_counts)}, "en")
    if not given_counts.total():
        assert shown == web
        return
    figures = re.findall(r"<li data-answer=\"(\d)\">.*: ([\d,]+) \((\d+)\xa0%\)</li>", shown)
    assert [(int(one[0]), int(one[1].replace(",", ""))) for one in figures] == sorted(given_counts.items())
    bare = re.sub(r": [\d,]+ \(\d+\xa0%\)</li>", "</li>", shown)
    assert re.sub(r"\n<p>[\d,]+ answers?</p>", "", bare) == web


def test_a_page_without_polls_or_of_another_poll_stays_as_it_is() -> None:
    web, poll = make_web(["Ja", "Nej"])
    assert has_polls(web)
    assert not has_polls(web.replace("block-poll", "block-text"))
    assert show_results(web, {"annan": Result(poll, Counter({1: 3}))}, "sv") == web


def test_figures_are_written_as_the_language_does() -> None:
    web, poll = make_web(["Ja", "Nej"])
    shown = show_results(web, {"fraga": Result(poll, Counter({1: 1500, 2: 500}))}, "sv")
    assert "Ja: 1\xa0500 (75\xa0%)" in shown
    assert "<p>2\xa0000 svar</p>" in shown
