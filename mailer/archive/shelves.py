"""The sent issues of a newsletter, by year, and which stand beside one."""

from dataclasses import dataclass
from itertools import groupby

from mailer.issues.models import Issue


@dataclass(frozen=True)
class Neighbours:
    """The sent issues before and after one in the order of their numbers."""

    previous: Issue | None
    next: Issue | None


def shelve_by_year(published: list[Issue]) -> list[tuple[int, list[Issue]]]:
    """Return (year, issues), newest first; `published` is newest first already."""
    return [(year, list(issues)) for year, issues in groupby(published, key=lambda issue: issue.year)]


def find_neighbours(published: list[Issue], issue: Issue) -> Neighbours:
    """Return what stands before and after `issue` in `published`, newest first."""
    place = next(index for index, other in enumerate(published) if other.id == issue.id)
    newer = published[place - 1] if place > 0 else None
    older = published[place + 1] if place + 1 < len(published) else None
    return Neighbours(previous=older, next=newer)
