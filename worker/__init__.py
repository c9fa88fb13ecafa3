"""The worker: Celery tasks that wake the sending engine, and the local inbox. Imports `mailer`, never the reverse."""
