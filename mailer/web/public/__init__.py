"""What strangers may open: archive, issues, links in mails. No cookie is read or set, and GET changes nothing."""
