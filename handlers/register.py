"""The one register that the modules of this room fill."""

from engine.topics import Topics

TOPICS = Topics()
