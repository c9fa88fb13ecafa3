"""What fields and choices are called in forms, as English msgids. Pure."""

from mailer.blocks.kind import BlockData
from mailer.i18n import mark

FIELDS = {
    "address": mark("Street and town"),
    "alt": mark("Describe the picture for those who do not see it"),
    "amount": mark("Amount"),
    "anonymous": mark("Nobody sees who answered what"),
    "answer": mark("Answer"),
    "answers": mark("Two to five answers, one a line"),
    "asset": mark("Document"),
    "body": mark("Text"),
    "cancelled": mark("It is cancelled"),
    "caption": mark("Words under the picture"),
    "cells": mark("Columns"),
    "closes": mark("Last day to answer"),
    "common_time": mark("Time of all"),
    "contact": mark("Contact"),
    "credit": mark("Photographer or source"),
    "cta": mark("Words on the button"),
    "date": mark("Day"),
    "deadline": mark("Last day"),
    "description": mark("Description"),
    "email": mark("Email address"),
    "end": mark("Ends"),
    "funder": mark("Funder"),
    "goal": mark("Goal"),
    "heading": mark("Heading"),
    "image": mark("Picture"),
    "include": mark("What is listed"),
    "ingress": mark("Text"),
    "interview": mark("Questions and answers"),
    "intro": mark("Words before the list"),
    "items": mark("Activities"),
    "kind": mark("What they are"),
    "label": mark("Words on the button"),
    "layout": mark("How it is shown"),
    "link": mark("Link of the picture"),
    "link_label": mark("Words of the link"),
    "logo": mark("Logotype"),
    "max": mark("At most so many"),
    "name": mark("Name"),
    "name_or_group": mark("Name, or name of a group"),
    "note": mark("Remark"),
    "online_public": mark("Show the link to everybody"),
    "online_url": mark("Link to the meeting on the net"),
    "organisation": mark("Organisation"),
    "phone": mark("Telephone"),
    "picked": mark("Blocks to list"),
    "place": mark("Place"),
    "portrait": mark("Portrait"),
    "question": mark("Question"),
    "quote": mark("What was said"),
    "ratio": mark("Width of the picture and of the text"),
    "role": mark("Role"),
    "rows": mark("Rows"),
    "rsvp_deadline": mark("Sign up by"),
    "rsvp_to": mark("Where to sign up"),
    "rule": mark("Words after the list"),
    "saved": mark("Saved block"),
    "seats": mark("Places"),
    "service": mark("Service"),
    "side": mark("Side of the picture"),
    "signature": mark("Signed by"),
    "start": mark("Begins"),
    "status": mark("How far it has come"),
    "style": mark("How it looks"),
    "template": mark("Greeting; {{fornamn|reader}} is the reader's first name"),
    "tentative": mark("In words, while no time is fixed"),
    "text": mark("Text"),
    "title": mark("Title"),
    "url": mark("Link"),
    "who": mark("Who said it"),
    "who_can": mark("Who can apply"),
}
# Where a field means something else in one kind.
OF_KIND = {
    ("dates", "tentative"): mark("Preliminary"),
    ("event", "question"): mark("What to tell when signing up"),
}
CHOICES = {
    "auto": mark("All blocks with a heading"),
    "picked": mark("Those that are picked"),
    "left": mark("Left"),
    "right": mark("Right"),
    "35/65": mark("A third and two thirds"),
    "50/50": mark("Half and half"),
    "primary": mark("Filled"),
    "secondary": mark("With an outline"),
    "list": mark("As a list"),
    "card": mark("As cards"),
    "partners": mark("Partners"),
    "funders": mark("Funders"),
    "text": mark("As running text"),
    "logos": mark("By logotypes"),
    "icons": mark("By icons"),
    "planned": mark("Planned"),
    "ongoing": mark("Ongoing"),
    "done": mark("Completed"),
    "line": mark("A line"),
    "space": mark("Room"),
}


def label(kind: type[BlockData], name: str) -> str:
    """Return the msgid of a field's label."""
    return OF_KIND.get((kind.NAME, name)) or FIELDS[name]


def choice_label(choice: str) -> str:
    """Return the msgid of a choice; names of services are the same in every language."""
    return CHOICES.get(choice, choice.capitalize())
