"""The figures of polls in an issue's web page, which was frozen without them."""

import re
from collections.abc import Mapping
from html import escape

from mailer.i18n import format_number, get_translations
from mailer.polls.counting import Result

# As templates/blocks/poll.html writes a poll.
_POLL = re.compile(r'<section id="b-([\w-]+)" class="block block-poll".*?</section>', re.DOTALL)
_ANSWER = re.compile(r'(<li data-answer="(\d)">)(.*?)(</li>)', re.DOTALL)


def has_polls(web: str) -> bool:
    return _POLL.search(web) is not None


def show_results(web: str, results: Mapping[str, Result], lang: str) -> str:
    """Return the fragment with the figures of each poll beside its answers, and how many have answered."""

    def fill(section: re.Match[str]) -> str:
        result = results.get(section[1])
        if result is None or not result.total:
            return section[0]
        words = get_translations(lang).ngettext("%(count)s answer", "%(count)s answers", result.total)
        total = words % {"count": format_number(result.total, lang)}
        shown = _ANSWER.sub(lambda answer: _fill_answer(answer, result, lang), section[0])
        return shown.replace("</ul>", f"</ul>\n<p>{escape(total)}</p>", 1)

    return _POLL.sub(fill, web)


def _fill_answer(answer: re.Match[str], result: Result, lang: str) -> str:
    lines = list(result.iter_lines())
    line = lines[int(answer[2]) - 1] if 0 < int(answer[2]) <= len(lines) else None
    figures = f": {format_number(line.count, lang)} ({line.percent}\u00a0%)" if line else ""
    return answer[1] + answer[3] + figures + answer[4]
