"""The demo: an invented association with a newsletter, so that the first look shows the real thing.

`seed` puts it into an empty installation · `issues` are its issues as documents · `people` its 200 subscribers ·
`pictures` draws its images. Nothing here is mailed to anybody: its history is written, not sent.
"""
