"""What went wrong outside of us as lines for an operator: never SQL, its parameters, or a password."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import OperationalError, ProgrammingError

from mailer.config import Settings
from mailer.errors import MailerError

Failure = MailerError | OperationalError | ProgrammingError | ValidationError | OSError


def explain(failure: Failure) -> str:
    """Return why a command was not carried out; nothing when the failure is a fault of ours."""
    if isinstance(failure, MailerError):
        return str(failure)
    if isinstance(failure, ValidationError):
        return _explain_settings(failure) if failure.title == Settings.__name__ else ""
    if isinstance(failure, OSError):
        return f"{failure.filename}: {failure.strerror}." if failure.filename else ""
    # The driver's first line is enough for an operator; PostgreSQL's next ones quote the SQL.
    return "The database says: " + str(failure.orig).partition("\n")[0]


def _explain_settings(error: ValidationError) -> str:
    # Without the value: it may be a password.
    faults = error.errors(include_input=False, include_url=False)
    return "\n".join(f"{_name_of(fault)}{fault['msg'].removeprefix('Value error, ')}." for fault in faults)


def _name_of(fault: ErrorDetails) -> str:
    """Return the variable that is at fault; a fault of several together names them in its own words."""
    return f"MAILER_{'_'.join(map(str, fault['loc'])).upper()}: " if fault["loc"] else ""
