"""The partner kit: an issue as clean HTML, as text and as pictures, with short texts that lead to it. Pure."""

from dataclasses import asdict, dataclass

import nh3
from selectolax.lexbor import LexborHTMLParser

from mailer.i18n import LANGUAGES, get_translations, mark
from mailer.render.rich import write_plain
from mailer.render.richtext import clean_rich

READ_ALL = mark("Read the whole newsletter: {link}")
INTRANET = mark("A new issue of {newsletter} from {organisation}: {subject}. {preheader} Read it here: {link}")
SOCIAL = mark("{subject}. Read {newsletter}: {link}")

_TAGS = {
    "h2", "h3", "p", "ul", "ol", "li", "a", "strong", "em", "br", "img", "figure", "figcaption", "blockquote",
    "table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "time",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "width", "height"}, "time": {"datetime"}, "th": {"scope"}}


@dataclass(frozen=True)
class KitFacts:
    """What the texts tell of an issue; `lang` is the issue's own."""

    lang: str
    subject: str
    preheader: str
    newsletter: str
    organisation: str


@dataclass(frozen=True)
class KitPicture:
    """An image of the issue; `alt` is empty when it only decorates."""

    url: str
    alt: str


@dataclass(frozen=True)
class ShortText:
    """A text for one place in one language."""

    lang: str
    intranet: str
    social: str


@dataclass(frozen=True)
class Kit:
    html: str
    text: str
    pictures: tuple[KitPicture, ...]
    texts: tuple[ShortText, ...]


def make_kit(web: str, link: str, facts: KitFacts) -> Kit:
    """Return the kit of an issue from its web fragment; `link` is the partner's own."""
    body = nh3.clean(web, tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None).strip()
    last = nh3.clean_text(get_translations(facts.lang).gettext(READ_ALL).format(link=""))
    html = f'<h2>{nh3.clean_text(facts.subject)}</h2>\n{body}\n<p>{last}<a href="{link}">{link}</a></p>\n'
    return Kit(
        html=html,
        text=write_plain(clean_rich(html)) + "\n",
        pictures=tuple(_list_pictures(body)),
        texts=tuple(_write_short(lang, link, facts) for lang in LANGUAGES),
    )


def _list_pictures(html: str) -> list[KitPicture]:
    found = LexborHTMLParser(f"<body>{html}</body>").css("img[src]")
    pictures = [KitPicture(one.attributes["src"] or "", one.attributes.get("alt") or "") for one in found]
    return list(dict.fromkeys(pictures))


def _write_short(lang: str, link: str, facts: KitFacts) -> ShortText:
    gettext = get_translations(lang).gettext
    told = {**asdict(facts), "link": link, "subject": facts.subject.rstrip(".")}
    return ShortText(lang, *(" ".join(gettext(words).format(**told).split()) for words in (INTRANET, SOCIAL)))
