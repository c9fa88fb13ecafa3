"""Mail as octets, by the RFCs that each module cites. Pure: no database, no network, no settings.

`address`           what a mail address is: to keep, to compare, on the wire
`headers`           header fields that no value can break out of
`quoted_printable`  bodies that SMTP need not touch
`message`           a mail compiled once with holes, then made for each reader by joining octets
`typos`             likely slips in a domain that somebody typed
`parts`             a mail that somebody composed, taken apart in bounded time
`origin`            who wrote it by its own word, and whether a program did
"""
