"""The built-in functions of FEEL (DMN 1.5, 10.3.4), each module one section of the standard."""

from engine.feel.builtins import contexts, conversions, lists, moments, numbers, ranges, texts
from engine.feel.builtins.registry import BUILTINS, Builtin

__all__ = ["BUILTINS", "Builtin", "contexts", "conversions", "lists", "moments", "numbers", "ranges", "texts"]
