"""Ordinary words that may also be somebody's nick, so that nobody can tell which is meant.

A list in addition to the words that are never taken for nicks (incident/common.py). It may be too
long, never too short: if such a word is somebody's nick, entries that contain it are not published.
"""

from __future__ import annotations

from functools import lru_cache

from ircbot.incident.common import COMMON, words

# First names with another meaning.
_NAMES = words(
    """
    abbey amber angel april archer art ash asher august autumn basil bay bell bill blaze booker
    bran brandy brook brooke buck bud buster candy carol chance chase chip christian clay cliff
    cole colt cooper coral crew crystal cy daisy dale dawn dean dee destiny dick dot drake drew
    duke earl ember eve faith fay fern finn fisher flora forest frank gale garnet gene genesis
    ginger gore grace grant gray guy hale harmony harper hazel heath heather heaven herb holly hope
    hunter iris ivory ivy jack jade jasmine jay jewel jock joy jude june justice kay king kitty
    knight lance lane lark laurel levy lily luna lux maple march mark marsh mason max may maze
    mercy merry miles mills minor misty nick norm olive opal page parker pat patience peace pearl
    peg penny pierce piper poppy porter preston price prince prudence queen quill rain randy raven
    ray reed reef rex rich ridge river rob robin rock rod roman rose rosemary rowan ruby rush rusty
    ruth sage sandy scout serenity shad skip sky slate sol star stella sterling stew storm stormy
    sue summer sunny tab tad teddy temple tiger trinity trip tucker van victor victory viola violet
    wade walker ward west will willow win winter wolf wood woody wren young zephyr
    """
)

# What people talk about in an incident.
_TRADE = words(
    """
    agent agents airflow akamai alarm alarms amazon anchor android ansible apache apollo arch
    archive argo arm arrow artifact atlas atom auth aws azure balancer bash batch beacon beta
    binary blob block blocks blog bolt boot branch bridge broker bucket buffer bundle bus button
    byte bytes cable cassandra catalog ceph chain channels chart chef chrome cisco clock cloud
    cloudflare cobalt cobol codec column commit commits compiler compute conda config configs
    console consul container containers cookie cookies core cores corner cors counter crawler cube
    curl cursor cycle dark dashboards datadog debian debug delta demo desktop devops dhcp diff
    digest disk disks django docker domain domains door drive driver drivers drone drupal echo edge
    elastic elasticsearch elk engine envoy epoch eth event events excel export extension fabric
    factory falcon fan feature features fedora feed fetch fiber field filter firefox firewall flag
    flags flash flask fleet flow font fork form forms frame frames freebsd gate gem gentoo ghost
    git github gitlab glue gnome go grafana graph graphite graphs grid guard guest hack hacker
    handler haproxy harbor hash header headers heap helm heroku hook hooks hub icon image images
    import inbox index input instance instances iron jaeger java javascript jenkins jira json
    jupyter kafka kernel key keys kibana kube kubernetes lab label lamp language laptop layer ldap
    leaf lens level library limit limits linode linux loader lock locks logger logic loop lua mac
    macro magic mailman map maps mariadb markdown marker master mastodon matrix memcached mercury
    mesh micro migration migrations mirror mobile mock mode model modem module mongo monitor
    monitors mount mouse mozilla mysql nagios nano nas nat neo netbox nexus nfs nginx nic noise
    nomad nova ntp octopus oom oracle orbit orca oslo outbox output pager pagerduty panel panic
    parent parser password patch path paths perl phone photon php pilot ping pipe pixel plan planet
    plugin plugins policy pool portal ports postfix postgres postgresql power printer prism probe
    process processes profile prometheus proto proxies pulsar pulse puppet push pypi python query
    queues rabbit rabbitmq rack rails ram range rate raw reboot record records redhat registry
    relay remote render replica replicas repo report reports reset resolver resource resources ring
    risk robot rocket rollback rollout route routers routes routing rpm rsync ruby rule rules rust
    safari sandbox scale scanner schedule scheduler schema scope screen script scripts search
    secret sector security sensor sentry serial session sessions shadow shard shards shell shield
    shop signal silver sink slack snapshot snow socket solar solr sonar source space spark spider
    spinnaker splunk spring sql squid stack stacks stage static stats stream stripe sudo suse swap
    swarm switches symbol sync syslog table tables tag tags task tasks template tenant tensor
    terminal terraform thread threads ticket tickets titan tls token tokens tomcat topic tor tower
    trace traces tracker train travis tree trigger tunnel tux twitter ubuntu unix update upgrade
    vagrant vault vector velocity vendor verify version vim visa vision volume warden warning
    watcher webhook weblate widget window windows wire wireless worker workers workflow worm xen
    yaml yarn zabbix zero zone zones zookeeper zope
    """
)

