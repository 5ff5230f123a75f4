"""The fixed set of filters. Importing the package registers them; ``registry.FILTERS`` has them by name."""

from __future__ import annotations

from tropeiro.kernel.filters import dates, lists, numbers, objects, texts
from tropeiro.kernel.filters.registry import FILTERS, Filter, find

__all__ = ["FILTERS", "Filter", "dates", "find", "lists", "numbers", "objects", "texts"]
