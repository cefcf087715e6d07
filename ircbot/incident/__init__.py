"""The process: what lines mean, what follows from them, and what time alone causes.

Pure: no file, no socket, no clock, no randomness; whoever calls gives the line and the time. So the
same core runs live, in an import, in a rehearsal and in a test's story, and comes to the same.

    line       →  recognise  →  sayings      what it means, by the process's phrases
    sayings    →  rules      →  entries      what follows, by who says it and how things stand
    time       →  reminders  →  entries
    entries    →  evolve     →  state        what is then the case

The hard part is talk. People declare, hand over and resolve in sentences of their own, between
jokes, questions and quotations, and nobody may lose their role to a sentence not meant so.
Therefore a phrase must be a whole clause, doubt about it means nothing (doubts.py), and a saying is
only a claim: rules ask who says it and what is the case before it becomes an event.

What always holds:

- The state is `replay` of the entries and nothing else, so that a restart forgets nothing.
- Values are frozen. Rules get the state, and return entries and replies; they change nothing.
- An entry's number, an incident's number and an event's name never change once recorded.
- A reminder that was given is an event: it is neither repeated nor lost.
- Lines that are not live (from a log, from history) are recorded at their time and answered by
  nothing.
- People are compared by people.py alone, rights by access.py alone, times by times/ alone.

Ruled out: records that are changed in place (what was known at 12:40 could not be told); objects
that change themselves (the state would move before the disk has it); a model of the language
(nobody could say why it misunderstood); meanings in process files (phrases are data, rules are
code).
"""
