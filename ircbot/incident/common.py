"""Words so common that they are hardly ever anybody's nick, nor worth looking for first.

A list, because "ping jwhitlock rjohnson there is …" has no mark between the people and the reason.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


COMMON = words(
    """
    a about above access account across actually add added admin after again against ago alert
    alerts all almost alone already also although always am amp an and another any anybody
    anyone anything anyway api app apps are aren't around as ask at away back backend backup bad
    bandwidth based be because been before behind being below best better between big bit both
    box break breaking broke broken browser bug build builds busy but by cache call can can't
    cannot cant cdn cert certificate certs change check checking checks client clients cluster
    code com come coming command completely config connect connection connections could couldn't
    cpu crash crashed crashing crazy cron customers daemon dashboard data database databases day
    db dead deploy deployed deploying deployment deploys did didn't die died dies different dns
    do docs does doesn't doing don't done dont down dropped due during dying each early easy
    either else email empty end entire error errors etc even ever every everybody everyone
    everything everywhere example fail failed failing fails failure failures far fast feels few
    file files fine fire first fix fixed for found from front frontend frontends full gateway
    get gets getting give go goes going gone good google got great group guys had half hang
    hanging happened happening happens hard has have having he heads hello help her here hey hi
    high him his hit home host hosts hour hours how however http https huge hung i i'd i'll i'm
    i've if im immediately in incident incidents infra instead internal internet into ip is
    isn't issue issues it it's its itself job jobs just keep keeps kind know last late latency
    later least left less let lets like line link list little live load local localhost log
    login logs long look looking looks lost lot lots machine made mail main major make makes
    manually many master may maybe me mean means meant memory message metrics might mine minute
    minutes missing monitoring more morning most much must my name need needed needs network
    never new next night no nobody node nodes none nor not nothing now number of off offline ok
    okay old on once one ones only onto open or other others otherwise our out outage outages
    over own packet packets page pages part people person ping pings pipeline please pls plz pod
    pods point port possible prob probably problem problems process prod product production
    project proxy public push put question queue quick quickly quite re read real really reason
    red redis related release reply report request requests response rest restart restarted
    restarting right room root router run running runs said same say says see seeing seem seems
    seen send sent server servers service services several she should show sick since site sites
    slow small so some somebody someone something sometimes somewhere soon sorry specific spike
    spiking staging start started starting status still stop stopped storage stuck stuff such
    super sure switch system systems take taking team test testing tests than thank thanks that
    that's the their them then there there's these they thing things think this those though
    through time timeout timeouts times timing to today together too took top total totally
    traffic tried try trying two under unless until up update updates upon urgent url us use
    used user users using usually very via virtual vm vpn wait waiting want wants was way we
    we're we've web website week well went were what what's when where whether which while who
    whole why wiki will with within without work worked working works world would wrong x yeah
    year years yes yesterday yet you you're your yours yourself zero
    """
)
