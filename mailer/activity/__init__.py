"""Activity: append-only facts, who did what and when.

`record` writes one beside the change it tells of; nothing ever changes or removes one. `queries` finds those of just
now. Actors are ids or words such as `command` and `reader`, never addresses.
"""
