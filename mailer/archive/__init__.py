"""Archive: what has been sent, as readers find it on the web.

`shelves` sorts a newsletter's sent issues by year and finds the neighbours of one; `page` reads from a snapshot what
its page says about itself; `sendings` tells which dispatches there were; `record` shows the mail as it went out.
"""
