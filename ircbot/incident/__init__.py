"""The process: what lines mean, what follows from them, and what time alone causes.

Pure: no file, no socket, no clock, no randomness; the caller passes the line and the time. So the
same core runs live, in an import, in a rehearsal and in a test's story, with the same result.

    line       →  recognise  →  sayings      what it means, by the process's phrases
    sayings    →  rules      →  entries      what follows, by speaker and state
    time       →  reminders  →  entries
    entries    →  evolve     →  state        the state afterwards

The hard part is talk. People declare, hand over and resolve in sentences of their own, between
jokes, questions and quotations, and nobody may lose their role because of a sentence that was not
meant that way. Therefore a phrase must be a whole clause, a doubtful one means nothing (doubts.py),
and a saying is only a claim: rules check the speaker and the state before it becomes an event.

What always holds:

- The state is `replay` of the entries and nothing else, so that a restart forgets nothing.
- Values are frozen. Rules get the state, and return entries and replies; they change nothing.
- An entry's number, an incident's number and an event's name never change once recorded.
- A reminder that was given is an event: it is neither repeated nor lost.
- Lines that are not live (from a log, from history) are recorded at their time and answered by
  nothing.
- People are compared by people.py alone, rights by access.py alone, times by times/ alone.

Ruled out: records that are changed in place (nobody could tell what was known at 12:40); objects
that change themselves (the state would move before the disk has it); a language model (nobody
could say why it misunderstood); meanings in process files (phrases are data, rules are code).
"""
