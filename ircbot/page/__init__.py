"""The live page: what is open, for everybody who is not on IRC.

A process of its own that reads the store and writes nothing. Imports nothing heavy.

    views      what the templates are given, as values
    looking    incidents → views; pure
    following  the store beside the running bot: what changed, and nothing else is read
    editions   who gets which edition, and what an edition holds
    publicly   the public edition of every incident, kept to be searched and listed
    streams    server-sent events
    app        the routes
    settings   Config → what the page needs
"""
