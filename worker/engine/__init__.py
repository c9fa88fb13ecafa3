"""The sending engine, the only asynchronous code.

`loop` runs a slice of a dispatch: claim → personalise → `transport` (SMTP) → `outcome` (what the answer means) →
record. `journal` survives a kill; `pace` tells when to try again; `pool` keeps connections between slices.
"""
