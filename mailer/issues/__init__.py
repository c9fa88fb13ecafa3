"""Issues: one number of a newsletter, an ordered list of blocks inside the fixed frame.

document   the issue as a value: parsing, canonical form, schema, files it needs        pure
envelope   its shape: settings, blocks with id, kind, audience                          pure
problems   validation errors in words, reasons: the same in the language of a page     pure
compose    document + theme → mail HTML, plain text, web fragment                       pure
slots      sentinels for readers' values                                                pure
variants   which mail a reader of some lists gets                               pure
layout     which blocks each form shows, and in what neighbourhood                      pure
calendars  the .ics file of an event or dates block                                     pure
drafts     a document as rows, and back
starting   a new draft: empty, from a template, or from the last issue
numbers    what may be the number of an issue, and another one for a draft
saved      blocks and templates kept for later issues, and what shared ones stand for; saving: making and changing them
deleting   taking a draft away for good, what was in it kept as a template or not
facts      what a draft says of itself: subject, preview line, title, language, day
editing    a draft block by block; steps: undoing and doing again
changers   who changed a part of a draft last
revisions  former states of a draft: kept, listed, compared
presence   who else has a draft open
exchange   a document as a file with its images, in and out
preview    document + stored images + theme, composed; sample: an invented one, for the form of a theme
uses       where uploads are shown, and taking away those that nothing shows
words      what a sent issue says, for the search
stops      what an issue cannot be sent with: the page asks before, freezing refuses
snapshot   the frozen issue of a dispatch; it never changes
reference  writes docs/reference/ from the kinds
"""
