"""What the branches brought, made one: the outcome of a split step."""

from __future__ import annotations

from tropeiro.kernel.outcome import Done, ErrorInfo, Fail, Joined
from tropeiro.kernel.workflow import Join, Kind, Step, Workflow


def merge(workflow: Workflow, step: Step, joined: Joined) -> Done | Fail:
    """The outcome of ``step`` from its branches' results; the same whatever order they finished in."""
    results = sorted(joined.results, key=lambda result: result.index)
    failed = [result for result in results if result.error is not None]
    if step.kind is not Kind.PARALLEL:
        return Fail(_error(failed[0].error)) if failed else Done([result.output for result in results])
    names = [workflow.lists[index].name for index in step.branches]
    if step.join is Join.SETTLED:
        return Done(
            {names[result.index]: {"output": result.output, "error": error_value(result.error)} for result in results}
        )
    if step.join is Join.ANY:
        winner = next((result for result in results if result.error is None), None)
        if winner is not None:
            return Done({names[winner.index]: winner.output})
        errors = {names[result.index]: error_value(result.error) for result in failed}
        first = _error(failed[0].error).message
        return Fail(
            ErrorInfo(
                code="all_branches_failed",
                message=f"None of the {len(failed)} branches succeeded; the first said: {first}",
                retryable=any(_error(result.error).retryable for result in failed),
                details=errors,
            )
        )
    return Fail(_error(failed[0].error)) if failed else Done({names[result.index]: result.output for result in results})


def error_value(error: ErrorInfo | None) -> dict[str, object] | None:
    """An error as expressions and outputs see it."""
    if error is None:
        return None
    return {"code": error.code, "message": error.message, "path": error.path, "details": error.details}


def _error(error: ErrorInfo | None) -> ErrorInfo:
    if error is None:
        raise AssertionError("a failed result has an error")
    return error
