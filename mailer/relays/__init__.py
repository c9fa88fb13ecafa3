"""Relays: the SMTP servers that mail is handed to.

`address` reads how a relay's URL says to reach it, `terms` its share of the work and its limits, `choice` says which
relay a connection goes to, `rates` how many mails a second a domain takes (all pure) · `queries` lists those that a
workspace may use: its own, else those of MAILER_SMTP_URL, else the local inbox · `changes` keeps them, passwords
sealed · `quotas` counts mails an hour and a day, `slow_start` lets a new sender domain grow, `waiting`
says until when they keep mail back · `access` reads tokens ·
`troubles` remembers why one could not be used.
Talking to a relay is the engine's business.
"""
