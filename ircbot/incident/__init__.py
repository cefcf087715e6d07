"""The process. Pure: no file, no socket, no clock, no randomness."""
