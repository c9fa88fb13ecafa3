"""The demo's three issues as issue documents: two that have been sent, one draft. Dates follow the day of seeding.

Times have no offset: they are of the zone of the house, whose offset depends on that day.
"""

from datetime import date, timedelta
from typing import Any

Document = dict[str, Any]

# The data of the shared block `kontakt`, a contact_box.
CONTACT: Document = {
    "body": "<p>Har du frågor eller synpunkter? Hör av dig till den som samordnar nätverket.</p>",
    "contact": {"name": "Märta Öberg", "role": "samordnare", "email": "marta.oberg@example.org"},
}


def _block(block_id: str, kind: str, /, **data: Any) -> Document:  # noqa: ANN401 - the data of any block
    return {"id": block_id, "type": kind, "v": 1, "data": data}


def _image(file: str, alt: str) -> Document:
    return {"asset": file, "alt": alt}


def _weekday_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def first_issue(number: str) -> Document:
    """Sent half a year ago."""
    return {
        "number": number,
        "lang": "sv",
        "subject": "Mötesplatsen vid sjön öppnar och tre nya studiecirklar",
        "preheader": "Läs om den nya mötesplatsen, höstens cirklar och hur du söker bidrag till din förening.",
        "title": "Nyhetsbrev",
        "blocks": [
            _block("hero", "hero", image=_image("summer.jpg", "Gröna kullar och en stilla sjö i sommarljus")),
            _block(
                "intro",
                "intro",
                body="<p>Det här är det första numret av vårt nyhetsbrev. Fyra gånger om året samlar vi det viktigaste "
                "från föreningar, kommun och studieförbund runt sjön.</p>",
                signature={"name": "Märta Öberg", "role": "samordnare"},
            ),
            _block("toc", "toc"),
            _block(
                "meeting-place",
                "news",
                heading="En mötesplats för alla vid sjön",
                ingress="<p>I september öppnar den gamla magasinsbyggnaden som mötesplats. Där finns kök, verkstad och "
                "lokaler som föreningar lånar utan kostnad.</p>",
                url="https://example.org/motesplatsen",
                link_label="Läs mer: Så bokar du en lokal",
            ),
            _block(
                "circles",
                "text",
                heading="Tre nya studiecirklar",
                body="<p>Höstens cirklar börjar i oktober:</p><ul><li>Från idé till ansökan</li>"
                "<li>Att leda en liten förening</li><li>Digital trygghet för seniorer</li></ul>"
                '<p>Anmäl dig hos <a href="https://example.org/cirklar">Studieförbundet Ljuset</a>.</p>',
            ),
            _block("line", "divider", style="line"),
            _block(
                "contacts",
                "contacts",
                heading="Kontakter",
                rows=[
                    {"name_or_group": "Märta Öberg", "role": "samordnare", "email": "marta.oberg@example.org"},
                    {"name_or_group": "Arbetsgruppen för lokaler", "email": "lokaler@example.org"},
                ],
            ),
        ],
    }