# Other everyday words, and words that nicks are made of.
_OTHERS = words(
    """
    able acid act action active actual ad adapt advice affect afraid aid aim air alien alive amount
    ancient anger angry animal answer ant ape apple apply area army arrive art asleep atomic attack
    avoid awake aware awful axe baby bacon badge badger bag bake ball banana band bang bank banner
    bar bare bark barn base basic basket bat bath battle beach bean bear beard beast beat beautiful
    beaver bee beef beer beetle begin begun belief belong belt bench bend berry bet bird bishop
    bite bits bitter black blade blank blast blind blink blood blow blue board boat body boil bold
    bomb bond bone bonus book boom boring born borrow bother bottle bottom bounce bow bowl brain
    brave bread breath breeze brick brief bright bring brother brown brush bubble bug bull bullet
    bump bunny burn burst bush butter butterfly buy cactus cafe cage cake calm camel camera camp
    candle cap captain car card cards careful carry cart case cash cast castle cat catch cats cause
    cave cell center central chair chaos cheap cheers cheese cherry chess chicken chief child chill
    chocolate choice circle city class clean clear clever click climb clip close cloth club clue
    coach coast coat cobra cocoa coconut coffee coin cold color colour comet comfort comic common
    company complete concern cook cookie cool copper copy corn cost cotton count country couple
    course court cousin cow cowboy coyote crab crack craft crane crash crate cream creek cricket
    crime crisp cross crow crowd crown cruel cry cup curious curl current custom cut cute dad
    dagger damage damn dance danger dare dash date daughter dawn deal dear death debt decide deep
    deer degree delay delete delight demon den dense depth desert desk detail device devil dial
    diamond diet dig digital dirt dirty dish distant dive divide doc dog doll dolphin donkey doom
    dot double doubt dove dozen drag dragon dragonfly drama draw dream dress drift drill drink drum
    dry duck dull dune dust duty eager eagle ear earth ease east eat eclipse edit effect effort egg
    elder electric element elephant elf elite emerald emperor enemy energy enjoy enter equal escape
    evening evil exact exist exit expert explain extra eye eyes face fact fade fair fairy fake fall
    false fame family famous fancy farm farmer fashion fat fate father favor fear feather feet
    fellow felt fence fever fiction fight figure fill film final finch find finger finish firefly
    firm fish fit flame flat flavor flip float floor flower fluffy fly foam fog fold folk food fool
    foot force foreign forget fortune forum forward fox foxy fraction free freedom freeze fresh
    friday friend friendly frog frost frozen fruit fuel fun fungus funny fur fury future galaxy
    game gamer games gamma gang gap garage garden garlic gas gather gear geek general gentle ghost
    giant gift giraffe girl glad glass glitch globe gloom glory glow goal goat gold golden golf
    goose grab grade grain grand grape grass grave gravity great greed green grey grief grin grind
    grip ground grow growl guess guide guitar gum gun habit hair hall ham hammer hamster handle
    handy happy harbor harm harsh harvest haste hatch hate hawk hazard heal health hear heart heat
    heavy hedge hedgehog height helmet hero heron hide hill hint hippo history hobbit hobby hold
    hole holiday hollow holy honest honey honor hood hoop horizon horn horse hot hotel house human
    humble humor hungry hunt hurry hurt ice idea ideal idle ignore ill imp impact impulse inch
    income ink inner insect inside iron island item jam jar jazz jelly jester jet joke joker
    journey judge juice jumbo jungle junior junk jury karma keen kettle kick kid kill killer kilo
    kind kingdom kiss kite kiwi knee knife knock knot koala koi ladder lady lake lamb lamp land
    large laser lash latin laugh launch lava law lawyer layer lazy lead leaf leak lean learn leave
    legend lemon lend length lens leopard lesson letter liberty lie life lift light lightning lime
    lion lip liquid listen liter llama lobster locust loose lord loud lounge love lucky
    lunar lynx machine mad magnet maid main major mammoth man mango manor many marble mars martian
    mask mass mast match mate math matter meadow meal mean meat medal media medic meet melon melt
    mental mention menu merit mess metal meteor method middle might mild milk mill mind mine mint
    miracle mirror misery miss mist mix mobile mole moment monday money monk monkey monster month
    mood moon moose moral moss moth mother motion motor mountain mouth movie mud mule muse music
    mystery myth nail narrow nasty nature near neat neck needle neighbor neon nerd nerve nest net
    neutral nice nickel nightmare nimble ninja noble nod node noon north nose note notice novel
    nuclear nurse nut oak oasis object ocean odd odds odin offer oil olive omega onion opera
    opinion option orange orchid order organ origin orphan osprey otter ounce outlaw oven owl ox
    oxygen oyster pace pack paddle pain paint pair palace pale palm panda panther pants paper
    parade parallel park parrot party pasta paste patient pattern paw pawn pay pea peach peak
    peanut pebble pen pencil penguin pepper perfect phantom phase phoenix photo piano pick pickle
    picnic picture pie piece pig pigeon pill pillow pin pine pink pint pioneer pirate pitch pizza
    place plague plain plane plant plastic plate play player pleasure plot plum plus pocket poem
    poet poison pole police polite pond pony poor pop popcorn popular post pot potato potion pound
    powder prefer present press pretty pride priest primary prime print prison private prize prof
    profit promise proof proper proud pub pull pumpkin punch punk pupil puppy pure purple purse
    puzzle quack quality quartz quest quiet quiz rabbit raccoon race radar rage ranger rapid rascal
    rat razor reach ready reality reaper rebel recent recipe red relax remember remind repair reply
    rescue return reveal rhino rhythm rice ride rifle ripple rise rival road roast rogue roll roof
    rookie root rope rough round row royal rubber rug ruin ruler rum rumble run runner sad saddle
    safe sail saint salad salmon salt sample samurai sand satan saturn sauce savage save scarab
    scarecrow science scorpion scratch scream seal season seat second seed seek select self sell
    senate senior sense serene serious serpent shade shake shallow shame shape shark sharp sheep
    shelf shell shine ship shirt shock shoe shoot shore short shot shoulder shout shower shut shy
    side sigh sight sign silence silent silk silly simple sing single sister size skate skeleton
    skill skin skull slam slap slave sleepy slice slide slim slip sloth slug smart smash smell
    smile smith smoke smooth snail snake snap sneaky sniper soap social sock soft soil soldier
    solid solo solution son song sonic soul sound soup sour south spam spare spark sparrow speak
    spear speed spell spend sphere sphinx spice spike spin spiral spirit split spoon sport spot
    spray sprite spy square squirrel stable staff stag stain stair stale stamp stand state station
    statue stay steady steal steam steel stem step stick stiff sting stock stone story straight
    strange straw street stress strict strike string strip strong student studio study stupid style
    subject success sugar suit sun super surf surface surprise swan sweet swift swim sword tail
    tale talent tall tame tango tank tape target taste tax tea teacher tear teeth tell tempest
    tense term terrible terror text theme theory thick thief thin third thorn thought thumb thunder
    tick tide tie tight tin tiny tired title toad toast tomato tomorrow tone tongue tooth torch
    tornado torpedo tortoise touch tough tour toward town toxic toy track trade trail trap trash
    travel treasure treat trick troll trooper trouble truck true trunk trust truth tuna turn turtle
    twin twist type ugly ultra uncle unicorn union unique unit universe urban urge usual vacuum
    vague valid valley value vampire vanilla vapor vast venom venus verse vibe view viking villain
    vine viper virus visit vital vivid voice void volcano volt vortex vote vulture waffle wagon
    wake walk wall wallet walnut walrus wander wanderer war warm warp warrior wash wasp water wave
    wax weak wealth weapon wear weasel weather wedding weed weird welcome well whale wheat wheel
    whisper white wide wife wild wind wine wing wings winner wise wish witch wizard wolverine woman
    wonder wooden wool word words worry worth wraith wrap wreck wrench yard yellow yeti yoga zebra
    zen zigzag zombie zoo zoom
    """
)

_ORDINARY = COMMON | _NAMES | _TRADE | _OTHERS
_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "r", "ly", "y")


@lru_cache(maxsize=1 << 14)
def is_ordinary(word: str) -> bool:
    """Whether a word in lower case is, or is derived from, one that need not be a name.

    >>> [is_ordinary(word) for word in ("will", "servers", "metadave", "deploying", "jd")]
    [True, True, False, True, True]
    """
    if len(word) < 3 or word in _ORDINARY:
        return True
    stems = (word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending))
    return any(stem in _ORDINARY or f"{stem}e" in _ORDINARY for stem in stems if len(stem) > 2)
