"""The demo company: synthetic people and cases, made by the engine itself, the same on every machine."""
