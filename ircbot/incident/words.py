"""What the bot says. A process may reword any of it in its `[replies]`, by the same keys.

Every text is one line of IRC with named places, such as {nick}; another wording may use the places
that the default has.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from ircbot.incident.process import Process
from ircbot.incident.texts import own_text
from ircbot.incident.times import Unclear, Why, date_name, told

WORDS: dict[str, str] = {
    # declaring
    "declared": "Incident {id}: {summary}. {began}{leader}{comms}",
    "declared-here": "Incident {id} is open: {summary}. {began}{leader}"
    "TL: lines here go on record.",
    "declared-over": "Incident {id} is on record: {summary}, from {begun} to {ended} ({span}). "
    "{report}",
    "began": "It began {at}. ",
    "leader-is": "{Lead}: {nick}. ",
    "leader-since": "{nick} since {since}",
    "role-is": "{role}: {nicks}. ",
    "leader-none": "Nobody is {lead} yet. ",
    "leader-asked": 'Who leads? Say "I am the {title}". ',
    "comms-is": "Comms: {channel}. ",
    "drill": " (drill)",
    "no-summary": "no summary yet",
    "guarded": "not for IRC",
    "summary-held": "kept, and not said aloud.",
    "declared-many": "you have {count} incidents open, the most that one person may: {incidents}.",
    "already-open": "incident {id} ({summary}) is open here, {led}. Another one needs another "
    "channel.",
    "second-one": "a second one? Incident {id} ({summary}) is open here, {led}. Another one needs "
    "another channel.",
    "declare-nearly": 'to declare an incident: "I am declaring an incident", or {prefix} declare '
    "SUMMARY",
    "entry-asked": 'to record that: "TL: {text}", or {prefix} yes',
    "same-as": "the same as incident {id} ({summary})? If not, say it again: "
    "{prefix} declare SUMMARY",
    "stray-line": "1 TL: line",
    "stray-lines": "{count} TL: lines",
    "strays": "{lines} said before the declaration. To record: {adopt}. To drop: "
    "{prefix} tl discard.",
    "strays-adopted": "{numbers} recorded from before the declaration.",
    "strays-discarded": "the kept TL: lines are dropped ({count}).",
    "no-strays": "no TL: lines are waiting.",
    "stray": "no incident is open. Your line is kept and offered to the next one: "
    "{prefix} declare SUMMARY",
    "stray-over": "no incident is open. Your line is kept: {prefix} @{id} tl adopt takes it into "
    "incident {id} ({summary}), which is resolved; {prefix} declare SUMMARY opens one.",
    "product": "{product}{lead}{channel}. To call its people: {prefix} notify {nicks} {summary}",
    "product-none": "no such product here; there are: {products}.",
    "product-lead": ", lead {lead}",
    "product-channel": ", usual channel {channel}",
    "product-runbook": "{product}: runbook {url}",
    "adopted": "{numbers} recorded, said since {since}; detected {since}.",
    "adopted-none": "no line is remembered since {since}; detected {since}.",
    # leading
    "lead-taken": "{nick} is now {lead}{before}.",
    "lead-passed": "Incident {id}: {nick} is now {lead}{before}.",
    "lead-before": " ({nick} was, for {span})",
    "led-by": "led by {nick}",
    "led-by-nobody": "without a leader",
    "lead-already": "you are {lead}, since {since}.",
    "lead-is": "{nick} is {lead}, since {since}.",
    "lead-nobody": 'nobody is {lead} yet. Whoever says "I am the {title}" is.',
    "stepping-down": 'Who takes over as {lead}? Say "I am the {title}".',
    "leaving": 'Who continues as {lead}? Say "I am the {title}".',
    "offer-planned": "{nick} is offered {lead} {at}. {prefix} decline takes that back.",
    "lead-held": "{holder} is {lead}. The baton passes when {holder} offers it "
    '("{claimant} has agreed to take over {lead}").',
    "lead-offered-to-other": "{holder} is {lead} and has offered it to {offered}.",
    "offered": "{nick}: please confirm that you are now {lead} ({prefix} accept).",
    "offer-again": "{nick}: {holder} offered you {lead}. accept or decline? "
    '("Confirmed, I am now {lead}" will do.)',
    "offered-already": "{nick} was asked already, and has not answered yet.",
    "offer-declined": "{nick} declines; {stays}.",
    "offer-withdrawn": "the offer to {nick} is withdrawn; {stays}.",
    "stays": "{holder} stays {role}",
    "stays-nobody": "nobody is {role}",
    "offer-timeout": "{holder}: {nick} has not answered for {span}; {stays}.",
    "offer-absent": "{nick} is not here: nothing is offered. {prefix} handoff {nick} offers it all "
    "the same.",
    "offer-yourself": "{nick} is {lead} already.",
    "offer-bot": "I cannot be {lead}; I only take notes.",
    "offer-not-leader": "only {holder}, who is {lead}, can hand over.",
    "confirm-whom": "nobody with an account is known here as {nick}. "
    "{prefix} confirm {nick} ACCOUNT",
    "confirmed": "{nick} counts as the owner of the account {account} until they leave, as {by} "
    "confirms.",
    "no-offer": "you were offered nothing; {prefix} lead asks for the lead.",
    "leader-gone": "{nick}, who is {lead}, has left ({how}). "
    'Whoever says "I am the {title}" takes over.',
    "leader-split": "{nick}, who is {lead}, is on the other side of a netsplit for {span}. "
    'Whoever says "I am the {title}" takes over.',
    "leader-back": "{nick} is back, and still {lead}.",
    "break": "you have led for {span}. A break is all right: "
    '"NICK has agreed to take over {lead}", or {prefix} handoff NICK.',
    "role-taken": "{nick} is {role}.",
    "role-left": "{nick} is no longer {role}.",
    "role-kept": "{role} passes on when somebody else has taken it: {prefix} role {role} NICK",
    "stands-in": "{nick} is {role} until somebody else is.",
    "role-offered": "{nick}: please confirm that you are now {role} ({prefix} accept).",
    "role-held": "{holder} is {role}; it passes when {holder} offers it "
    "({prefix} role {role} {claimant}).",
    "role-exclusive": "{nick} is {other}, which cannot be held together with {role}.",
    "role-none": "no such role here; there are: {roles}.",
    "role-who": "{role}: {nicks}.",
    "role-nobody": "nobody",
    "role-holder": "the {role}",
    # the place
    "comms-set": "Incident {id} ({summary}): updates are in {channel}.",
    "comms-here": "Incident {id} ({summary}) is worked on here; TL: lines go on record.",
    "comms-taken": "{channel} is the comms channel of incident {id} ({summary}), {led}.",
    "comms-taken-unseen": "{channel} is taken; name another channel: {prefix} channel #NAME",
    "comms-forbidden": "{channel} is not among the channels I may be sent to "
    "([irc] may_join): {patterns}.",
    "comms-already": "the comms channel is {channel}.",
    "comms-what": "which channel? {prefix} channel #NAME",
    "video-set": "Incident {id} ({summary}): whoever can help meets at {where}",
    "set": "{what}: {value}",
    "changed": "{what}: {value}. Before: {old}. {prefix} undo C{n} takes it back.",
    "changes": "C{n} {what}: {value} (before: {old}), by {nick}{more}",
    "changes-more": ", and {count} more",
    "no-changes": "the header was not changed.",
    "no-change": "there is no C{n}; {prefix} undo C lists the changes.",
    "change-undone": "{what} is again: {value}",
    "unknown-fact": "not known",
    "talk-hidden": "what is said in {channel} is not repeated elsewhere.",
    "not-there": "say it in {channel}; you are not there.",
    "private": "private",
    "told-there": "said in {channel}.",
    # the timeline
    "recorded": "{numbers} recorded",
    "recorded-for": "{numbers} recorded for {at}",
    "numbers-many": "{count} entries from #{first} to #{last}",
    "in-incident": " (incident {id})",
    "entry-for-now": "#{n} is recorded for {now}, as you typed it: {why} "
    "{prefix} time {n} TIME puts it right.",
    "entry-time": "#{n} is recorded for {now}. If it happened at {at}: {prefix} time {n} {at}",
    "retimed": "#{n} is at {at} now (it was at {was}){out}.",
    "retimed-already": "#{n} is at {at} already{out}.",
    "stays-out": "; it stays out of the timeline ({prefix} restore {n} brings it back)",
    "struck-already": "#{n} is out of the timeline already ({prefix} restore {n} brings it back).",
    "restored-already": "#{n} is in the timeline.",
    "masked": "masked before it was recorded: {what}. If it is not one, say it again with a "
    "backslash: \\TEXT",
    "cut": "only the first {most} characters of that are kept.",
    "too-long": "#{n} would be longer than {most} characters; nothing is changed.",
    "masked-note": "masked in #{n}: {what}. If it is not one: {prefix} edit {n} \\TEXT",
    "which": "which incident? {incidents}. Say: TL {id}: TEXT, or {prefix} @{id} COMMAND",
    "which-entry": "which incident? {incidents}. It is kept: {prefix} @{id} tl adopt takes it in. "
    "From now on say: TL {id}: TEXT",
    "no-such-incident": "there is no incident {id}; {prefix} list shows them.",
    "none-open": "no incident is open. {prefix} declare SUMMARY opens one.",
    "none-open-but": "no incident is open. For incident {id}, which is {status}: "
    "{prefix} @{id} COMMAND. {prefix} declare SUMMARY opens another one.",
    "none-known": "no incident is known.",
    "edited": "#{n} now says: {text}{out}",
    "struck": "#{n} is out of the timeline ({prefix} restore {n} brings it back).",
    "restored": "#{n} is back.",
    "redacted": "#{n} is redacted, on the disk too.",
    "redact-asked": "{nick} asked that #{n} be redacted: it is hidden, and its words are gone for "
    "good at {at}. {who} can bring it back: {prefix} restore {n}",
    "redact-waits": "#{n} is hidden; its words are gone for good at {at}.",
    "redact-done": "#{n} is redacted, on the disk too.",
    "no-entry": "there is no #{n}; the last is #{last}.",
    "no-entries": "nothing is recorded yet.",
    "was-redacted": "#{n} was redacted; its words are gone.",
    "nothing-to-undo": "you have recorded nothing to take back.",
    "no-match": '"{old}" is not in #{n}: {text}',
    # times that cannot be taken
    "time-none": '"{typed}" is not a time. These are: 16:12, 4pm, 16:12 UTC, yesterday 23:10, '
    "2026-11-24 10:00, -10m.",
    "day-none": '"{typed}" is not a day. These are: friday, 5 Jan, in 2 weeks, 2018-01-12.',
    "day-day": '"{typed}": a day is enough, such as friday, 5 Jan, in 2 weeks, 2018-01-12.',
    "time-hour": '"{typed}": in the morning or in the afternoon? 04:00, 16:00 and 4pm are clear.',
    "time-day": '"{typed}": the day and the time of day are needed, such as yesterday 23:10.',
    "time-zone": '"{typed}": that zone is not known here, or means several. +02:00, '
    "Europe/Berlin and {zone} are clear.",
    "time-order": '"{typed}": {days}? 2026-11-24 and 24 Nov are clear.',
    "time-year": '"{typed}": {days}? With the year it is clear.',
    "time-no-such": "there is no such time as {typed}.",
    "time-skipped": "there is no {typed} on {day}: the clocks skip it.",
    "time-soon": "{typed} is still to come. For the day before, say: yesterday {typed}.",
    "time-to-come": "{typed} ({at}) is still to come.",
    "time-gone": "{typed} has passed.",
    "time-far": "{typed} is too far away.",
    "nothing-remembered": "I remember no such line{nick} in {channel}. {prefix} tl 14:55 TEXT "
    "records it by hand.",
    "remembered-by": " by {nick}",
    # who may
    "not-yours": "only {who} may {what}.",
    "one-of": "{others} or {last}",
    "any-leader": "the {title}{hint}",
    "any-leader-yet": " (nobody is yet: {prefix} lead)",
    "any-role": "whoever has a role in it",
    "any-declarer": "who declared it",
    "any-author": "who wrote it",
    "any-operator": "a channel operator",
    "any-account": "the account {account}",
    "my-operators": "the operators in my configuration",
    "with-account": "{nick} (account {account})",
    "without-account": "{nick} (no account known)",
    # updates
    "update-soon": "{nick}an update is due in {span}{where} ({summary}; last {last}).",
    "update-due": "{nick}an update is due now{where} ({summary}; last {last}).",
    "update-late": "{nick}an update has been due for {span}{where} ({summary}; last {last}). "
    "{prefix} update TEXT, or {prefix} next 30m",
    "update-others": "{nicks}: no update for {span}{where} ({summary}). Can one of you post one? "
    "{prefix} update TEXT",
    "update": "Incident {id}: {text} ({nick})",
    "update-arrived": "your update {reached} {arrived} of {wanted} channels{refused}.",
    "update-refused": "; {channel} refused: {why}",
    "not-reached": "not reached: {nicks}.",
    "not-here": "not here",
    "update-alone": "your update is recorded; there is no other channel to tell.",
    "update-in": " in {channel}",
    "promised": "next update due {at}.",
    "promised-out": "Next update due {at} (asked by {nick}).",
    "audience-due": "{nick}{audience}: a word on incident {id} ({summary}) is due {at}; "
    "last {last}. {way}",
    "audience-late": "{nick}{audience}: a word on incident {id} ({summary}) has been due for "
    "{span}; last {last}. {way}",
    "audience-told": "{audience}: told.",
    # notifying
    "ping-why": "a ping says little on a phone: add the reason in the same line "
    "(ping {nicks} WHAT IS WRONG).",
    "notify": "{nicks}: {reason} (incident {id}, {channel})",
    "notify-many": "at most {most} people at once.",
    # ending
    "resolved": "Incident {id} is resolved after {span}. {report}",
    "report-taken": "{nick} writes the {report}, due {at}.",
    "report-due": "The {report} is due {at}{who}.",
    "owed-by": " from {role}",
    "report-not-owed": "No {report} is owed at this severity.",
    "meeting-due": " The {meeting} is to be by {at}{who}.",
    "owed": " Owed afterwards: {duties}.",
    "owed-report": "{report} within {span}",
    "owed-meeting": "{meeting}",
    "owed-meeting-due": "{meeting} within {span}",
    "report-unwritten-more": ", and {count} more",
    "report-unwritten": " Still to be written: {titles}{more}.",
    "report-where": " Draft: {where}",
    "resolved-since": "{resolved} (Resolved since {at}.)",
    "resolved-before": "resolved {at} would be before it was declared, {begun}.",
    "resolved-before-again": "resolved {at} would be before it began, {begun}.",
    "resolved-already": "incident {id} is {status} already: {prefix} milestone resolved {typed} "
    "puts the time right.",
    "milestone-open": "it is not resolved yet: {prefix} resolve {typed} TEXT",
    "report-changed": "the {report} for incident {id} ({summary}) changed since it was "
    "delivered{where}",
    "over-asked": "{nick}is incident {id} over? {prefix} yes, or {prefix} no",
    "reopen-asked": "{nick}is incident {id} ({summary}) not over? {prefix} yes opens it again.",
    "false-asked": "{nick}was incident {id} ({summary}) a false alarm? {prefix} yes withdraws it.",
    "resolve-asked": "{nick}: {speaker} says that incident {id} is resolved. Is it? "
    "{prefix} resolve",
    "resolve-who": "{holder}, who is {lead}, was asked whether it is resolved.",
    "reopened": "Incident {id} is open again{reason}. {leader}",
    "closed": "incident {id} is closed.",
    "close-open": "it is not resolved: {prefix} resolve first.",
    "close-early": "not yet; still to come: {why}. {prefix} close anyway does not wait.",
    "withdrawn": "Incident {id} is withdrawn{reason}",
    "duplicate": "Incident {id} ({summary}) is a duplicate of incident {of}.{entries}",
    "duplicate-entries": " Its entries are in the timeline of incident {of} too: {there}.",
    "duplicate-alone": " Its entries stay where they are.",
    "duplicate-itself": "{of} is the incident itself.",
    "duplicate-void": "incident {of} is {status}.",
    "duplicate-private": "incident {of} is private, and incident {id} is not.",
    "moved": "moved to incident {of}: {moved}, there {there}.",
    "moved-here": "{nick} moved {there} here from incident {source}.",
    "moved-back": "back in incident {id}: {moved}.",
    "moved-already": "#{n} was moved to incident {of}, where it is #{there}.",
    "moved-away": "#{n} was moved to another incident ({prefix} restore {n} brings it back).",
    "move-private": "what incident {id} says is for fewer people than incident {of}: no entry is "
    "moved.",
    "out-of-reach": "incident {others} shares entries with incident {id} and cannot be read here: "
    "its copies are unchanged.",
    "related": "incident {id} and incident {other} are related.",
    "withdraw-asked": "{declarer}: {nick} says that incident {id} ({summary}) is a false alarm. "
    "Is it? {prefix} yes, or {prefix} no",
    "withdraw-refused": "{nick} says that incident {id} is no false alarm.",
    "withdraw-waits": "{declarer} was asked.",
    "nothing-asked": "I asked you nothing.",
    "not-resolved": "incident {id} is {status}, not resolved.",
    "not-open": "incident {id} is {status}. {prefix} reopen WHY, if it is not over.",
    # the report
    "report-soon": "{nick}the {report} for incident {id} ({summary}) is due in {span}. "
    "{prefix} report done URL when it is out.{unwritten}{where}",
    "report-now": "{nick}the {report} for incident {id} ({summary}) is due now. "
    "{prefix} report done URL when it is out.{unwritten}{where}",
    "report-late": "{nick}the {report} for incident {id} ({summary}) has been due for {span}. "
    "{prefix} report done URL when it is out.{unwritten}{where}",
    "report-is": "{state}{where}",
    "report-state-done": "done {at}",
    "report-state-due": "due {at}",
    "report-state-drill": "not owed for a drill",
    "report-state-never": "not owed at this severity",
    "report-state-later": "due once the incident is resolved",
    "report-delivered": "The {report} is done.",
    "closes-report": "the {report}",
    "closes-after": "{wanted} (or {at} comes)",
    "report-beside": "{kept} was changed by hand and is left as it is; the new report is {new}.",
    "report-done": "the {report} for incident {id} is done. Thank you.",
    "still-open": "{nick}incident {id} ({summary}) has been open for {span}, silent for {silence}. "
    "Still going on? {prefix} resolve, or {prefix} next 4h",
    # follow-ups
    "action": "action {n}: {text}{whose}.",
    "action-owners": " — {owners}",
    "action-by": ", by {day}{late}",
    "action-late": " (overdue)",
    "action-is-done": " (done)",
    "action-is-dropped": " (dropped)",
    "action-when": "{why} {prefix} action {n} by DATE sets the day.",
    "action-dropped": "action {n} is dropped: {text}. {prefix} action {n} undo takes that back.",
    "action-dropped-already": "action {n} is dropped already.",
    "action-as-it-was": "action {n} was not changed.",
    "action-done-already": "action {n} is done already: {text}",
    "action-due": "action {n} of incident {id} ({summary}) is due today{text}. "
    "{prefix} @{id} done {n}, or {prefix} @{id} action {n} by DATE",
    "action-overdue": "action {n} of incident {id} ({summary}) has been due since {due}{text}. "
    "{prefix} @{id} done {n}, or {prefix} @{id} action {n} by DATE",
    "actions": "{actions}",
    "no-actions": "no actions.",
    "no-action": "there is no action {n}; {prefix} actions lists them.",
    "action-done": "action {n} is done: {text}",
    "action-there-done": "{Target}: action {n} of incident {id} is done{text}",
    "action-there-dropped": "{Target}: action {n} of incident {id} is dropped{text}",
    "action-there-open": "{Target}: action {n} of incident {id} is open again{text}",
    "why": "why {n}: {text}{more}",
    "whys-more": " ({count} to go)",
    "props": "props to {nick}{reason}.",
    "props-for": " for {reason}",
    "linked": "linked: {url}",
    "link-what": "which link? {prefix} link URL TEXT",
    "prose": "that is in the report now, under {section}.",
    "parked": "kept for the review, out of the timeline.",
    "milestone": "{name} {at}.",
    "milestone-not-yet": "not yet",
    "milestone-before": "before",
    "milestone-after": "after",
    "milestone-unknown": "{name}: unknown.",
    "milestone-order": "{name} {at}; that is {relation} {other} ({other_at}).",
    "milestone-what": "which? {prefix} milestone {names} [TIME]",
    "hypothesis": "hypothesis {n}: {text}",
    "hypothesis-open": "open",
    "hypothesis-proved": "proved",
    "hypothesis-disproved": "disproved",
    "hypotheses-none": "no hypotheses.",
    "hypothesis-judged": "hypothesis {n} is {outcome}.",
    "hypotheses": "{hypotheses}",
    "no-hypothesis": "there is no hypothesis {n}; {prefix} hypothesis lists them.",
    "ticked": "{item}: done.",
    "checklist": "{title}: {items}",
    "no-checklist": "this process has no checklist.",
    "no-item": "no such item; there are: {items}.",
    "message": "{text}",
    "message-which": "which message? There are: {messages}. {prefix} message KEY",
    "message-none": "this process has no messages.",
    "message-missing": "{template} needs {missing}: {prefix} message {template} {example}",
    "message-unknown": "{template} has no {unknown}: {prefix} message {template} {example}",
    "meeting": "{meeting} {at}.{where}",
    "meeting-where": " Invitation: {where}",
    "meeting-owed": "{nick}the {meeting} of incident {id} ({summary}) is to be by {at}, and is not "
    "set: {prefix} meeting TIME",
    "meeting-soon": "the {meeting} of incident {id} ({summary}) begins in {span}.{where}",
    "severity-already": "severity {severity} already.",
    "severity-none": "the severities are: {severities}.",
    "severity-free": "Incident {id}: severity {severity}.{announcement}{duties}",
    "severity-announced": " It needs a public announcement: {prefix} link URL announcement.",
    "statuses": "the statuses are: {statuses}.",
    "statuses-none": "this process has no statuses of its own.",
    "stage-back": "{what}: {value}, which comes before {before}",
    # asking
    "status": "Incident {id} ({status}{drill}): {summary}. {leader}{comms}{video}",
    "status-drill": ", drill",
    "status-video": "Video: {where}",
    "status-clock": "{since}. {last}{due}",
    "status-since": "Declared {at}, {span} ago",
    "status-severity": "{status}, severity {severity}",
    "severity-assumed": "{severity} until it is known",
    "status-next": " Next due {at}{elsewhere}.",
    "status-elsewhere": ", in {channel} {at}",
    "status-overdue": " The next has been due for {span}{elsewhere}.",
    "status-audience": " {audience}: due {at}.",
    "status-last": "Last update {last}.",
    "status-entry": "Last entry {last}.",
    "status-none": "No update yet.",
    "away": " I was away for {span}{late}.",
    "late-reminders": ", reminders that came late: {count}",
    "status-ended": "Resolved {at} after {span}. {report}",
    "status-withdrawn": "Withdrawn {at} after {span}.",
    "status-duplicate": "A duplicate of incident {of}.",
    "status-nothing": "no incident is open.{latest}",
    "status-latest": " The last was {id} ({summary}), {status} {at}.",
    "status-several": "{count} incidents are open: {incidents}",
    "status-one": "{id} ({summary}) in {channel}",
    "list-more": " and {count} more",
    "list": "{id} {status}{severity}: {summary} ({at}, {span}{led}){more}",
    "list-severity": ", severity {severity}",
    "list-led": ", led by {nick}",
    "filter-none": "I do not know {typed}; {prefix} help {name} shows how to type it.",
    "search-hit": "{id} ({day}): {summary} — {what} {nick}: {text}",
    "search-more": " (and more)",
    "search-none": "nothing found, as far as I may tell you here.",
    "search-fails": "I cannot search now: {why}",
    "similar": "like {id} ({day}, {span}): {summary}",
    "similar-ended": "like {id} ({day}, {span}): {summary}; what ended it: {text}",
    "similar-none": "I know of none like it, as far as I may tell you here.",
    "help": "{usage} — {help}",
    "help-all": "{commands}",
    "help-starting": 'to open an incident: "I am declaring an incident", or {prefix} declare '
    "SUMMARY; only to practise: {prefix} declare --drill SUMMARY",
    "help-leaderless": 'nobody leads yet: "I am the {title}", or {prefix} lead',
    "help-during": 'for the record: "TL: what happened". How it stands: {prefix} status. '
    "To tell every channel: {prefix} update TEXT; a follow-up: {prefix} action TEXT @NICK",
    "help-leading": 'you lead. For the record: "TL: what happened". To tell every channel: '
    "{prefix} update TEXT; when the next is due: {prefix} next 45m. To pass the lead on: {prefix} "
    "handoff NICK. When it is over: {prefix} resolve",
    "help-handing-over": "to pass the lead on: {prefix} handoff NICK. They say {prefix} accept, "
    "and you lead until then; {prefix} decline takes it back.",
    "help-ending": "when it is over: {prefix} resolve. If it comes back: {prefix} reopen REASON. "
    "A false alarm: {prefix} withdraw REASON",
    "help-afterwards": "for the report: {prefix} cause TEXT, {prefix} well TEXT, {prefix} poorly "
    "TEXT, {prefix} action TEXT @NICK by friday. Where it is: {prefix} report; once it is "
    "delivered: {prefix} report done",
    "help-more": "more: {prefix} help {situations}; all "
    "commands: {prefix} help commands; one: {prefix} help COMMAND{docs}",
    "help-docs": "; in full: {url}",
    "unknown": "no such command; did you mean {prefix} {near}?",
    "unknown-far": "no such command. {prefix} help commands lists them.",
    "usage": "{prefix} {usage}",
    "version": "ircbot {version}",
    "tip": "{tip}",
    "no-tips": "take a breath.",
    "criteria": "An incident is any of: {criteria}",
    # keeping out of the record
    "security-nowhere": "is not discussed on IRC",
    "security-there": "is talked about in {channel} alone",
    "security": "this looks like a security matter, which {where}. {way}"
    "{prefix} security stops recording here; {prefix} security purge also removes what is "
    "captured.",
    "security-way": "Go to {way}. ",
    "security-asked": "{nick}: {speaker} says that incident {id} is a security matter. Is it? "
    "{prefix} security stops the recording here.",
    "secured": "Recording has stopped here.{way}",
    "secured-again": "nothing is recorded here. {prefix} security purge removes what was, "
    "{prefix} security off resumes recording.",
    "not-secured": "recording goes on here: it was not stopped.",
    "unsecured": "Recording resumes here; TL: lines go on record again.",
    "security-held": "not sent: this looks like a security matter, which {where}. {way}"
    "If it is not: {prefix} {command} \\TEXT",
    "left-behind": "copies that I cannot reach may still hold it: {left}.",
    "purged": "what was captured of incident {id} is gone, on the disk too.",
    "the-account": "account {account}",
    "forgotten": "what {nick} wrote is gone, on the disk too. Titles, impact and actions stay, "
    "without the name.",
    "forget-which": "several people were called {nick}: {accounts}. Which? "
    "{prefix} forget {nick} ACCOUNT, or {prefix} forget {nick} none",
    "not-erased": "not yet gone from the disk: {why}. Hidden from now on; the disk is tried again.",
    "not-recorded": "incident {id} is a security matter: nothing is recorded here.",
    "deleted": "#{n} is taken out of the timeline, as its message was deleted. "
    "{prefix} restore {n} puts it back.",
    # relays
    "relayed-entries": "people on {via} may only write entries here.",
    "relay-refused": "you seem to be a bridge that is not configured, so I do not obey you; my "
    "operators know what to configure. Others must say it themselves.",
    "relay-unknown": "{nick} in {channel} seems to be a bridge that nobody configured; nothing "
    "that is said through it is obeyed. To configure it, in [{table}]: relays = [{{{keys}}}]",
    # publishing
    "published": "Published: {url} (incident {id}, {target})",
    "published-beside": "{Target}: somebody edited {kept}, which is left as it is. Ours is beside "
    "it: {url}",
    "published-but": "{Target} {caveat}",
    "unpublished": "{Target} {why}{where}",
    "unpublished-yet": "{Target} {why}; it is tried again{where}",
    "unpublished-where": "; the report is in {place}",
    "publish-due": "incident {id} goes to {targets}.",
    "publish-nowhere": "I know no place to publish to; [publish.NAME] in my configuration names "
    "one.",
    "publish-unknown": "there is no place {name}; there are: {targets}.",
    "publish-private": "{targets} takes no private incidents ([publish.{targets}] private).",
    "publish-owed": " Not at {targets} yet{why}.",
    "publish-owed-why": ": it {why}",
    # who is on call
    "oncall": "{who}",
    "oncall-is": "{role}: {nick}",
    "oncall-until": "{role}: {nick} until {until}, then {next}",
    "oncall-nobody": "nobody",
    "oncall-stale": " (as of {age} ago: its calendar {why})",
    "oncall-never": " (its calendar {why})",
    "oncall-none": "my configuration names nobody on call; [rotas.NAME] reads a calendar.",
    "shift": "{nick}on call ({role}) is {new} from now on{old}.",
    "shift-old": ", no longer {old}",
    # alerts
    "alert": "{source}: {alerts}.{then}",
    "alert-since": "{text} since {at}",
    "alert-over": "{text}, resolved after {span}",
    "alerts-more": ", and {count} more: {texts}",
    "alerts-more-many": ", and {count} more",
    "alert-declare": " {prefix} declare?",
    "alert-here": " {numbers}",
    "alert-there": " Incident {id} has it.",
    "alert-hidden": "an alert that is not for IRC",
    "alerts-note": "{count} more groups of alerts",
    "alerts-flood": "more alerts than can be told apart",
    "alerts-taken": "{numbers} from {sources}; detected {at}.",
    # channels
    "left": "leaving {channel}.",
    "leave-there": "say it in {channel}.",
    "leave-open": "incident {id} ({summary}) is talked about in {channel}; {prefix} channel #NAME "
    "moves it.",
    "leave-last": "{channel} is in my configuration; take it out of [irc] channels.",
    "topic": "Incident {id}: {summary} | {lead}: {nick} | {channel}",
    # trouble
    "cannot-record": "I CANNOT RECORD ({why}). Please take notes; what I hear waits in memory "
    "({count}).",
    "records-again": "Recording again; what waited is on disk ({count}).",
    "damaged": "I cannot read {what}: the store is damaged. `ircbot store check` says more, "
    "and what can be done.",
    "cannot-join": "I cannot join {channel} (incident {id}): {why}",
    "takes-over": "I take over from {nick} (machine {machine} is silent since {since}).",
    "taken-over-from": "On record up to #{n}.",
    "was-away": "I was not in {channel} {since}–{until}; what was said there may be missing.",
}

_FORMATTER = string.Formatter()
_DRILL = re.compile(r"\bdrill\b", re.IGNORECASE)


def say(process: Process, key: str, **named: object) -> str:
    """The text for `key`, in the process's words where it has its own."""
    return process.replies.get(key, WORDS[key]).format(**named)


