"""Out of the house: incidents onto pages, into repositories, to whoever listens.

The hard part is that a place and our record cannot be changed at once, and that either may die in
between. What is owed is on record (incident/deliveries.py), and stays owed until the record says
that it arrived; so whoever dies between sending and recording sends again. **A publisher that is
called twice has published once**: it finds what it made by a marker before it makes anything.

    protocol   what a publisher is given and gives back, and how it fails
    registry   which types of places there are; the places of a configuration
    worker     one publication, in a process of its own
    outbox     has what is owed published, one at a time for each place
    back       what people did at a place, as it goes on record
    http       for publishers that speak HTTP
    git        the shipped type for teams whose post-mortems live in Git; git_program runs git
    marked     for publishers whose texts people may edit
    github     a shipped type: incidents and follow-ups as issues; github_api is what it asks
    mail       the shipped type for people who read mail
    webhook    the shipped type for whatever else there is

Nothing here knows a rule, and nothing of the incident waits for it.
"""
