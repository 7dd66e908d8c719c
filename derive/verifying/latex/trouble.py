"""What cannot be read: the reason, and the range of characters where it went wrong."""

from __future__ import annotations


class Trouble(Exception):
    """A formula that the grammar cannot take; it becomes an `Unread` of the note, never an error of the command."""

    def __init__(self, reason: str, start: int, end: int) -> None:
        super().__init__(reason)
        self.reason, self.start, self.end = reason, start, end
