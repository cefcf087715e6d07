"""Words so common that they are hardly ever a nick, and the subset that carries no information.

A list, because nothing separates the people from the reason in "ping bob cat there is …".
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


# Met in any talk.
USUAL = words(
    """
    a about above ack accept accepting access account across actually add added admin after
    again against ago agreed alert alerts all almost alone already also although always am amp an
    and
    another any anybody anyone anything anyway api app apps are aren't around as ask assistant
    assuming at author available away back backend backup bad bandwidth based be because bed
    been before behind being below best better between big bit boss both box break breakfast
    breaking broke broken browser bug build builds bumping busy but by cache call calling can
    can't cannot cant captain care cdn cert certificate certs change changing charge chat check
    checking checks church client clients closed cluster code com come coming command commander
    communications completely config connect connection connections consider considered
    considering continue could couldn't cpu crash crashed crashing crazy cron customers dad
    daemon dashboard data database databases day db dead deploy deployed deploying deployment
    deploys details dev developer did didn't die died dies different dinner discussion dns do
    docs doctor does doesn't doing don't done dont down dr draft dropped dropping due during
    duties duty dying each early easy eight either else email empty end engineer entire error
    errors escalating etc even ever every everybody everyone everything everywhere example
    expect expert fail failed failing fails failure failures far fast feels few file files fine
    fire first five fix fixed flood follow follow-up for found four from front frontend
    frontends full gateway gather get gets getting give gives giving go god goes going gone good
    google googles got great group guys had half hand handing hang hanging happened happening
    happens hard has hat have having he heads heaven hell hello help helper her here herself hey
    hi high him himself his hit home hop host hosts hour hours how however http https huge hung
    i i'd i'll i'm i've if im immediately in info information infra instead internal internet
    into ip is isn't issue issues it it's its itself jail job jobs join jump just keep keeps
    kind know last late latency later lead leader leading least left less let lets like line
    link list little live load local localhost log login logs long look looking looks lost lot
    lots lowering lunch machine made mail main maintainer major make makes making manager
    manually many master may maybe me mean means meant memory message metrics might mine minute
    minutes missing mom monitoring more morning most moved moves moving mr mrs much must my
    myself name naming need needed needs network never new news next night no nobody node nodes
    none nor not nothing now null number of off officer offline ok okay old on once one ones
    only onto open operator ops or other others otherwise our ourselves out over own owner
    packet packets page pages part pass passing people person pipeline please pls plz pod pods
    point pong port position possible posted prepare prob probably problem problems process prod
    produce product production project proxy public publish push put question queue quick
    quickly quite radio rather re read real really reason red redis related release reply
    request requests responder response rest restart restarted restarting returns right role
    roles room root router run running runs said same say says school see seeing seem seems seen
    send sent server servers service services setting seven several share she should show shows
    sick since site sites six sleep sleeping slow small so some somebody someone something
    sometimes somewhere soon sorry speaker specific spike spiking staging start started starting
    status still stop stopped storage stuck stuff such super support sure sweep switch system
    systems take taken taking talk team ten test testing tests than thank thanks that that's the
    their them themselves then there there's these they thing things think this those though
    three through till time timeout timeouts times timing to today together too took tool top
    total totally traffic treating tried try trying two u under unless until up upon urgent url
    us use used user users using usually utility very via virtual vm vpn wait waiting want wants
    war was waste watch way we we're we've web website week well went were what what's when
    where whether which while who whoever whole whomever why wiki will with within without work
    worked working works world would write writer written wrong x ya yeah year years yes
    yesterday yet you you're your yours yourself zero
    """
)
# No nicks either, but rare in ordinary talk: a pattern can be found by them.
COMMON = USUAL | words(
    """
    announced channel conference declare declared incident incidents meet opened outage outages
    ping pings report resolved severity update updates video
    """
)
