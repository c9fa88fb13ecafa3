"""The web server: pages for readers without script or cookies, pages for members behind a sign-in, the local inbox.

`app` puts it together; `guard` judges every request before it is routed and `headers` says what every response carries;
`deps` gives handlers their session, user and workspace; `pages` renders templates/pages. Each concept has one file of
handlers, those for readers in `public/`.
"""
