"""The sending engine, the only asynchronous code.

`loop` runs a slice of a dispatch, `lanes` finds its connections, `serving` serves over each: claim → personalise (some
readers `ahead`) → `transport` (SMTP) → `outcome` (what the answer means) → record. `replies` reads the relay's answers,
`batches` and `results` say what is recorded and when, `pace` when to try again, `ramp` how many connections pay;
`journal` survives a kill; `pool` keeps connections between slices and `process` the event loop; `ledger` is the
engine's side of the database.

How much may go where: `traffic` puts together what the rest says. `health` knows which relays are down, `limits` how
fast a relay and a domain may be sent to and `quotas` how much in an hour and a day. Both spend from a `stock` in this
process, which is refilled from Redis (`shared_rates`, with the arithmetic of `bucket` and `slowing`) or from the
database. `stages` tells where the time goes.
"""
