"""In whose name a notice goes out: a newsletter's to its readers, the workspace's to its members."""

from dataclasses import dataclass

from mailer.config import get_settings
from mailer.newsletters.models import Newsletter
from mailer.newsletters.theme import Theme
from mailer.workspaces.models import Workspace


@dataclass(frozen=True)
class Sender:
    """`title` stands above the mail's heading; `email` is the header address, and bounces go to its domain."""

    title: str
    name: str
    email: str
    reply_to: str
    theme: Theme


def newsletter_sender(newsletter: Newsletter) -> Sender:
    theme = Theme.model_validate(newsletter.theme)
    reply_to = newsletter.reply_to or newsletter.sender_email
    return Sender(newsletter.name, newsletter.sender_name, newsletter.sender_email, reply_to, theme)


def workspace_sender(workspace: Workspace) -> Sender:
    """Mail to members has nobody who reads answers, so that it is answered to where it came from."""
    email = get_settings().resolved_service_address
    return Sender(workspace.name, workspace.name, email, email, Theme(organisation=workspace.name))
