"""IRC itself: the only folder that imports `irc`, and the only one with a socket.

It carries lines in and replies out. What a line means is nothing to it.
"""
