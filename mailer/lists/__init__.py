"""Lists: sets of subscribers that one can send to or join. Who is on one is told by `mailer.subscribers`.

`queries` finds and makes lists inside one workspace.
"""