def second_issue(number: str, today: date) -> Document:
    """Sent a month ago."""
    return {
        "number": number,
        "lang": "sv",
        "subject": "Innovationscheckar att söka och höstens möten",
        "preheader": "Sök en check för er idé, träffa parterna i höst och läs vad ungdomarna vill ändra på.",
        "title": "Nyhetsbrev",
        "blocks": [
            _block("hero", "hero", image=_image("autumn.jpg", "Höstfärgade kullar vid en sjö i lågt solljus")),
            _block(
                "intro",
                "intro",
                body="<p>Hösten är full av aktiviteter. I det här numret finns både pengar att söka och möten att gå "
                "på.</p>",
                signature={"name": "Märta Öberg", "role": "samordnare"},
            ),
            _block("toc", "toc"),
            _block(
                "cheques",
                "call",
                heading="Innovationscheckar",
                body="<p>Föreningar och kooperativ med minst tre anställda kan söka en check för att pröva en ny "
                "lösning i liten skala.</p>",
                funder="Region Sjöbygden",
                deadline=(today + timedelta(days=24)).isoformat() + "T16:00",
                amount="Upp till 50 000 kronor",
                who_can="Föreningar, stiftelser och kooperativ",
                url="https://example.org/checkar",
                contact="checkar@example.org",
            ),
            _block(
                "young",
                "media_text",
                image=_image("winter.jpg", "Snötäckta kullar under en blek vintersol"),
                side="left",
                heading="Unga om sin hembygd",
                body="<p>Under våren frågade vi 300 unga vad som gör en plats värd att stanna på. Svaren handlar om "
                "bussar, jobb och någonstans att ses.</p>",
                url="https://example.org/unga",
            ),
            _block(
                "voice",
                "quote",
                quote="En social innovation är en ny lösning på något som skaver för många.",
                who="Fatima Ali",
                role="processledare",
            ),
            _block(
                "partners",
                "partners",
                heading="Parter",
                intro="Följande parter deltar nu:",
                kind="partners",
                layout="text",
                rows=[
                    {"name": name}
                    for name in (
                        "Hembygdsföreningen Viken",
                        "Idrottsföreningen Norra Viken",
                        "Kooperativet Handfast",
                        "Region Sjöbygden",
                        "Sjöbygdens kommun",
                        "Studieförbundet Ljuset",
                    )
                ],
            ),
            _block(
                "social",
                "social",
                rows=[{"service": "facebook", "url": "https://www.facebook.com/example"}],
            ),
        ],
    }


def draft_issue(number: str, today: date) -> Document:
    """The next number, not sent: with an invitation and meeting dates in the future."""
    event = _weekday_after(today + timedelta(days=21), 1)
    meetings = [_weekday_after(today + timedelta(days=days), 3) for days in (60, 130, 200)]
    return {
        "number": number,
        "lang": "sv",
        "subject": "Inbjudan: kom och forma en policy för social ekonomi",
        "preheader": "Träffa oss över en lunch, lär känna en ny part och boka in vårens möten redan nu.",
        "title": "Nyhetsbrev",
        "blocks": [
            _block("greeting", "greeting", template="Hej {{fornamn|läsare}}!"),
            _block("hero", "hero", image=_image("winter.jpg", "Snötäckta kullar under en blek vintersol")),
            _block(
                "intro",
                "intro",
                body="<p>Året går mot sitt slut och vi blickar framåt. Vi vill ha din hjälp att forma den policy som "
                "ska gälla för social ekonomi runt sjön.</p>",
                signature={"name": "Märta Öberg", "role": "samordnare"},
            ),
            _block("toc", "toc"),
            _block(
                "invitation",
                "event",
                heading="Inbjudan till samtal om social ekonomi",
                body="<p>Vi pratar om vad den sociala ekonomin betyder här, hur den räknas och vad den behöver.</p>",
                start=event.isoformat() + "T12:00",
                end=event.isoformat() + "T16:30",
                place="Magasinet, Sjöbygden",
                address="Hamngatan 3",
                note="Vi börjar med lunch",
                rsvp_deadline=(event - timedelta(days=7)).isoformat(),
                rsvp_to={"email": "anmalan@example.org"},
                seats=40,
                question="Ange önskemål om mat eller allergier",
            ),
            _block(
                "new-partner",
                "news",
                heading="Ny part: Kooperativet Handfast",
                ingress="<p>Kooperativet lagar cyklar, syr om gamla gardiner och ger arbete åt människor som stått "
                "länge utanför. Välkomna!</p>",
                url="https://example.org/handfast",
            ),
            _block(
                "dates",
                "dates",
                heading="Kommande partnerskapsmöten",
                intro="Alla möten börjar med lunch.",
                common_time="kl. 12.00–16.00",
                rows=[
                    {"date": day.isoformat(), "place": place}
                    for day, place in zip(meetings, ("Viken", "Norra Viken", "Sjöbygden"), strict=True)
                ],
            ),
            _block("button", "button", label="Anmäl dig till samtalet", url="https://example.org/anmalan"),
            _block(
                "question",
                "poll",
                question="När passar det dig bäst att träffas?",
                answers=["Förmiddag", "Över lunch", "Kväll"],
                closes=(event + timedelta(days=14)).isoformat(),
            ),
            _block("contact", "saved", saved="kontakt"),
        ],
    }