def one_of(process: Process, names: Sequence[str]) -> str:
    """Names as alternatives: "a, b or c"."""
    if len(names) < 2:
        return "".join(names)
    return say(process, "one-of", others=", ".join(names[:-1]), last=names[-1])


def unclear_time(process: Process, typed: str, found: Unclear, now: datetime, zone: tzinfo) -> str:
    """Why a typed time cannot be used, with the part that is clear."""
    at, day = "", ""
    if found.at is not None:
        at = own_text(process, told(found.at, now, zone))
        day = f"{found.at.astimezone(zone):%Y-%m-%d}"
    here = now.astimezone(zone).tzname()
    days = one_of(process, [own_text(process, date_name(day)) for day in found.days])
    return say(process, f"time-{found.why}", typed=typed, at=at, zone=here, day=day, days=days)


def unclear_day(process: Process, typed: str, found: Unclear, now: datetime, zone: tzinfo) -> str:
    """Why a typed day cannot be used, with the part that is clear."""
    if found.why in (Why.NONE, Why.DAY):
        return say(process, f"day-{found.why}", typed=typed)
    return unclear_time(process, typed, found, now, zone)


def marked(process: Process, text: str, *, drill: bool) -> str:
    """A text as it is announced; that of a drill begins by saying so, wherever people read it."""
    if not drill or _DRILL.search(text):
        return text
    return text.rstrip() + say(process, "drill")


def ranges(numbers: Iterable[int]) -> str:
    """Numbers of entries, with runs as ranges.

    >>> ranges([7]), ranges([7, 8, 9, 11])
    ('#7', '#7–#9, #11')
    """
    runs: list[list[int]] = []
    for n in sorted(numbers):
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return ", ".join(f"#{a}" if a == b else f"#{a}–#{b}" for a, b in runs)


def places(text: str) -> frozenset[str]:
    """The names of the places in a text. ValueError if a brace is out of place.

    >>> sorted(places("{nick} is now {lead}."))
    ['lead', 'nick']
    """
    return frozenset(name for _, name, _, _ in _FORMATTER.parse(text) if name is not None)
