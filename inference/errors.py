"""What can go wrong in inference, each with a message that a person can act on."""


class InferenceError(Exception):
    """Base of all errors that this package raises on purpose."""


class UnknownStyle(InferenceError):
    """No style of that id is in the manifest."""


class StyleNotDownloaded(InferenceError):
    """The style is known, but its file is not in the weights folder."""


class BadWeights(InferenceError):
    """A weights file is damaged, is of another network, or is not what its name says."""


class DownloadFailed(InferenceError):
    """A weights file could not be brought here; what has arrived of it is kept for the next try."""


class DeviceUnavailable(InferenceError):
    """The device or back end that was asked for is not on this machine."""


class BadFile(InferenceError):
    """A person's file cannot be converted; `reason` is a code, `details` are numbers for its text."""

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


class BadImage(BadFile):
    """The file is not a picture that can be read; `reason` is one of the codes in `images.REASONS`."""


class BadVideo(BadFile):
    """The file is not a video that can be converted; `reason` is one of the codes in `video.REASONS`."""


class VideoCancelled(InferenceError):
    """Who asked for the video does not want it any more."""


class EngineBusy(InferenceError):
    """No place became free within the wait; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"all conversion places are taken; try again in {retry_after} s")
        self.retry_after = retry_after


class AskerGone(InferenceError):
    """Who asked for the conversion is not there any more to get it."""
