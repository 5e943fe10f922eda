"""What can go wrong with people's files, each with a message that a person can act on."""


class ImagingError(Exception):
    """Base of all errors that `imaging`, and what stands on it, raises on purpose."""


class BadFile(ImagingError):
    """A person's file cannot be converted; `reason` is a code, `details` are numbers for its text."""

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


class BadImage(BadFile):
    """The file is not a picture that can be read; `reason` is one of `decode.BAD_IMAGE_REASONS`."""
