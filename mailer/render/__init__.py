"""Turning typed content into mail, text and web markup. Pure: no database, no network, no clock.

colour    contrast, and colours that keep it on a dark page
jinja     the sandboxed template environments and where the templates lie
sanitise  cleaning what editors type or paste: lines, rich text, addresses; cleaning twice changes nothing
richtext  rich text in one canonical form; rich: that form as mail HTML and as plain text
markdown  what members write for pages of their own → rich text
merge     the closed list of merge fields
mjml      MJML → mail HTML, with guards and the corrections our renderer needs
text      the plain-text part: wrapping, headings, aligned facts
"""
