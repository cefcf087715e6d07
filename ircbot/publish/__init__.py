"""Publishing: incidents onto pages, into repositories, to mailboxes and webhooks.

The hard part is that a place and our record cannot be changed in one step, and that either side may
die in between. A publication that is due is on record (incident/deliveries.py), and stays due until
its receipt is on record; after a crash between sending and recording it is sent again. Therefore
**a publisher that is called twice publishes once**: before it creates anything, it looks for what
it made earlier, by a marker.

    protocol      the interface of a publisher, and its errors
    registry      the types of places, and the places of a configuration
    worker        one publication, in a process of its own
    outbox        publishes what is due, one thing at a time for each place
    back          records what people did at a place; prose merges what they wrote
    http          for publishers that use HTTP
    marked        our part of a text that people may edit; merging, of a whole page
    conformance   the tests that every publisher must pass

And the shipped types:

    confluence    pages; confluence_api makes the requests, storage_format compares pages
    mediawiki     pages of a wiki; wikitext parses them
    wordpress     posts; posting makes their blocks
    git           files in a repository; git_program runs git
    github        issues; github_api makes the requests
    mail          threads of mails
    webhook       JSON for anything else

Nothing here knows the rules of incidents, and no incident waits for a publication.
"""
