"""Mailer: an e-mail newsletter and mailing-list service that an organisation runs itself."""
