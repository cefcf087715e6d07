# mypy: ignore-errors
from supybot import conf


def configure(advanced):
    conf.registerPlugin("limnoria_tl", True)


conf.registerPlugin("limnoria_tl")
