"""People and groups one can turn to, as several kinds list them."""

from mailer.blocks.fields import Email, Part, Phone, ShortLine


class Reachable(Part):
    """How to reach somebody; the name is a field of the kind."""

    role: ShortLine = ""
    organisation: ShortLine = ""
    email: Email = ""
    phone: Phone = ""

    @property
    def position(self) -> str:
        """Role and organisation in one phrase."""
        return ", ".join(part for part in (self.role, self.organisation) if part)
