"""The kinds of blocks, one file each: fields, limits, checks, and what its three templates are given.

`mailer.blocks.registry` lists them; docs/recipes/add-a-block.md tells how to add one.
"""
