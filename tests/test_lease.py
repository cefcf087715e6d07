"""The lease as its holder may believe in it, on a clock of the test's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ircbot.cluster.lease import NOBODY, Lease, Readiness, Standby, Standing

TTL = 9.0


def test_who_holds_no_lease_neither_speaks_nor_renews() -> None:
    lease = Lease(TTL)
    assert not lease.held
    assert not lease.may_speak(0)
    assert not lease.must_renew(0)


def test_a_holder_is_silent_when_two_thirds_went_by_since_it_asked() -> None:
    lease = Lease(TTL).taken(3, asked=100)
    assert lease.may_speak(105.9)
    assert not lease.may_speak(106)
    assert not lease.must_renew(102.2)
    assert lease.must_renew(102.25)
    lease = lease.renewed(asked=104)
    assert (lease.epoch, lease.may_speak(109.9), lease.may_speak(110)) == (3, True, False)
    assert lease.renewed(asked=200).may_speak(200)  # nobody took it meanwhile


def test_a_lease_that_is_lost_is_nobodys() -> None:
    lost = Lease(TTL).taken(3, asked=100).lost()
    assert (lost.held, lost.epoch, lost.may_speak(100)) == (False, NOBODY, False)


@given(
    st.floats(0.1, 60),
    st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30), st.booleans()), max_size=20),
)
def test_no_holder_speaks_when_the_database_may_give_its_lease_away(
    ttl: float, steps: list[tuple[float, float, bool]]
) -> None:
    """Each renewal takes its time on the way there, and its answer may be lost."""
    lease, now, until = Lease(ttl).taken(1, asked=0), 0.0, ttl
    for pause, on_the_way, answered in steps:
        now += pause
        assert not lease.may_speak(now) or now < until
        asked = now
        now += on_the_way
        if asked + on_the_way < until:  # else somebody else may have it
            until = now + ttl
            lease = lease.renewed(asked) if answered else lease
        assert not lease.may_speak(now) or now < until


def test_a_standby_is_ready_when_it_has_heard_everything_for_long_enough() -> None:
    readiness = Readiness(TTL).seen(True, 10)
    assert not readiness.seen(True, 27.9).is_ready(27.9)
    assert readiness.seen(True, 28).is_ready(28)
    again = readiness.seen(False, 30).seen(True, 31)
    assert not again.is_ready(48)
    assert again.is_ready(49)
    assert not Readiness(TTL).is_ready(1000)


def test_a_unit_is_backed_by_whoever_is_ready() -> None:
    assert not Standing("a", 1, 0.5, (Standby("b", False, 0.1),)).is_backed
    assert Standing("a", 1, 0.5, (Standby("b", False, 0.1), Standby("c", True, 0.1))).is_backed
