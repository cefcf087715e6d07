# mypy: ignore-errors
"""The irc library as it comes, with a handler that throws every line away."""

import sys

import irc.client

reactor = irc.client.Reactor()
connection = reactor.server().connect("127.0.0.1", int(sys.argv[1]), "bot")
connection.buffer_class.errors = "replace"
connection.add_global_handler("welcome", lambda link, event: link.join("#ops"))
connection.add_global_handler("pubmsg", lambda link, event: None)
connection.add_global_handler("disconnect", lambda link, event: sys.exit())
reactor.process_forever()
