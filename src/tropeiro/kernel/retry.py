"""How often a failed step is tried again, and how long to wait before: exponential backoff, capped, with jitter."""

from __future__ import annotations

import msgspec


class RetryPolicy(msgspec.Struct, frozen=True):
    """How often and how far apart a failed step is tried again. Times in milliseconds."""

    attempts: int = 1
    """All tries together, the first included; 1 means no retry."""
    delay_ms: int = 1_000
    backoff: float = 2.0
    max_delay_ms: int = 300_000
    jitter: float = 0.1
    """Up to this share of the delay is added at random, so that failures together do not return together."""


def retry_delay_ms(policy: RetryPolicy, failures: int, chance: float) -> int:
    """Milliseconds before the try after ``failures`` (≥ 1) failures; ``chance`` in [0, 1) places it in the jitter."""
    # The exponent is bounded before the power: 2.0 ** 5000 overflows, and the cap was reached long before.
    grown = policy.delay_ms * policy.backoff ** min(failures - 1, 64)
    delay = min(grown, float(policy.max_delay_ms))
    return int(delay + delay * policy.jitter * chance)
