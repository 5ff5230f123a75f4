"""What one rendering of a template may cost, and the meter that counts it.

Fuel is counted in two ways. Nodes of expressions are counted once, when a template is compiled, and taken off the
tank before it renders: walking an expression costs nothing extra. What depends on data (elements visited by a filter,
characters written or searched) is counted while it happens, before the memory for it is taken.
"""

from __future__ import annotations

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.wording import grouped, says

MAX_SOURCE = 2_048
"""Characters between one pair of braces."""
MAX_EXPRESSIONS = 200
"""Pairs of braces in one text."""
MAX_DEPTH = 50
"""Levels of one expression's syntax tree."""
MAX_NESTING = 100
"""Levels of lists and objects in a template's JSON value."""
MAX_FUEL = 10_000
"""Fuel for one rendering: one for each node of its expressions, and one for each ``ELEMENTS_PER_FUEL`` elements."""
ELEMENTS_PER_FUEL = 10
"""Elements that a filter visits for one unit of fuel."""
MAX_TEXT = 1_000_000
"""Characters of any one text that is read by a filter or written."""
MAX_WRITTEN = 2_000_000
"""Characters written, searched and hashed in one rendering, all together."""
MAX_OUTPUT = 2_400_000
"""Size of a rendered value that may hold the same data more than once: ``VALUE_SIZE`` a value, and its characters."""
VALUE_SIZE = 24
"""What one JSON value counts towards ``MAX_OUTPUT``."""
LARGEST_INTEGER = 2**127 - 1
SMALLEST_INTEGER = -(2**127)


class Meter:
    """What is left of one rendering's allowance. Every method raises ExpressionError when it is used up."""

    __slots__ = ("characters_left", "fuel")

    def __init__(self, fuel: int) -> None:
        self.fuel = fuel
        self.characters_left = MAX_WRITTEN

    def elements(self, count: int, weight: int = 1) -> None:
        """Take the fuel for visiting ``count`` elements, each as dear as ``weight`` ordinary ones."""
        self.fuel -= 1 + count * weight // ELEMENTS_PER_FUEL
        if self.fuel < 0:
            raise ExpressionError(
                says("The expression visits too many elements."),
                hint=says(
                    "One rendering may visit about {most}; move the work into a service.",
                    most=grouped(MAX_FUEL * ELEMENTS_PER_FUEL),
                ),
            )

    def characters(self, count: int) -> None:
        """Take the allowance for writing or searching ``count`` characters of one text."""
        if count > MAX_TEXT:
            raise ExpressionError(
                says(
                    "A text of {count} characters is over the limit of {most}.",
                    count=grouped(count),
                    most=grouped(MAX_TEXT),
                ),
                hint=says("Hand large texts over whole, as the only {{ }} of a value, and work on them in a service."),
            )
        self.characters_left -= count
        if self.characters_left < 0:
            raise ExpressionError(
                says(
                    "The texts of one rendering add up to more than {most} characters.",
                    most=grouped(MAX_WRITTEN),
                ),
                hint=says("Hand large texts over whole, as the only {{ }} of a value, and work on them in a service."),
            )
