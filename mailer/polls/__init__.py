"""Polls: what readers answer to the questions in an issue.

`asking` opens the link of an answer · `voting` keeps one answer a reader, under a hash or by name · `counting` adds
them up · `showing` puts the figures into the web page · `forgetting` takes out a reader's answers, tells them
their own, and in time keeps the sums alone.

    A link: `/svar/<token>/<block>/<answer>`; the token is a reader's, block and answer are the same for everybody.
"""
