"""Which past incident comes first for a new one: forty that were, and new ones with what is right.

A wrong line at three in the morning costs trust, so of most new ones nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ircbot.incident.hits import FoundIncident, Passage
from ircbot.search.index import Indexable, SearchIndex

BEGIN = datetime(2025, 1, 6, tzinfo=UTC)

# Summary, product, what was said.
PAST = (
    (
        "MDN is down, 502 from the load balancer",
        "MDN",
        (
            "the ELB has no healthy listeners",
            "deploy rebuilt the ELB without listeners",
            "listeners restored by hand",
        ),
    ),
    (
        "certificate of developer.mozilla.org expired",
        "MDN",
        (
            "browsers show SEC_ERROR_EXPIRED_CERTIFICATE",
            "renewal cron failed since May",
            "new certificate uploaded",
        ),
    ),
    (
        "search on SUMO returns nothing",
        "SUMO",
        ("elasticsearch cluster is red", "disk full on es3", "deleted old indices"),
    ),
    (
        "Bugzilla is slow",
        "Bugzilla",
        ("mysql replication lag of 900 seconds", "long running query killed"),
    ),
    (
        "login with Firefox Accounts fails",
        "FxA",
        ("oauth token endpoint gives 500", "redis is out of memory"),
    ),
    (
        "wiki database is read only",
        "Wiki",
        ("failover to the replica", "the primary had a broken disk"),
    ),
    ("CDN serves stale pages", "MDN", ("cloudfront invalidation stuck", "purge again")),
    (
        "mail from Discourse is not delivered",
        "Discourse",
        ("SES sending paused for bounces", "support ticket with AWS"),
    ),
    ("Jenkins can not deploy", "Jenkins", ("agents offline", "out of inodes on the master")),
    (
        "DNS for mozilla.community does not resolve",
        "DNS",
        ("domain registration expired", "renewed at the registrar"),
    ),
    (
        "Kubernetes nodes not ready in eu-west",
        "Kubernetes",
        ("kubelet certificate rotated wrongly", "nodes drained and replaced"),
    ),
    ("payment page throws 500", "Donate", ("stripe api key rolled", "new key deployed")),
    ("Redis memory full", "SUMO", ("celery backlog grows", "maxmemory policy changed")),
    ("celery queue is stuck", "SUMO", ("worker deadlock after upgrade", "restart of workers")),
    (
        "Basket newsletter signup errors",
        "Basket",
        ("salesforce api limit reached", "queue drained overnight"),
    ),
    ("snippets not shown", "Snippets", ("bundle generation job fails", "cron restarted")),
    ("bedrock locale files broken", "Bedrock", ("bad merge in l10n repo", "reverted")),
    ("high latency on www.mozilla.org", "Bedrock", ("CPU at 100 % after launch", "scaled up pods")),
    ("S3 bucket for downloads is public", "Downloads", ("policy corrected",)),
    ("postgres out of connections", "Kuma", ("pgbouncer missing", "max_connections raised")),
    ("postgres primary failover", "Kuma", ("replica promoted", "disk failure")),
    ("GitHub webhook deliveries fail", "Taskcluster", ("secret rotated", "webhooks redelivered")),
    (
        "Taskcluster workers do not claim tasks",
        "Taskcluster",
        ("azure quota exceeded", "quota raised"),
    ),
    ("symbol upload times out", "Socorro", ("s3 slow", "timeout raised")),
    ("crash reports are not processed", "Socorro", ("rabbitmq partition", "cluster rejoined")),
    ("Pontoon sync stuck", "Pontoon", ("git lock file left behind", "removed the lock")),
    ("translations lost after sync", "Pontoon", ("restored from backup",)),
    ("Zuul queue does not move", "Zuul", ("zookeeper lost quorum", "restarted")),
    (
        "Openverse API returns 503",
        "Openverse",
        ("elasticsearch rejected connections", "scaled the cluster"),
    ),
    ("Openverse thumbnails are slow", "Openverse", ("upstream provider rate limit",)),
    ("Grafana dashboards empty", "Grafana", ("prometheus WAL corrupted", "restored snapshot")),
    ("Prometheus out of disk", "Grafana", ("retention shortened",)),
    ("alertmanager sends no pages", "Grafana", ("pagerduty key expired",)),
    ("VPN does not accept logins", "VPN", ("duo outage", "bypass codes issued")),
    ("Vault is sealed", "Vault", ("restart without unseal keys", "operators unsealed")),
    (
        "JupyterHub users cannot start servers",
        "2i2c",
        ("node pool quota exceeded", "quota raised by google"),
    ),
    ("home directories are full", "2i2c", ("nfs disk full", "disk resized")),
    ("hub login loops", "2i2c", ("auth0 callback url changed", "corrected")),
    (
        "network between datacenters drops packets",
        "Network",
        ("bgp session flaps", "carrier fixed a line"),
    ),
    ("NTP drift breaks tokens", "Network", ("chrony not running", "restarted")),
)

# Summary, product, the numbers of those that may stand first; none where nothing is to be said.
NEW = (
    ("MDN gives 502s again", "MDN", (1,)),
    ("expired certificate on developer.mozilla.org", "MDN", (2,)),
    ("SUMO search finds nothing", "SUMO", (3,)),
    ("Bugzilla very slow since 9", "Bugzilla", (4,)),
    ("people cannot login with Firefox Accounts", "FxA", (5,)),
    ("ssl cert of the wiki expires today", "Wiki", ()),
    ("celery queue not moving on SUMO", "SUMO", (14,)),
    ("crash reports stuck", "Socorro", (25,)),
    ("Openverse API is giving 503 errors", "Openverse", (29,)),
    ("JupyterHub servers do not start", "2i2c", (36,)),
    ("Vault sealed after reboot", "Vault", (35,)),
    ("Pontoon sync does not finish", "Pontoon", (26, 27)),
    ("home directory disk full on the hub", "2i2c", (37,)),
    ("postgres connections exhausted", "Kuma", (20,)),
    ("Taskcluster tasks are not claimed by workers", "Taskcluster", (23,)),
    ("the coffee machine leaks", "", ()),
    ("office wifi is gone", "", ()),
    ("Thunderbird updates are signed with the wrong key", "Thunderbird", ()),
    ("site is down", "", ()),
    ("everything is slow", "", ()),
    ("the printer prints blank sheets", "", ()),
    ("iOS app crashes at start", "iOS", ()),
    ("blog comments show spam", "Blog", ()),
)


@pytest.fixture(scope="module")
def index() -> Iterator[SearchIndex]:
    with SearchIndex() as made, made.writing():
        for number, (summary, product, said) in enumerate(PAST, 1):
            at = BEGIN + timedelta(days=number)
            found = FoundIncident(
                number, summary, "closed", at, "#ops", "#ops", product=product, seconds=60
            )
            header = (Passage("summary", None, at, "ann", summary),)
            header += (Passage("product", None, at, "ann", product),)
            notes = (Passage("note", n, at, "bob", text) for n, text in enumerate(said, 1))
            made.put(Indexable(number, "1", found, (*header, *notes)))
        yield made


@pytest.mark.parametrize(("summary", "product", "right"), NEW)
def test_the_right_one_comes_first_or_none(index, summary, product, right):
    alike = [found.id for found in index.similar(f"{summary} {product}", 99)]
    assert alike[:1] == [] if not right else alike[0] in right
