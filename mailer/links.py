"""Absolute URLs that go into mail and feeds, always from the configured base address and never from a Host header."""

from mailer.config import get_settings


def absolute(path: str) -> str:
    return get_settings().resolved_base_url + path


def archive_url(newsletter: str) -> str:
    return absolute(f"/n/{newsletter}/")


def reading_url(token: str) -> str:
    return absolute(f"/r/{token}/")


def issue_url(newsletter: str, path_number: str) -> str:
    return absolute(f"/n/{newsletter}/{path_number}")


def privacy_url(newsletter: str) -> str:
    return absolute(f"/n/{newsletter}/privacy")


def share_url(newsletter: str, path_number: str) -> str:
    return absolute(f"/n/{newsletter}/{path_number}/tell")


def leave_url(token: str) -> str:
    return absolute(f"/u/{token}")


def manage_url(token: str) -> str:
    return absolute(f"/m/{token}")


def answer_url(token: str) -> str:
    """Return the start of the addresses of a reader's answers; block and number follow."""
    return absolute(f"/svar/{token}")


def join_url(newsletter: str) -> str:
    return absolute(f"/n/{newsletter}/join")


def confirm_url(token: str) -> str:
    return absolute(f"/c/{token}")


def address_url(token: str) -> str:
    return absolute(f"/address/{token}")


def undo_url(token: str) -> str:
    return absolute(f"/undo/{token}")


def min_url(newsletter: str) -> str:
    return absolute(f"/min?newsletter={newsletter}")


def tip_url(sealed: str) -> str:
    return absolute(f"/tip/{sealed}")


def block_url(token: str) -> str:
    return absolute(f"/no-tips/{token}")


def own_url(token: str) -> str:
    return absolute(f"/min/{token}")


def asset_url(file_hash: str, extension: str) -> str:
    return absolute(f"/a/{file_hash}.{extension}")


def invitation_url(secret: str) -> str:
    return absolute(f"/invitation/{secret}")


def setup_url(token: str) -> str:
    return absolute(f"/setup/{token}")


def sign_in_url(secret: str) -> str:
    return absolute(f"/sign-in/{secret}")
