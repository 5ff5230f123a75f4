"""How long to wait before the next try: exponential backoff, capped, with jitter."""

from __future__ import annotations

from tropeiro.kernel.workflow import RetryPolicy


def retry_delay_ms(policy: RetryPolicy, failures: int, chance: float) -> int:
    """Milliseconds before the try after ``failures`` (≥ 1) failures; ``chance`` in [0, 1) places it in the jitter."""
    # The exponent is bounded before the power: 2.0 ** 5000 overflows, and the cap was reached long before.
    grown = policy.delay_ms * policy.backoff ** min(failures - 1, 64)
    delay = min(grown, float(policy.max_delay_ms))
    return int(delay + delay * policy.jitter * chance)
