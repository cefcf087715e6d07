"""The live page: shows what is open to people who are not on IRC.

A process of its own that reads the store and writes nothing. Imports nothing heavy.

    views         the templates' values
    looking       incidents → views; pure
    following     follows the store beside the running bot, reading only what changed
    editions      the public and the internal edition, and their views
    public_index  an index of the public edition, for search and lists
    searching     search, in its own edition only
    library       the documents: made on request, kept until something changes
    streams       server-sent events
    access        who gets which edition
    active        whether this machine is the active one; machines, which one answers for what
    app           the routes and the server
    settings      configuration → the page's settings
"""
