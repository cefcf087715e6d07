"""Make texts publishable: no names, no addresses, no places that are not public.

A text passes two filters. The first removes whatever looks like a URL, an address, a room, a path,
a ticket or a host, unless it begins with one of the public prefixes. The second looks at each
remaining word: a name is replaced by its label, and if a word may or may not be a name, the whole
text is withheld. The time for both depends on the length of the text only, however many names there
are: each word is looked up, rather than each name searched for. Knows no incident and no format.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from html import unescape
from itertools import pairwise, repeat
from urllib.parse import unquote

from ircbot.incident.common import words
from ircbot.incident.find import has_part
from ircbot.incident.masking import mask
from ircbot.incident.people import fold
from ircbot.report.ordinary import is_ordinary
from ircbot.report.pseudonyms import FullName

# Shapes, the longest first. Each starts only where no other could have started, so that an endless
# word is scanned once.
_THINGS = re.compile(
    r"(?P<link>(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s<>\"]+"
    r"|(?<![\w.-])(?:mailto|ircs?|sips?|tel|xmpp|news|magnet|data|file|arn|urn):[^\s<>\"]+"
    r"|(?<![\w.-])www\.[^\s<>\"]+)"
    # user@host, nick!user@host, a Matrix identifier; IPv4, IPv6 and similar
    r"|(?P<address>(?<![^\s<>()\[\]\"',;=])@?[^\s@<>()\[\]\"',;=]{1,200}@[\w-][\w.:-]*"
    r"|(?<![\w.])@[\w.=/-]+:[\w-]+(?:\.[\w-]+)+(?::\d+)?"
    r"|\[?(?<![0-9a-f:])[0-9a-f:]{0,30}:(?:\d{1,3}\.){3}\d{1,3}(?![\w:.])\]?"
    r"|(?<![\d.])(?:\d{1,3}\.){2,3}[x*](?!\w)"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?::\d{1,5})?(?!\.?\d)"
    r"|\[?(?<![0-9a-f:])(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}(?:/\d{1,3})?(?![\w:])\]?"
    r"|\[?(?<![0-9a-f:])(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{0,4}::(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{0,4}"
    r"(?:/\d{1,3})?(?![\w:])\]?)"
    r"|(?P<ticket>(?<![\w&./-])[\w.-]*(?:/[\w.-]+)?[#!]\d+\b"
    r"|(?<![\w-])(?-i:[A-Z][A-Z0-9_]{0,15})-\d+(?![\w-])"
    r"|(?<![\w-])(?:CVE-\d{4}-\d+|GHSA(?:-\w+){3})"
    r"|(?<![\w-])(?:INC|CHG|PRB|REQ|RITM|TASK|SCTASK|BZ|T)\d{3,}(?!\w))"
    r"|(?P<digest>(?<![\w-])(?:sha\d{1,3}|md5|blake2[bs]?|crc32)[:=-][\w+/=-]{6,}"
    r"|(?<!\w)[0-9a-f]{32,128}(?!\w))"
    r"|(?P<room>(?<![\w&;])&[a-z][\w-]+(?![\w;-])|(?<![&/#])#[^\s,;()\"'<>]*[^\s,;()\"'<>.!?:])"
    r"|(?P<path>(?<![\w.:/~-])(?:~[\w.-]*|\.{1,2})?/[\w.@+%=~-][\w.@+%=,~/-]*"
    r"|(?<!\w)[a-z]:\\[^\s\"<>|]*|(?<![\w\\])\\\\[^\s\"<>|]+"
    r"|(?<![\w./-])[\w.-]+(?:/[\w.-]+){2,}/?"
    r"|(?<![\w./-])(?=[\w./-]*[._-])[\w.-]+/[\w.-]+/?)"
    r"|(?P<host>(?<![\w.-])[\w-]+(?:\[?\.\]?[\w-]+)+\.?(?::\d{1,5})?"
    r"|(?<![\w.-])[a-z][\w-]*:\d{2,5}(?![\w:-]|[.,]\w)"
    r"|(?<![\w.-])(?=[a-z][a-z_-]+\d)[a-z0-9]+(?:[-_][a-z0-9]+)*(?![\w-]|\.\w))",
    re.IGNORECASE,
)
# Two words each; all others are one word.
_TICKET_NAMED = re.compile(
    r"(?<![\w-])(?:bug|ticket|issue|task|pull[ -]request|pr|mr|story|chg|inc|jira|bugzilla)s?"
    r"(?:[ \t]+(?:number|no\.?|nr\.?))?[ \t:]*[#!]?\d+(?!\w)",
    re.IGNORECASE,
)
# Questions and statements that can only be about a host, for hosts of one word.
_HOST_NAMED = re.compile(
    r"(?P<before>(?<![\w-])(?:(?:ssh|scp|telnet|mosh|rsync|traceroute)(?:[ \t]+(?:in)?to)?"
    r"|(?:host|server|machine|box|vm|node|instance)s?[ \t]+(?:named|called))[ \t]+"
    r"|(?<![\w-])(?:host|server|machine|node)[ \t]+(?=[\w-]+[ \t]+(?:is|was|has|went|does|did)\b))"
    r"(?P<word>[a-z][\w-]++)(?![\w.@:/-]*[@:/.]\w)",
    re.IGNORECASE,
)
# Spelled-out addresses: "ops (at) example (dot) org".
_SAID_ADDRESS = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}(?:[ \t]*[\[({]at[\])}][ \t]*[\w-]+"
    r"(?:[ \t]*[\[({]dot[\])}][ \t]*[\w-]+|\.[\w-]+)*"
    r"|[ \t]+at[ \t]+[\w-]+(?:[ \t]+dot[ \t]+[\w-]+)+)",
    re.IGNORECASE,
)
# National phone numbers; a count does not begin with a zero.
_PHONE = re.compile(
    r"(?<![\w.,:/+-])(?:0\d(?:[ /-]?\d){7,13}|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})(?![\w:])"
)
# A substring of each pattern, in lower case: most texts have none, and a check takes a tenth of the
# time.
_OF_TICKETS = (
    *("bug", "ticket", "issue", "task", "pull", "pr", "mr", "story", "chg", "inc", "jira"),
)
_OF_HOSTS = (
    *("ssh", "scp", "telnet", "mosh", "rsync", "traceroute", "named", "called"),
    *("host", "server", "machine", "node"),
)
_OF_ADDRESSES = ("[at", "(at", "{at", "dot")
_DIGIT = re.compile(r"\d")
_OF_PHONES = 9  # digits
_ENCODED = re.compile("%[0-9a-f]{2}", re.IGNORECASE)
_COUNT = re.compile(r"[0-9]{1,16}[,;:!?%]?")
_FRACTION = re.compile(r"[\d/.,-]+")
_NUMBER = re.compile(r"v?\d[\d.]*(?:\.\d+[a-z%]{0,4}|rc\d+|[ab]\d+)?\.?", re.IGNORECASE)
_FOUR_NUMBERS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_INITIALS = re.compile(r"(?:\w\.)+\w?", re.IGNORECASE)  # e.g., i.e., a.m.
_FILES = words(
    """
    bak c cfg conf cpp crt css csv go gz h html ini java js json key lock log md pem php pl py rb
    rs sh sql tar tgz toml ts txt xml yaml yml zip
    """
)
# Letters that are harmless with a number behind them.
_NUMBERED = words(
    """
    amd arm attempt base build chapter covid day ec error float gmt go hash hour http https int ip
    ipv iso java kb level line log lts md mid mp non oauth option page part phase php point
    port post pre prio priority py python q question release rfc round sect sev severity sha ssl
    sslv status step stop test tls tlsv top try uint unicode utc utf ver version wave week win
    year
    """
)
_WORD = re.compile(r"@?[\w\-\[\]{}\\|^`\u0300-\u036f]+")
_DECORATION = frozenset("_-[]{}\\|^`")
# Endings after a name that are not part of it; anything else may be a different word.
_PARTICLES = re.compile(
    "(?:さん|さま|ちゃん|くん|様|氏|君|殿|先生|は|が|を|に|の|と|も|へ|や|で|か|から|まで|님|씨|이|가|은|는|을|를|의"
    "|老师|先生|女士|说|在|的|和)"
)
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
# Joiners belong to emoji and some scripts; inside an ASCII word they only disguise it.
_JOINERS = re.compile("(?<=[!-~])[\u200c\u200d]+|[\u200c\u200d]+(?=[!-~])")
# Additions to a nick: it was taken, or what its owner is doing.
_UNDERSTUDY = re.compile(
    r"[_^|]+(?:afk|away|brb|busy|home|lunch|mobile|off|out|phone|sleep|work|zz+)?(?![^\W_])"
)
_BLANKS = re.compile(r"(\s+)")
_REMEMBERED = 20_000  # words
_LONG = 6  # a name of this length is also looked for inside words
_EVERYBODY = frozenset({"here", "channel", "all", "everyone", "room", "everybody"})
_THE = re.compile(r"(?<!\w)(?:the|a|an|every)[ \t]+([a-z]+)", re.IGNORECASE)


# Separators between the words of a name, and characters around an address or a path.
_LETTERS = re.compile(r"[^\W\d_]+")
_GAP = re.compile(r"[\s,;._\-\u2010-\u2015\u2212/]{1,3}")
_INSIDE = frozenset("/~#\\.!")
_BEFORE = frozenset("@/!\\")
_ANYBODY = "somebody"


class Undecided(Exception):
    """A word may or may not be a name."""


class Discretion:
    """Decides what may be shown: `labels` are by folded name, `public` are prefixes.

    `texts` are the texts to be shown: "the cache" in one of them means that "cache" is no name
    there.
    """

    def __init__(
        self,
        labels: Mapping[str, str],
        public: Collection[str] = (),
        texts: Iterable[str] = (),
        full_names: Iterable[FullName] = (),
    ) -> None:
        self._labels = {_folded(name): label for name, label in labels.items()}
        # By the first word: the other words, and the label.
        self._orders: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._given: dict[str, str] = {}  # names of one word, and words of longer names
        self._capitals: dict[str, str] = {}  # such words that are names only if capitalised
        for one in full_names:
            self._take(one)
        self._counted = any(name[0].isdigit() for name in self._labels)  # names like numbers
        self._lengths = sorted({len(name) for name in self._labels}, reverse=True)
        self._firsts = frozenset(name[0] for name in self._labels)
        self._public = tuple(prefix.lower() for prefix in public if prefix)
        self._heads = frozenset(name[:_LONG] for name in self._labels if len(name) >= _LONG)
        self._long = [length for length in self._lengths if length >= _LONG]
        self._words: dict[str, str | None] = {}  # cache of decided words
        self._chunks: dict[str, str | None] = {}
        self._nouns = self._said_of_things(texts)

    def _take(self, name: FullName) -> None:
        for first, *further in name.orders:
            self._orders.setdefault(first, []).append((tuple(further), name.label))
            joined = "".join((first, *further))
            if len(joined) >= _LONG and not is_ordinary(joined):
                self._labels.setdefault(joined, name.label)
        for part in name.own:
            if part in self._labels:
                continue
            sure = name.capital and len(part) > 3 and not is_ordinary(part)
            if sure or name.capital or not is_ordinary(part):
                known = self._given if sure else self._capitals
                known[part] = name.label if known.get(part, name.label) == name.label else _ANYBODY

    def _said_of_things(self, texts: Iterable[str]) -> frozenset[str]:
        alone = {name for name in self._labels if name.isalpha()}
        if not alone:
            return frozenset()
        return frozenset(
            word
            for text in texts
            for found in _THE.findall(text)
            if (word := found.lower()) in alone
        )

    def label(self, name: str) -> str:
        """The label for a name; "" if it is nobody's."""
        return self._labels.get(_folded(name), "somebody") if name else ""

    def is_public(self, thing: str) -> bool:
        """Whether a thing begins with a public prefix, at a boundary."""
        low = thing.lower()
        return any(map(self._is_prefix, self._public, repeat(low))) and not self._names_somebody(
            low
        )

    @staticmethod
    def _is_prefix(prefix: str, low: str) -> bool:
        """ "https://example.org" is neither a prefix of example.org.evil.net nor of x@evil.net."""
        if "://" not in prefix and "://" in low:
            low = low.partition("://")[2]
        if not low.startswith(prefix):
            return False
        rest = low[len(prefix) :]
        if not rest or not prefix[-1].isalnum():
            return True
        return rest[0] in "/?#" or re.match(r":\d{1,5}(?![^/?#])", rest) is not None

    def text(self, text: str) -> str | None:
        """The publishable text; None if undecided."""
        text = mask(text)[0]
        if not text.isascii():
            text = _JOINERS.sub("", _UNSEEN.sub("", text))
        text = self._without_worded_things(text)
        try:
            if self._orders:
                text = self._without_full_names(text)
            known = self._chunks.get  # bound once: most words are already cached
            shown = "".join([known(chunk) or self._chunk(chunk) for chunk in _BLANKS.split(text)])
            if self._is_disguised(text):
                return None
        except Undecided:
            return None
        return shown

    def _without_worded_things(self, text: str) -> str:
        """The text without things that consist of several words."""
        low = text.lower()
        # Beyond ASCII, lower() may change which letters match.
        some = (lambda parts: has_part(low, parts)) if low.isascii() else bool
        if digits := _DIGIT.findall(text):
            if len(digits) >= _OF_PHONES:
                text = _PHONE.sub("[phone number]", text)
            if some(_OF_TICKETS):
                text = _TICKET_NAMED.sub(self._ticket, text)
        if some(_OF_ADDRESSES):
            text = _SAID_ADDRESS.sub("[address]", text)
        if some(_OF_HOSTS):
            text = _HOST_NAMED.sub(self._host, text)
        return text

    def _ticket(self, found: re.Match[str]) -> str:
        return found[0] if self.is_public(found[0]) else "[ticket]"

    def _host(self, found: re.Match[str]) -> str:
        word = found["word"]
        known = _folded(word) in self._labels or is_ordinary(word.lower())
        return found[0] if known else f"{found['before']}[host]"

    def _without_full_names(self, text: str) -> str:
        """The text with names of several words replaced, in either order: "Doe, Jane"."""
        done, shown = 0, list[str]()
        words = list(_LETTERS.finditer(text))
        folded = [_folded(word[0]) for word in words]
        place = 0
        while place < len(words):
            length, label = self._full_name_at(text, words, folded, place)
            if length:
                begin = words[place].start()
                begin -= text[begin - 1 : begin] == "@"
                shown += (text[done:begin], label)
                done = words[place + length - 1].end()
            place += length or 1
        return "".join([*shown, text[done:]])

    def _full_name_at(
        self, text: str, words: list[re.Match[str]], folded: list[str], place: int
    ) -> tuple[int, str]:
        """How many words from `place` on are a name, and its label; 0 if they are not."""
        for further, label in self._orders.get(folded[place], ()):
            last = place + len(further)
            if tuple(folded[place + 1 : last + 1]) != further:
                continue
            begin, end = words[place].start(), words[last].end()
            gaps = (text[one.end() : two.start()] for one, two in pairwise(words[place : last + 1]))
            # A name inside an address or a path is removed with it.
            outside = text[begin - 1 : begin] not in _INSIDE and text[end : end + 1] not in _BEFORE
            if all(map(_GAP.fullmatch, gaps)) and outside:
                return len(further) + 1, label
        return 0, ""

    def _chunk(self, chunk: str) -> str:
        """A run of non-blanks, or of blanks. Cached, as people repeat words."""
        if not self._counted and _COUNT.fullmatch(chunk):
            return chunk
        decided = self._chunks.get(chunk, "")
        if not decided and chunk:
            if len(self._chunks) >= _REMEMBERED:
                self._chunks.clear()
                self._words.clear()
            try:
                decided = "".join(self._parts(chunk))
            except Undecided:
                decided = None
            self._chunks[chunk] = decided
        if decided is None:
            raise Undecided
        return decided

    # --- things -----------------------------------------------------------------------------

    def _parts(self, text: str) -> Iterator[str]:
        done = 0
        for found in _THINGS.finditer(text):
            kind = str(found.lastgroup)
            thing = found[0]
            if self._is_harmless(kind, thing):
                continue
            yield self._named(text[done : found.start()])
            done = found.end()
            end = thing.rstrip(".,;:!?)]}'\"»”’") if kind == "link" else thing
            if kind == "host" and end.lower().rpartition(".")[2] in _FILES:
                kind = "file"
            yield end if self.is_public(end) else f"[{kind}]"
            done = found.start() + len(end)
        yield self._named(text[done:])

    def _is_harmless(self, kind: str, thing: str) -> bool:
        """Whether it only looks like a thing: a number, a fraction, an abbreviation."""
        match kind:
            case "path":
                return bool(_FRACTION.fullmatch(thing))
            case "ticket":
                head, _, number = thing.rpartition("-")
                return bool(head) and head.lower() in _NUMBERED and number.isdigit()
            case "host":
                return self._is_no_host(thing)
            case "address":
                return thing == "::"
            case _:
                return False

    def _is_no_host(self, thing: str) -> bool:
        head, colon, _ = thing.partition(":")
        if colon and "." not in thing:
            return head.lower() in _NUMBERED  # line:42
        if "." not in thing:
            letters = re.split(r"[\d_-]+", thing.lower())
            numbered = any(char.isdigit() for char in thing)
            return not numbered or all(part in _NUMBERED or len(part) < 2 for part in letters)
        if _FOUR_NUMBERS.search(thing):
            return False
        labels = thing.rstrip(".").split(":")[0].split(".")
        if _NUMBER.fullmatch(thing) or _INITIALS.fullmatch(thing):
            return True
        # No host ends in a number, as "python3.11" does.
        return labels[-1].isdigit() and all(map(self._is_no_host, labels[:-1]))

    # --- names ------------------------------------------------------------------------------

    def _named(self, text: str) -> str:
        return _WORD.sub(self._word, text) if text else ""

    def _word(self, found: re.Match[str]) -> str:
        word = found[0]
        if word not in self._words:
            try:
                self._words[word] = self._decided(word)
            except Undecided:
                self._words[word] = None
        decided = self._words[word]
        if decided is None:
            raise Undecided
        return decided

    def _decided(self, word: str) -> str:
        """A word with names replaced by labels."""
        mention = word.startswith("@")
        bare = word[1:] if mention else word
        folded = _folded(bare)
        parts: list[str] = []
        left: list[str] = []  # the parts of the word that are not names
        done = 0
        for place, char in enumerate(folded):
            if place < done or char not in self._firsts:
                continue
            begins = _begins(folded, place)
            if not begins and _is_latin(char):
                continue
            if (name := self._name_at(folded, place)) is None:
                continue
            if not begins:
                raise Undecided  # a script without spaces
            left.append(folded[done:place])
            parts += [bare[done:place], self._labels[name]]
            done = place + len(name)
            if folded[done : done + 1] == "s" and _ends(folded, done + 1):
                parts.append("’s")
                done += 1
            elif (tail := _UNDERSTUDY.match(folded, done)) is not None:
                done = tail.end()
        if any(map(self._hides_a_name, (*left, folded[done:]))):
            raise Undecided
        if not parts and (given := self._without_given_names(bare)) != bare:
            return given
        if not parts:
            unknown = mention and bare[:1].isalpha() and bare.lower() not in _EVERYBODY
            return "somebody" if unknown else word
        return "".join([*parts, bare[done:]])

    def _without_given_names(self, bare: str) -> str:
        """The rest of a word without parts of names."""

        def named(found: re.Match[str]) -> str:
            said = found[0]
            folded = _folded(said)
            if (label := self._given.get(folded)) is not None:
                return label
            if (label := self._given.get(folded.removesuffix("s"))) is not None:
                return f"{label}’s"
            if folded not in self._capitals or not (
                said.istitle() or (said.isupper() and len(said) > 3)
            ):
                return said
            if is_ordinary(folded):
                raise Undecided
            return self._capitals[folded]

        return _LETTERS.sub(named, bare) if self._given or self._capitals else bare

    def _name_at(self, folded: str, place: int) -> str | None:
        """The longest name at `place`, if it is meant as one. Undecided if it may not be."""
        for length in self._lengths:
            name = folded[place : place + length]
            if len(name) < length or name not in self._labels:
                continue
            end = place + length
            if _ends(folded, end):
                self._must_be_a_name(name)
                return name
            if folded[end] == "s" and _ends(folded, end + 1):
                self._must_be_a_name(name)
                self._must_be_a_name(f"{name}s")
                return name
            if not _is_latin(name[-1]) and _PARTICLES.match(folded, end):
                self._must_be_a_name(name)
                return name
            if not _is_latin(name[-1]):
                raise Undecided  # a script without spaces
        return None

    def _must_be_a_name(self, word: str) -> None:
        if not any(map(_is_letter, word)) or word.isdigit():
            raise Undecided
        if word.isalpha() and (word in self._nouns or (word.isascii() and is_ordinary(word))):
            raise Undecided

    def _hides_a_name(self, folded: str) -> bool:
        """Whether a long name occurs anywhere, even inside another word."""
        if not self._heads:
            return False
        # By length: there are few lengths, however many names share a beginning.
        return any(
            folded[place : place + length] in self._labels
            for place in range(len(folded) - _LONG + 1)
            if folded[place : place + _LONG] in self._heads
            for length in self._long
        )

    def _names_somebody(self, thing: str) -> bool:
        try:
            return self._named(thing) != thing
        except Undecided:
            return True

    def _is_disguised(self, text: str) -> bool:
        """Whether a name occurs encoded, in spaced letters, in look-alike letters or with combining
        marks."""
        flat = unescape(text) if "&" in text else text
        if _ENCODED.search(flat):
            flat = unquote(flat)
        if _SINGLE.search(flat):
            flat = _SPELLED.sub(lambda found: _BETWEEN.sub("", found[0]), flat)
        if not flat.isascii():
            flat = "".join(
                char
                for char in unicodedata.normalize("NFKD", flat).translate(_LIKE)
                if not unicodedata.combining(char)
            )
        return flat != text and self._count(flat) > self._count(text)

    def _count(self, text: str) -> int:
        return sum(self._word(found) != found[0] for found in _WORD.finditer(text))


