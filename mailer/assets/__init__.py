"""Assets: uploads stored once by content hash.

`pictures` cleans and resizes image bytes, `plain` tells which are clean already (both pure) · `store` keeps uploads and
derivatives · `room` tells how much that may be · `library` describes, shows and finds them, and takes away what nothing
shows (`issues.uses` tells) · `needs` is what rendering asks for and gets. The octets of an asset and of its derivatives
never change.
"""
