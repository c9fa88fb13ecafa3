"""Workspaces: one tenant each, and the members who work in it. Nothing crosses from one to another.

`queries` finds and makes them · `members` changes roles · `invitations` asks people in · `roles` says what each may
do (pure) · `naming` says what they, lists and newsletters may be called (pure). A page finds a
workspace only through a membership: a stranger's does not exist.
"""
