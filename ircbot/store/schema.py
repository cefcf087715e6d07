"""The tables of a journal in PostgreSQL, version by version, and what the bot's role may do.

Knows no connection: `schema` is SQL for the tables' owner to run, never the bot.
"""

from __future__ import annotations

VERSION = 4  # of the tables

# Each brings the tables from the version before to its own. Run by their owner, never by the bot.
_MIGRATIONS = (
    """
CREATE TABLE ircbot.unit (
    name text PRIMARY KEY,
    id text NOT NULL,
    keys json NOT NULL,
    epoch bigint NOT NULL DEFAULT 0,
    holder text NOT NULL DEFAULT '',
    machine text NOT NULL DEFAULT '',
    until timestamptz NOT NULL DEFAULT '-infinity',
    moved text NOT NULL DEFAULT ''
);
CREATE TABLE ircbot.entry (
    unit text NOT NULL,
    seq bigint NOT NULL,
    incident integer NOT NULL,
    n integer NOT NULL,
    body json NOT NULL,
    PRIMARY KEY (unit, incident, n),
    UNIQUE (unit, seq)
);
-- What an erasure leaves behind is vacuumed with the next round, not after a fifth of all rows.
ALTER TABLE ircbot.entry
    SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
""",
    """
ALTER TABLE ircbot.unit
    ADD COLUMN renewed timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN leave boolean NOT NULL DEFAULT false;
CREATE TABLE ircbot.standby (
    unit text NOT NULL,
    machine text NOT NULL,
    ready boolean NOT NULL,
    seen timestamptz NOT NULL,
    PRIMARY KEY (unit, machine)
);
""",
    """
CREATE TABLE ircbot.machine (
    name text PRIMARY KEY,
    process text NOT NULL,
    units integer NOT NULL,
    until timestamptz NOT NULL,
    seen timestamptz NOT NULL DEFAULT now()
);
""",
    """
ALTER TABLE ircbot.unit ADD COLUMN taken timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE ircbot.standby ADD COLUMN seq bigint NOT NULL DEFAULT 0;
""",
)

# What the bot's role may do with each table, and no more.
RIGHTS = {
    "ircbot.version": "SELECT",
    "ircbot.unit": "SELECT, INSERT, UPDATE",
    "ircbot.entry": "SELECT, INSERT, UPDATE, DELETE",
    "ircbot.standby": "SELECT, INSERT, UPDATE, DELETE",
    "ircbot.machine": "SELECT, INSERT, UPDATE, DELETE",
}


def schema(role: str) -> str:
    """The SQL that makes the tables, or brings them up to date, and lets a role use them: it may
    add, rewrite and remove entries, and neither drop nor empty a table."""
    quoted = '"' + role.replace('"', '""') + '"'
    steps = "".join(
        f"""DO $migrate$ BEGIN
IF NOT EXISTS (SELECT FROM ircbot.version WHERE version >= {number}) THEN
{sql.strip()}
INSERT INTO ircbot.version VALUES ({number});
END IF;
END $migrate$;
"""
        for number, sql in enumerate(_MIGRATIONS, 1)
    )
    grants = "".join(f"GRANT {part} ON {name} TO {quoted};\n" for name, part in RIGHTS.items())
    return f"""BEGIN;
CREATE SCHEMA IF NOT EXISTS ircbot;
CREATE TABLE IF NOT EXISTS ircbot.version (version integer PRIMARY KEY);
{steps}GRANT USAGE ON SCHEMA ircbot TO {quoted};
{grants}COMMIT;
"""
