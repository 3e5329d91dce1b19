"""The errors that end a job, with codes of the taxonomy (src/errors)."""

from __future__ import annotations


class JobError(Exception):
    """An error of the taxonomy (src/errors). `detail` never holds a value of a message."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def job_error(error: Exception) -> JobError:
    """The error as a JobError. Its type decides the code. Its text is left out, because it may quote a value of a message."""
    if isinstance(error, JobError):
        return error
    cause = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    names = [type(error).__name__]
    while cause is not None and hasattr(cause, "getClass"):
        names.append(cause.getClass().getName())
        cause = cause.getCause()
    moved = ("CommitFailedException", "org.apache.iceberg.exceptions.ValidationException")
    code = "COMMIT_CONFLICT" if any(name.endswith(moved) for name in names) else "INTERNAL"
    return JobError(code, " < ".join(names))
