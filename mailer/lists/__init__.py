"""Lists: sets of subscribers that one can send to or join. Who is on one is told by `mailer.subscribers`.

`queries` finds and stores lists inside one workspace · `making` makes one as people do, by its name.
"""
