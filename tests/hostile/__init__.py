"""The hostile cases: what servers and people do to a client, and what the bot must make of it."""
