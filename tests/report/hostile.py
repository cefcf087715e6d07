"""What people, and people's terminals, write into a timeline that a format could take for its own."""

from __future__ import annotations

from hypothesis import strategies as st

from report.reading import word_for_word

TEXTS: tuple[str, ...] = (
    "a | b || c |d| | ",
    "| starts with a pipe, ends with one |",
    "[brackets] and ![image](x.png) and [link](http://example.org) and [ref][1] and [^note]",
    "]]> ends no CDATA <![CDATA[ and begins none",
    "\x02bold\x02 \x0304,12red on blue\x03 \x1ditalic\x1d \x1funder\x1f \x16reverse\x16 \x0fplain",
    "\x034colour without background, \x03 and a stray one, \x0412ab34hex\x04",
    "a bell \x07, a null \x00, an escape \x1b[31m, a delete \x7f, \x01ACTION no action\x01",
    "a lone surrogate \ud800 here and \udfff there, and \ufffe and \uffff",
    "emoji 🔥🧯 👩‍🚒 and ✈️, family 👨‍👩‍👧‍👦, flags 🇨🇭",
    "עברית from right to left, ‮overridden‬ and العربية 123 in the middle",
    "火事です everything is 火 in a line long enough that it must be wrapped 火火火火火火火火火火",
    "{code} {noformat} {panel:title=x} {color:red}red{color} {anchor:x} {toc}",
    "{{x}} {{{x}}} {% raw %} {# comment #} ${x} #{x} <%= x %>",
    "<script>alert(1)</script> <b>bold</b> <!-- comment --> </td></tr></table> <ac:link/>",
    "&amp; &lt; &nbsp; &bogus; &#60; &#x3c; & alone",
    "@here @channel @metadave and ops@example.org",
    "#12 GH-7 mozilla/bedrock#3 !42 ~label %milestone #hash",
    "[[File:Fire.jpg|thumb|oops]] [[Category:Incidents]] [http://example.org label] '''bold''' ~~~~",
    "----",
    "---- a rule? ---",
    "==== no heading ====",
    "# no heading",
    "## nor this",
    "h1. no heading",
    "H2. no heading either",
    "bq. no quotation",
    "* no bullet ** nor this",
    "- no bullet",
    "+ no bullet",
    "1. no number",
    "12) no number",
    "> no quotation",
    ": no definition",
    "; no term",
    "= no heading",
    "=====",
    "~~~ no fence",
    "``` no fence ``` `code` ``two``",
    "    four leading spaces",
    " one leading space",
    "\ta tab and\tanother and a trailing one\t",
    "runs   of    blanks",
    "https://example.org/a_b(c)[d]?e=f&g=h#i%20j",
    "see <https://example.org/>, (http://example.org/a_(b)), [http://example.org/x|y] and www.example.org.",
    "HTTPS://EXAMPLE.ORG/UPPER ftp://example.org/file mailto:a@b.example irc://irc.example.org/#x",
    "look!https://example.org/a!https://example.org/b @https://example.org #https://example.org/1",
    "https://example.org/~~~~/a--b---c/__d__/''e''/**f**/^g^/{h}/|i|/+j+/%7Bk%7D and http://[::1]/",
    "http:// alone, https://, and http://user:pass@example.org:8080/path;a=b,c!d*e'f\"g",
    "C:\\Windows\\system32 \\\\server\\share \\n \\| \\* \\",
    "\\",
    "ends with a backslash \\",
    ":) ;) :( :D :P ;-) :-( (y) (n) (i) (/) (x) (!) (+) (-) (?) (on) (off) (*) (*r)",
    ":smile: :+1: :e-mail: 12:30:45 a::b",
    "prod :cry",
    "_under_ __under__ *star* **star** ~~strike~~ -del- +ins+ ^sup^ ~sub~ ??cite?? ==mark== H~2~O",
    "snake_case_name and _private and __init__ and 2*3*4 and a-b--c---d and a+b+c",
    "\"quotes\" 'single' ''two'' “curly” ‘single’ «guillemets» -- dashes --- ... and so on…",
    "$HOME costs $5 and $6, $$x^2$$, \\(x\\), \\[x\\]",
    "| --- | --- |",
    "|| th || th ||",
    "|- |+ |} {| ! !!",
    "__NOTOC__ __TOC__ #REDIRECT [[X]] <nowiki>x</nowiki> ISBN 0123456789 RFC 1459",
    'metadave: (he said) "TL: this" -> that => other <- back <-> both',
    "non-breaking\u00a0space, narrow\u202fone, zero\u200bwidth, soft\u00adhyphen, \u3000wide",
    "composed \u00e9 and not e\u0301, \u212bngstr\u00f6m, \U0002f869, \u1112\u1161\u11ab, \ufb01 ligature",
    "two\u2028lines\u2029and \u0085more\x0bof\x0cthem",
    "%s %d {0} {name} %(x)s",
    "TL: within TL: twice",
    "#7",
    "7",
    "12:00",
    "12:00  #7    metadave: looks like a row",
    "entry 3",
    "0",
    "–",
    "not known",
    "[redacted]",
    "To be written: everything",
    "tl-0001",
    "</main></body></html>",
    "-->",
    "?>",
    "<?xml version='1.0'?> <!DOCTYPE x> <!ENTITY x 'y'>",
    "{{{",
    "}}",
    "a" * 8192,
    "word " * 1638,
    "https://example.org/" + "x" * 500 + "?" + "y=z&" * 100,
    "|" * 300,
    "*" * 300,
    "\\" * 301,
    "[" * 200 + "]" * 200,
    "&" * 200,
)

# Characters that mean something to a format, so that random text finds their neighbourhoods.
_MEANINGFUL = "\\`*_[]<>#|~&!{}()+-.$:;@='\"?^%/ \t,0123abhHx"
# No letters of unassigned meaning: pandoc's tables of Unicode are older or newer than Python's.
_ANY = st.characters(exclude_categories=("Cn",))

# IRC knows neither CR, LF nor NUL; and a recorded line holds something.
texts = (
    st.one_of(
        st.text(st.sampled_from(_MEANINGFUL), min_size=1, max_size=60),
        st.text(st.one_of(st.sampled_from(_MEANINGFUL), _ANY), min_size=1, max_size=60),
        st.lists(st.sampled_from(TEXTS[:70]), min_size=1, max_size=3).map("".join),
    )
    .map(lambda text: text.translate({0: None, 10: None, 13: None}))
    .filter(word_for_word)
)
