"""IRC itself: the only folder that imports `irc`, and the only one with a socket.

It carries lines in and replies out. What a line means is nothing to it. From the bottom up:

    link            one TCP or TLS link: bytes ↔ lines
    session         one link's conversation, without the link: what arrives, what is to be sent
    connection      one network: dials, waits, dials again; holds what outlives a link
    bot             all networks; handler_thread, in which lines are heard

A session has parts for its subjects: registration, capabilities, sasl, membership, channels,
message_reader, history, nick, heartbeat. What they share is the link's state (link_state).
`irclib` is the `irc` library as we use it; `server/` is a server of our own (demo, tests).

The hard part is that a server may say anything at any time, or nothing, and that a link may die
between any two bytes. What always holds:

- One line can cost only itself: what it does wrong is logged, and the next one is read.
- The reader never waits for the disk. Lines are heard in a thread of their own, so that a PING is
  answered while a commit is slow; what is said stays in the order in which it came.
- What the bot says goes through send_queue: cleaned, cut within 512 bytes, never too fast.
- Each link is an object of its own. What an old one still delivers cannot be taken for the new
  one's. What must outlive it (channels, what waits to be sent, what was heard) is the connection's.
- Our own nick, the channels we are in and how names compare are what the server last said, never
  what we asked for.
- Whatever is bounded by us is bounded against a server that lies: lines, batches, lists, waiting.

Ruled out: the library's own reconnecting (it fails) and its rate limit (it sleeps in the caller); a
task for each line (order would be lost); trusting what a server announces without a limit.
"""
