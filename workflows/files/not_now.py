"""A part that files need does not answer now: nothing was wrong with what was sent, and nothing was kept."""


class NotNow(Exception):
    """`message` is the Japanese sentence for the person; the log has the cause."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
