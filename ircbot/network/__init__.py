"""IRC itself: the only folder that imports `irc`, and the only one with a socket.

It carries lines in and replies out, and does not know what a line means. From the bottom up:

    link            one TCP or TLS link: bytes ↔ lines
    session         one link's conversation, without the link: what arrives, what is to be sent
    connection      one network: connects, waits, reconnects; holds what outlives a link
    bot             all networks; handler_thread, in which lines are handled

A session has a part for each subject: registration, capabilities, sasl, membership, channels,
message_reader, history, nick, heartbeat. They share the link's state (link_state). `irclib` is the
`irc` library as we use it; `server/` is a server of our own (demo, tests).

The hard part is that a server may say anything at any time, or nothing, and that a link may die
between any two bytes. What always holds:

- A line that cannot be handled affects no other: the failure is logged, and the next line is read.
- The reader never waits for the disk. Lines are handled in a thread of their own, so that a PING is
  answered while a commit is slow. Their order is kept.
- Everything the bot says goes through send_queue: cleaned, cut to 512 bytes, never too fast.
- Each link is an object of its own, so that late data of an old link cannot be taken for the new
  one's. What outlives a link (channels, unsent lines, history) belongs to the connection.
- Our own nick, the channels we are in and the casemapping are what the server last said, never
  what we asked for.
- Everything that a server can make grow is bounded, in case it lies: lines, batches, lists, queues.

Ruled out: the library's reconnecting (it fails) and its rate limit (it sleeps in the caller); a
task for each line (order would be lost); trusting announced values without a limit.
"""
