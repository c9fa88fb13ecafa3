"""Deliveries: dispatches of issues, and the truth about every mail.

    dispatch   sending ⇄ paused            sending ──the relay refuses──▶ held ──a person resumes──▶ sending
                  │──every delivery has ended──▶ finished        sending, paused, held ──▶ cancelled

    delivery   planned ──▶ claimed ──▶ on_the_wire ──▶ sent
                  ▲          │ left …      ├──▶ deferred ──due──▶ claimed
                  │          ▼             ├──▶ failed
                  └── held   skipped       └──▶ held, or planned again after a crash

`start` freezes the issue and plans a row for every reader · `claim` gives a worker a batch of them · `content` loads
what all of them share and `personalise` makes each mail · `reasons` says who must not be mailed any more · `record`
writes what became of them (`writing` has the statements, `holding` and `finishing` say when a dispatch must stop or is
done) and `tally` counts why · `recover` takes back what a dead worker held · `control` pauses,
resumes and cancels · `queries` reads progress and `troubles` who did not get it · `reader_links` opens the personal
links of a mail, `leaving_by_mail` its address to leave by · `times` adds up where workers spent their time, and
`verdict` says it in words · `gauges` tells monitoring what waits · `forgetting` takes readers' numbers out of old
deliveries. `states` and `stages` are tables (pure).
"""
