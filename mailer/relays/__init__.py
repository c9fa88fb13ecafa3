"""Relays: the SMTP servers that mail is handed to.

`address` reads a relay's URL (pure) · `queries` chooses one for a workspace: its own, else the one of
MAILER_SMTP_URL, else the local inbox. Passwords are sealed; talking to a relay is the engine's business.
"""