# Cyrillic and Greek letters, small capitals and others that look like Latin letters.
_LIKE = str.maketrans(
    "авекмнорстухіѕјԁցһԛԝοανρικτυᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢƶøłđħŧıɑɡ",
    "abekmhopctyxisjdghqwoavpiktuabcdefghijklmnoprstuvwyzzoldhtiag",
)
# Four or more single letters with separators.
_SPELLED = re.compile(r"(?<!\w)(?:\w[ .*_-]){3,}\w(?!\w)")
_SINGLE = re.compile(r"[ .*_-]\w[ .*_-]")
_BETWEEN = re.compile(r"[ .*_-]")


def _folded(word: str) -> str:
    """Case-folded as IRC compares names, and fully beyond ASCII; the length is unchanged."""
    folded = fold(word)
    if folded.isascii():
        return folded
    return "".join(low if len(low := char.lower()) == 1 else char for char in folded)


def _is_letter(char: str) -> bool:
    return bool(char) and char not in _DECORATION


def _is_latin(char: str) -> bool:
    return (
        char.isascii()
        or "\u00aa" <= char <= "\u024f"
        or "\u0300" <= char <= "\u036f"
        or "\u1e00" <= char <= "\u1eff"
    )


def _parts_company(before: str, after: str) -> bool:
    """Whether two neighbouring characters must belong to different words."""
    return not (_is_letter(before) and _is_letter(after)) or _is_latin(before) != _is_latin(after)


def _begins(folded: str, place: int) -> bool:
    return place == 0 or _parts_company(folded[place - 1], folded[place])


def _ends(folded: str, place: int) -> bool:
    return place >= len(folded) or _parts_company(folded[place - 1], folded[place])
