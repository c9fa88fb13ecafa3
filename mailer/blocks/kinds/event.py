"""event: an invitation with its facts, a button to sign up and a calendar file."""

from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Self
from urllib.parse import quote

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from mailer.blocks.facts import Fact
from mailer.blocks.fields import ButtonLabel, LongLine, Part, RequiredHeading, Rich, ShortLine, WebUrl, Words
from mailer.blocks.fields import Email as EmailField
from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.blocks.times import Day, Moment
from mailer.i18n import format_day, format_number, format_period, get_translations, mark


class SignUp(Part):
    """Where to sign up: an address to write to, or a page."""

    email: EmailField = ""
    url: WebUrl = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.email) == bool(self.url):
            raise ValueError("give an email or a url to sign up at")
        return self


class Event(BlockData):
    NAME: ClassVar = "event"
    LABEL: ClassVar = mark("Invitation")
    EXAMPLES: ClassVar = (
        {
            "heading": "Inbjudan till utvecklingsarbete",
            "body": "<p>Ni som är intresserade av att delta bjuds in till ett första samtal.</p>",
            "start": "2016-12-06T12:00+01:00",
            "end": "2016-12-06T16:30+01:00",
            "place": "Exempelgården",
            "address": "Storgatan 1, Exempelstad",
            "note": "Vi börjar med lunch",
            "rsvp_deadline": "2016-12-01",
            "rsvp_to": {"email": "anmalan@example.org"},
            "seats": 40,
            "question": "Ange särskilda önskemål eller allergier",
        },
        {
            "heading": "Frukostmöte på nätet",
            "tentative": "Datum fastställs inom kort, kl. 8.00–9.00",
            "online_url": "https://mote.example.org/frukost",
            "online_public": True,
            "rsvp_to": {"url": "https://exempel.example.se/frukost"},
            "cta": "Anmäl intresse",
        },
        {
            "heading": "Studiebesök",
            "start": "2016-11-15T09:00+01:00",
            "place": "Exempelstads kommun",
            "cancelled": True,
        },
    )

    heading: RequiredHeading
    body: Annotated[Rich, Words(2000)] = ""
    start: Moment | None = None
    tentative: ShortLine = ""
    end: Moment | None = None
    place: ShortLine = ""
    address: ShortLine = ""
    online_url: WebUrl = ""
    online_public: bool = False
    note: ShortLine = ""
    rsvp_deadline: Day | None = None
    rsvp_to: SignUp | None = None
    seats: Annotated[int, Field(ge=1, le=100_000)] | None = None
    question: LongLine = ""
    cta: ButtonLabel = ""
    cancelled: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if bool(self.start) == bool(self.tentative):
            raise ValueError("give a start, or in words when it is meant to be (tentative)")
        if self.end and (self.start is None or self.end <= self.start):
            raise PydanticCustomError("end_before_start", "the end must come after the start")
        if self.rsvp_deadline and self.start and self.rsvp_deadline > self.start.date():
            raise PydanticCustomError("deadline_after_start", "the rsvp_deadline must not come after the start")
        if not self.place and not self.online_url:
            raise ValueError("give a place, or an online_url")
        return self

    def context(self, scene: Scene) -> Mapping[str, object]:
        gettext = get_translations(scene.lang).gettext
        facts = (
            _write_time(self, scene.lang),
            _write_place(self, gettext),
            _write_online(self, gettext),
            _write_sign_up(self, scene.lang),
            Fact(gettext("Places"), format_number(self.seats, scene.lang)) if self.seats else None,
        )
        known = [fact for fact in facts if fact]
        return {
            "facts": known,
            "rows": [(fact.label, fact) for fact in known],
            "plain_facts": [(fact.label, fact.plain) for fact in known],
            "action": self.cta or gettext("Sign up"),
            "action_url": _action_url(self, gettext),
            "has_calendar": self.start is not None,
        }


def _write_time(event: Event, lang: str) -> Fact:
    words = format_period(event.start, event.end, lang) if event.start else event.tentative
    return Fact(
        get_translations(lang).gettext("Time"),
        words,
        after=f". {event.note}" if event.note else "",
        moment=event.start.isoformat(timespec="minutes") if event.start else "",
        prop="startDate",
    )


def _write_place(event: Event, gettext: Callable[[str], str]) -> Fact | None:
    words = ", ".join(part for part in (event.place, event.address) if part)
    return Fact(gettext("Place"), words, prop="location") if words else None


def _write_online(event: Event, gettext: Callable[[str], str]) -> Fact | None:
    if not event.online_url:
        return None
    if not event.online_public:
        return Fact(gettext("Online"), gettext("The link comes with the confirmation."))
    return Fact(gettext("Online"), "", event.online_url, event.online_url)


def _write_sign_up(event: Event, lang: str) -> Fact | None:
    gettext = get_translations(lang).gettext
    email = event.rsvp_to.email if event.rsvp_to else ""
    by = gettext("by %(day)s to") if email else gettext("by %(day)s")
    words = by % {"day": format_day(event.rsvp_deadline, lang)} if event.rsvp_deadline else ""
    if email and not words:
        words = gettext("to")
    if event.cancelled or not (words or event.question):
        return None
    after = (". " if words else "") + event.question if event.question else ""
    return Fact(gettext("Registration"), words, f"mailto:{email}" if email else "", email, after)


def _action_url(event: Event, gettext: Callable[[str], str]) -> str:
    """Where the button leads: the page, or a mail with its subject filled in."""
    if event.rsvp_to is None or event.cancelled:
        return ""
    subject = quote(gettext("Registration: %(title)s") % {"title": event.heading})
    return event.rsvp_to.url or f"mailto:{event.rsvp_to.email}?subject={subject}"
