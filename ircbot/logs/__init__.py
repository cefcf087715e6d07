"""Other programs' IRC logs as Lines, to be imported or rehearsed.

    formats      what each program writes; a module is a format
    names        the channel and day in a log's path
    text, stamp  bytes to lines; time stamps to seconds since 1970
    read         one log, in runs of lines with the same time
    exports      JSON exports, converted to the lines of a log
    together     several logs merged by time; copies drops lines that are in more than one
    importing    logs into the record; merge compares them with it, recall remembers recent lines
    rehearsal    what the bot would have said; playback drives it by a log's clock
    transcript   the notation of stories and rehearsals; script writes it
    numbers      the incident numbers used in a log

Most lines of a long log mean nothing, so raw lines become Lines only on demand.
"""
