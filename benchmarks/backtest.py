"""How long a backtest takes: a draft and the version in force, held against stored events.

    python -m benchmarks.backtest [--repeats 3] [--events 100000]

Events of one type with a stored profile each, a tenth of them matching; the draft asks for another
department, so that both versions are evaluated for every event. One worker process, as
`jobs.drain_for` works through the chunks.
"""

import sys
import time

import orjson
from django.db import connection

from audit import trail
from benchmarks import load, servers
from benchmarks.figures import Line, at_most, finish, noted, options, say
from provisioning import jobs
from provisioning.actions.registry import ACTIONS
from provisioning.rules import backtests, drafts, versions
from provisioning.rules.definitions import load_rule
from provisioning.rules.models import Draft, Rule
from provisioning.rules.trial_models import Backtest

ME = trail.Actor("command", "benchmark", "benchmark", "benchmark")
GOAL_SECONDS = 60
RULE = """\
name: folder
kind: event
on: [user.account.update_profile]
when:
  all:
    - {field: user.profile.department, op: equals, value: Department 1}
    - {field: user.profile.country, op: in, value: [SE, NO, DE]}
    - {field: event.outcome.result, op: equals, value: SUCCESS}
do:
  - id: folder
    action: aws.s3.create_folder
    with: {bucket: team-folders, key: "team-{{ user.profile.firstName }}/"}
  - action: email.send
    with: {to: "{{ user.profile.email }}", subject: Ready, body: Your folder is ready.}
"""
_EVENTS = """
INSERT INTO provisioning_event (
    code, uuid, channel, event_type, published_at, received_at, severity, display_message, result,
    actor_id, actor_type, actor_login, person_id, person_login, person_name, transaction_id, lane,
    body, digest, state, error_code, error, run_count, due_at, fence, attempts, lost_claims)
SELECT 'BENCH' || n, 'bench-' || n, 'hook', 'user.account.update_profile', at, at, 'INFO', '',
    'SUCCESS', '', '', '', '00u' || n % 20000, n % 20000 || '@acme.example', '', '', 'lane' || n,
    %s, '', 'no_match', '', '', 0, at, 1, 1, 0
FROM generate_series(1, %s) AS n, LATERAL (SELECT now() - n * interval '5 seconds' AS at) AS a
"""
_PROFILES = """
INSERT INTO provisioning_eventprofile (event_id, read_at, "user", previous, groups, person_is_new)
SELECT id, received_at, jsonb_build_object('id', person_id, 'status', 'ACTIVE', 'profile',
    jsonb_build_object('department', 'Department ' || id % 10, 'country', 'SE', 'firstName', 'Ana',
    'lastName', 'Novak', 'email', person_login, 'login', person_login)), NULL, '[]', false
FROM provisioning_event
"""


def seed(events: int) -> Draft:
    body = orjson.dumps(load.event() | {"eventType": "user.account.update_profile"}).decode()
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS.replace("% 20000", "%% 20000"), [body, events])
        cursor.execute(_PROFILES.replace("% 10", "%% 10"), [])
        cursor.execute("ANALYZE provisioning_event")
    versions.apply([load_rule(RULE, "folder.yaml", actions=ACTIONS)], actor=ME)
    draft = drafts.start(Rule.objects.get(), actor=ME)
    source = draft.source.replace("Department 1", "Department 2")
    return drafts.save(draft, source=source, seen=draft.seen, actor=ME)


def measure(draft: Draft, events: int, repeats: int) -> list[Line]:
    seconds = []
    for number in range(repeats):
        started = time.perf_counter()
        backtest = backtests.start(draft, days=90, actor=ME)
        while jobs.drain_for(10):
            pass
        seconds.append(time.perf_counter() - started)
        backtest = Backtest.objects.get(pk=backtest.pk)
        if (backtest.state, backtest.done) != (Backtest.State.DONE, events):
            raise SystemExit(f"It ended as {backtest.state} after {backtest.done} events.")
        say(f"  round {number + 1} of {repeats}: {seconds[-1]:.1f} s, {backtest.result['counts']}")
    goal = GOAL_SECONDS * events / 100_000
    return [
        at_most(f"backtest of {events:,} events", seconds, goal, " s"),
        noted("events a second", [events / one for one in seconds]),
    ]


def main() -> int:
    parser = options(str(__doc__))
    parser.add_argument("--events", type=int, default=100_000)
    chosen = parser.parse_args()
    with servers.running() as services:
        draft = seed(chosen.events)
        servers.settle(services)
        return finish("Backtest", measure(draft, chosen.events, chosen.repeats))


if __name__ == "__main__":
    sys.exit(main())
