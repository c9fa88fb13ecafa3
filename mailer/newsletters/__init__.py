"""Newsletters: numbered series with a name, language, theme, sender identity and default lists.

`create` stores one after everything was checked, `making` makes one as people do, by its name · `theme` is its look
and sender block as a value, `colours` tells whether its colours can be read, `join_form` is what its form asks for
(pure) · `change` stores another theme, name, sender and lists · `senders` keeps workspaces from writing in each other's
name · `statements` are its privacy and accessibility pages · `queries` finds them: by workspace for members, by slug
alone for the public archive.
"""
