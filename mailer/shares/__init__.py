"""Shares: passing an issue on. `tell` writes the mail that a reader sends to a colleague from their own account."""
