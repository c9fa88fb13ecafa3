"""Subscribers: people's addresses in a workspace, their places on lists, and what they agreed to.

    pending ──confirmed──▶ active ⇄ paused
       └───────────┬─────────┴───────┘
                   ▼
                 ended  (left, bounced, complained, erased, removed) ──new consent──▶ active

`joining` and `leaving` change a subscription, `consent` writes down what was said, `suppression` keeps addresses that
must not be mailed, `importing` and `exporting` are the CSV files, `queries` reads.

What people do themselves: `requests` is a stranger's wish to join, `stopped` counts those that programs made,
`link_requests` a wish for a link, `managing` what
that link opens, `addresses` a change of address, `own_data` what we keep of them, `erasing` the end of it.
"""
