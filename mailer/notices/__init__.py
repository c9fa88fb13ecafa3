"""Notices: the service's own mail to one person, such as the question whether they want to subscribe.

    waiting ──sent──▶ sent            (address and values are forgotten)
       │  └──put off──▶ waiting       (1, 5, 15, 60 minutes, then hourly)
       └──refused, or too late──▶ failed

`kinds` says which there are and what their templates are told · `ask` writes a row and wakes a worker after commit ·
`alarm` asks for one to the owners · `sender` says in whose name · `compose` makes the mail · `queue` claims what is due
and records what became of it.

The row is the truth: a worker may die anywhere, and a notice then goes out late, or twice, but is not forgotten.
"""
