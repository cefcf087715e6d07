# mypy: ignore-errors
import os

from supybot import callbacks, ircmsgs

entries = open(os.environ["ENTRIES"], "a", buffering=1)  # noqa: SIM115


class limnoria_tl(callbacks.Plugin):  # noqa: N801 - Limnoria wants the folder's name
    """Writes down the text of TL: lines."""

    def doPrivmsg(self, irc, msg):  # noqa: N802
        text = msg.args[1]
        if text.startswith("TL: "):
            entries.write(text[4:] + "\n")
            if "ACKNOWLEDGE" in os.environ:
                irc.queueMsg(ircmsgs.notice(msg.nick, "recorded"))


Class = limnoria_tl
