"""Secrets and phone numbers are masked by their shape; everything else stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircbot.incident.masking import MASK, mask

SECRETS = [
    "postgres://app:hunter2@db1",
    "https://user:p4ss-word@example.org/x",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2" * 6,
    "glpat-" + "a1B2" * 5,
    "xoxb-1234567890-abcdef",
    "AIza" + "a1B2c" * 7,
    "sk_live_" + "a1B2" * 4,
    "pypi-AgE" + "a1B2" * 10,
    "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4",
    "-----BEGIN RSA PRIVATE KEY-----MIIEow",
    "password=correct-horse1",
    "the password is hunter2!",
    "api_key: a1b2c3d4",
    "Authorization: Bearer abcdef1234567890XYZ",
]
PHONES = ["+49 171 1234567", "+1 415-555-0123", "(415) 555-0123", "415-555-0123"]
HARMLESS = [
    "the password is wrong",
    "password reset mails are late",
    "we have a secret: cake",
    "404-500-errors",
    "2018-01-10 12:00",
    "order 415-555-01234",
    "10.0.0.1:8080",
    "https://example.org/a:b@c",
    "commit 1234567890abcdef1234567890abcdef12345678",
    "bearer of bad news",
    "+5 pods, +12 more",
    "ticket 1234-5678-9012",
    "version 415-555-0123-rc1",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_masked_and_said_to_be_one(secret):
    text, kinds = mask(f"use {secret} for now")
    assert MASK in text
    assert kinds == ("a secret",)
    assert text.startswith("use ")
    assert text.endswith(" for now")


@pytest.mark.parametrize("number", PHONES)
def test_a_phone_number_is_masked(number):
    assert mask(f"call {number} please") == (f"call {MASK} please", ("a phone number",))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_a_little_like_it_stays(text):
    assert mask(text) == (text, ())


def test_only_the_secret_part_goes():
    assert mask("db is at postgres://app:hunter2@db1/kuma") == (
        "db is at postgres://app:[masked]@db1/kuma",
        ("a secret",),
    )


def test_both_kinds_are_named():
    assert mask("415-555-0123, password=hunter22") == (
        "[masked], password=[masked]",
        ("a secret", "a phone number"),
    )


@given(st.text(max_size=400))
def test_any_text_can_be_masked_and_masking_again_changes_nothing(text):
    once, _ = mask(text)
    assert mask(once)[0] == once


@given(st.sampled_from(SECRETS), st.text(st.characters(categories=["L", "Zs"]), max_size=30))
def test_a_secret_does_not_survive_among_other_words(secret, words):
    assert secret not in mask(f"{words} {secret} {words}")[0]
