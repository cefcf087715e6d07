from supybot import conf, registry


def configure(advanced):
    conf.registerPlugin("limnoria_tl", True)


conf.registerPlugin("limnoria_tl")
