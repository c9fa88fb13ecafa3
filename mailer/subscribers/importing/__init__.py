"""Import of subscribers from CSV files, in constant memory.

`encoding` → `records` → `columns` → `cells` → `rows` read a file and know no database; `outcomes` decides what becomes
of a row, `seen` knows which addresses came before, `store` and `insert` write a chunk, `report` tells what happened,
`run` puts them together. The documented behaviour is docs/reference/subscriber-import.md.
"""
