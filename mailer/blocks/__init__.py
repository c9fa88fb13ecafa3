"""Blocks: the typed sections of an issue. Pure.

fields     the field kinds that kinds are made of (line, rich, url, image, moment …)
times      field kinds for days and times
people     how to reach somebody; facts: a row about an event
kind       what every kind is: fields, limits, examples, what its templates are given
scene      what a block may know of the issue around it
registry   the kinds, in the order of the editor's menu
rendering  one block → MJML, web or text
calendar   .ics files of events and dates
controls   which control each field gets in a form, read from the schema; labels: what they are called
typed      the fields of a form as data, and back
summary    what tells one block from another in a list
lines      names of readers where none are put in
read_more  what the link to the whole story says
kinds/     one file a kind; templates in templates/blocks/<kind>.mjml|.html|.txt
"""
