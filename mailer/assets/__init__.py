"""Assets: uploads stored once by content hash.

`pictures` cleans and resizes image bytes, `plain` tells which are clean already (both pure) · `store` keeps uploads and
derivatives · `needs` is what rendering asks for and gets. An asset and its derivatives never change; nothing here
deletes.
"""
