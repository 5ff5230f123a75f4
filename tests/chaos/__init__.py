"""Chaos: real processes, real faults, and invariants checked from outside. ``make chaos``; see docs/chaos.md.

A program of its own, which pytest does not collect: ``PYTHONPATH=tests python -m chaos``.
"""
