"""Workspaces: one tenant each, and the members who work in it. Nothing crosses from one to another.

`queries` finds and makes them. A page finds a workspace only through a membership: a stranger's does not exist.
"""
