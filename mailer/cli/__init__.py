"""The command line. `mailer.__main__` puts it together; a command opens its transaction, calls the domain, prints.

One file a concept: `workspaces` · `users` · `lists` · `subscribers` with `import_report` · `newsletters` · `issues` ·
`dispatches` with `dispatch_report` · `relays` with `relay_probe`. `serving` runs the parts of the service, `supervisor`
all of them with their `children`, `broker` is the embedded Valkey. `reference` writes docs/reference/. `output` is how
all of them print, `failures` what they say when it is not our fault.
"""
