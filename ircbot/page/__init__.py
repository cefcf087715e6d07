"""The live page: shows what is open to people who are not on IRC.

A process of its own that reads the store and writes nothing. Imports nothing heavy.

    views      the templates' values
    looking    incidents → views; pure
    following  follows the store beside the running bot, reading only what changed
    editions   the public and the internal edition, and their views
    publicly   an index of the public edition, for search and lists
    streams    server-sent events
    app        the routes
    settings   configuration → the page's settings
"""
