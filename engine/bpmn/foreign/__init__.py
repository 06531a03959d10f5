"""Diagrams of other tools and engines, brought to the one dialect that the reader knows."""
