"""Accounts: users, the one-time links that sign them in, and their sessions.

`sign_in` makes and uses links and sessions · `passwords` sets and checks passwords · `queries` finds and makes users.
"""
