"""Shares: passing an issue on, and what that brought.

`tell` is the page with links and a mail that the reader's own program sends · `channels` are the values of `?via=`,
`counting` adds up visits and new subscribers by them · `partners` are organisations with a link of their own, and
`kit` is what they are given to put on their pages · `tips` are mails to one colleague as typed (pure), and `tipping`
sends them.
"""
