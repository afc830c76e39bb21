"""Mistakes of a user, and trainings that go wrong. Each message says in plain words what is wrong and what would work.

UserError
├── ImageError       a picture that cannot be used
├── StyleError       a style that is unknown or a style pack that cannot be used
├── SettingError     a setting out of its range
├── CheckpointError  no usable generator where one was looked for
├── EvaluationError  pictures that cannot be compared
└── HubError         a repository on the Hugging Face Hub that cannot be used

TrainingError        training cannot go on
"""


class UserError(ValueError):
    """Base of all errors whose message is meant for the user."""


class ImageError(UserError):
    """A picture that cannot be used."""


class StyleError(UserError):
    """A style that is unknown, or a style pack that cannot be used."""


class SettingError(UserError):
    """A setting out of its range."""


class CheckpointError(UserError):
    """No usable generator where one was looked for."""


class EvaluationError(UserError):
    """Pictures that cannot be compared."""


class HubError(UserError):
    """A repository on the Hugging Face Hub that cannot be used."""


class TrainingError(RuntimeError):
    """Training cannot go on; the message says why."""
