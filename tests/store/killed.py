"""Kills a bot's process again and again while it acknowledges over a socket, and looks after each.

    python killed.py FOLDER KILLS SEED [DSN UNIT]

Each round forks a process that opens the store, appends entries in batches of all sizes, takes
snapshots, and tells over a TCP connection which entries are on disk. It is killed (SIGKILL) at a
random moment; what it told must then be in the store, once and in order, and nothing else but
whole batches after it. With a database as the record, what it told must be on another machine,
too. Prints one line of JSON; the exit status is 1 if anything was wrong.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import sys
from pathlib import Path
from random import Random
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from store.samples import declared, note, summary_of

from ircbot.incident.events import Noted
from ircbot.store import Store
from ircbot.store.postgresql import PostgresJournal
from ircbot.store.shared import SharedStore

INCIDENTS = 3


def opened(folder: str) -> Store:
    """The store, to write to it."""
    if len(sys.argv) > 4:
        return SharedStore(
            folder, PostgresJournal(*sys.argv[4:]), writer="bot", summarise=summary_of
        )
    return Store(folder, writer="bot", summarise=summary_of)


def bot(folder: str, address: tuple[str, int], seed: int) -> None:
    """Append until killed, telling what is on disk."""
    random = Random(seed)
    wire = socket.create_connection(address)
    store = opened(folder)
    store.resume()
    done = [len(store.entries(incident)) for incident in range(INCIDENTS + 1)]
    for incident in range(1, INCIDENTS + 1):
        if not done[incident]:
            store.append([declared(incident)])
            wire.sendall(b"%d\n" % incident)
            done[incident] = 1
    while True:
        batch = []
        for _ in range(random.choice((1, 1, 1, 1, 1, 2, 7, 20))):
            incident = random.randint(1, INCIDENTS)
            size = random.choice((10, 10, 10, 10, 100, 100, 100, 5000))
            batch.append(note(incident, done[incident], "x" * size))
            done[incident] += 1
        store.append(batch)
        wire.sendall(b"".join(b"%d\n" % entry.incident for entry in batch))
        if random.random() < 0.05:
            store.snapshot(random.randint(1, INCIDENTS))


def round_of(folder: str, listening: socket.socket, random: Random, told: list[int]) -> None:
    """Start a bot, hear what it acknowledges, kill it."""
    seed = random.getrandbits(32)
    child = os.fork()
    if child == 0:
        try:
            bot(folder, listening.getsockname(), seed)
        except BaseException as error:  # nothing of the parent may run in here
            print(f"the bot failed: {error!r}", file=sys.stderr, flush=True)
            os._exit(3)
    wire, _ = listening.accept()
    hear(wire.recv(1 << 16), told)
    until = perf_counter() + random.expovariate(1 / 0.01)
    while (left := until - perf_counter()) > 0:
        if select.select([wire], [], [], left)[0]:
            heard = wire.recv(1 << 16)
            if not heard:
                break
            hear(heard, told)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise SystemExit("the bot ended by itself")
    while heard := wire.recv(1 << 16):  # what it sent before it died
        hear(heard, told)
    wire.close()


def hear(heard: bytes, told: list[int]) -> None:
    for incident in heard.split():
        told[int(incident)] += 1


def look(folder: str, told: list[int]) -> list[str]:
    """What is wrong with the store; with a database, as another machine has it."""
    wrong = wrong_in(Store(folder), told) if len(sys.argv) == 4 else []
    if len(sys.argv) > 4:
        journal = PostgresJournal(*sys.argv[4:])
        other = SharedStore(f"{folder}-b", journal, writer="tool")
        wrong += wrong_in(other, told)
        other.close()
    return wrong


def wrong_in(store: Store, told: list[int]) -> list[str]:
    wrong = []
    for incident in range(1, INCIDENTS + 1):
        entries = store.entries(incident)
        if len(entries) < told[incident]:
            wrong.append(f"incident {incident}: {told[incident]} told, {len(entries)} there")
        numbers = [e.event.n for e in entries[1:] if isinstance(e.event, Noted)]
        if numbers != list(range(1, len(entries))):
            wrong.append(f"incident {incident}: not in order, or not once")
        if store._read(incident).broken():
            wrong.append(f"incident {incident}: the chain is broken")
        told[incident] = len(entries)
    return wrong


def main() -> int:
    folder, kills, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    random = Random(seed)
    told = [0] * (INCIDENTS + 1)
    acknowledged = 0
    listening = socket.create_server(("127.0.0.1", 0))
    for number in range(1, kills + 1):
        before = sum(told)
        round_of(folder, listening, random, told)
        acknowledged += sum(told) - before
        wrong = look(folder, told)
        if wrong:
            print(json.dumps({"kills": number, "seed": seed, "wrong": wrong}))
            return 1
        if (
            number % 50 == 0 and len(sys.argv) == 4
        ):  # small stores die in more places than large ones
            shutil.rmtree(folder)
            told = [0] * (INCIDENTS + 1)
    print(json.dumps({"kills": kills, "acknowledged": acknowledged, "wrong": []}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
