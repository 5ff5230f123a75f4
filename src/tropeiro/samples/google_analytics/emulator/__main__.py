"""``python -m tropeiro.samples.google_analytics.emulator``: runs until interrupted; its first line is its URL."""

from __future__ import annotations

import argparse
import signal
import sys

from tropeiro.samples.google_analytics.emulator.faults import Faults
from tropeiro.samples.google_analytics.emulator.quotas import Limits
from tropeiro.samples.google_analytics.emulator.server import start

_FAULTY = (401, 403, 404, 429, 500, 503)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tropeiro.samples.google_analytics.emulator",
        description="Emulates the Google Analytics Data API v1beta with synthetic data.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port (default)")
    for status in _FAULTY:
        parser.add_argument(
            f"--rate-{status}", type=float, default=0.0, metavar="SHARE", help=f"share of requests answered {status}"
        )
    parser.add_argument("--truncate", type=float, default=0.0, metavar="SHARE", help="share of answers that break off")
    parser.add_argument("--latency-ms", type=int, default=0, help="how long every answer takes at least")
    parser.add_argument("--retry-after", type=int, metavar="SECONDS", help="sent with injected 429 and 503")
    parser.add_argument("--drift-rows", type=int, default=0, help="added to the reported row count")
    parser.add_argument("--drift-after", type=int, default=0, help="how many requests before the drift sets in")
    parser.add_argument("--at-most", type=int, metavar="N", help="stop injecting after N faults")
    parser.add_argument("--count-server-errors", action="store_true", help="injected 500 and 503 use up their quota")
    parser.add_argument("--seed", type=int, default=0, help="of the faults; the data does not depend on it")
    limits = Limits()
    for name, value in vars(limits).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value, help=f"limit (default {value})")
    return parser.parse_args()


def main() -> int:
    """Run until SIGINT or SIGTERM; 2 for arguments or a port that cannot be used."""
    given = _arguments()
    try:
        faults = Faults(
            rates={status: rate for status in _FAULTY if (rate := getattr(given, f"rate_{status}"))},
            truncate=given.truncate,
            latency_ms=given.latency_ms,
            retry_after=given.retry_after,
            drift_rows=given.drift_rows,
            drift_after=given.drift_after,
            at_most=given.at_most,
            count_server_errors=given.count_server_errors,
            seed=given.seed,
        )
        limits = Limits(**{name: getattr(given, name) for name in vars(Limits())})
        # Blocked before any thread exists, so that every thread leaves them to sigwait below.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        emulator = start(host=given.host, port=given.port, faults=faults, limits=limits)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"The emulator cannot start: {error}\n")
        return 2
    with emulator:
        sys.stdout.write(f"{emulator.url}\nGoogle Analytics Data API v1beta, emulated: all data is synthetic.\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0


if __name__ == "__main__":
    sys.exit(main())
