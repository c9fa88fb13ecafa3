"""Subscribers: people's addresses in a workspace, their places on lists, and what they agreed to.

    pending ──confirmed──▶ active ⇄ paused
       └───────────┬─────────┴───────┘
                   ▼
                 ended  (left, bounced, complained, erased, removed) ──new consent──▶ active

`joining` and `leaving` change a subscription, `consent` writes down what was said, `suppression` keeps addresses that
must not be mailed, `importing` and `exporting` are the CSV files, `queries` reads.
"""
