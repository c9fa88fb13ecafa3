"""The kinds of blocks, in the order of the editor's menu. A new kind is one line here."""

from mailer.blocks.kind import BlockData
from mailer.blocks.kinds import (
    activities,
    button,
    call,
    columns,
    contact_box,
    contacts,
    dates,
    divider,
    event,
    file,
    greeting,
    heading,
    hero,
    image,
    intro,
    media_text,
    news,
    partners,
    quote,
    social,
    text,
    toc,
)

KINDS: tuple[type[BlockData], ...] = (
    greeting.Greeting,
    hero.Hero,
    intro.Intro,
    toc.Toc,
    heading.Heading,
    text.Text,
    news.News,
    event.Event,
    dates.Dates,
    call.Call,
    activities.Activities,
    quote.Quote,
    image.ImageBlock,
    media_text.MediaText,
    columns.Columns,
    button.Button,
    file.File,
    contacts.Contacts,
    partners.Partners,
    social.Social,
    contact_box.ContactBox,
    divider.Divider,
)

BY_NAME: dict[str, type[BlockData]] = {kind.NAME: kind for kind in KINDS}
