"""The lab: a relay that records and misbehaves as told, and a runner that does terrible things to the real product.

`sink` the SMTP server, as a thread for tests or a process (`python -m tests.lab sink`) · `session` one connection ·
`script` what it answers, `offer` what it offers · `ledger` what it took, written before it says 250 · `certificates`
TLS, good and bad.
"""
