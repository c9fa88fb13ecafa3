"""Archive: what has been sent, as readers find it on the web.

`shelves` sorts a newsletter's sent issues by year and finds the neighbours of one; `page` reads from a snapshot what
its page says about itself; `published` says which are shown and in which version; `revising` withdraws, corrects and
redacts; `search` finds words; `feeds` writes Atom, JSON Feed, sitemap and calendar; `sendings` tells which dispatches
there were; `record` shows the mail as it went out; `reading` opens an archive that is for its readers alone.
"""
