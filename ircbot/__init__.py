"""An IRC bot that runs incidents: it listens, keeps the timeline, and writes the report."""

__version__ = "0.2.0"
