-- Reference data, over the 30 days before now, made as the owner of the tables. Statements end
-- with a semicolon at the end of a line. Nothing here is random: two runs make the same rows.

-- The n-th code of a kind: distinct numbers give distinct codes.
CREATE FUNCTION pg_temp.code(kind bigint, n bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT upper(lpad(to_hex(((kind * 10000000 + n) * 68719476731) & 281474976710655), 12, '0')) $$;

-- A number in [0, 1) that depends on n and salt only.
CREATE FUNCTION pg_temp.roll(n bigint, salt int) RETURNS float8 IMMUTABLE LANGUAGE sql AS
$$ SELECT (hashint8extended(n, salt) & 1048575) / 1048576.0 $$;

INSERT INTO provisioning_person (
    okta_id, login, name, status, "user", user_read_at, first_seen_at, last_event_at)
SELECT '00u' || lpad(to_hex(n), 17, '0'), 'person.' || n || '@acme.example', 'Person ' || n, 'ACTIVE',
    jsonb_build_object('id', '00u' || lpad(to_hex(n), 17, '0'), 'status', 'ACTIVE', 'profile',
        jsonb_build_object('login', 'person.' || n || '@acme.example', 'email',
            'person.' || n || '@acme.example', 'firstName', 'Person', 'lastName', n::text,
            'department', (ARRAY['Marketing', 'Sales', 'IT', 'Finance'])[1 + (n & 3)::int])),
    now() - interval '1 day', now() - interval '40 days', now()
FROM generate_series(1, %(people)s::bigint) AS n;

INSERT INTO provisioning_delivery (
    id, code, received_at, outcome, reason, detail, status, method, content_type, source,
    user_agent, secret_label, envelope_id, hook, size, digest, event_count, stored_count,
    quarantined_count, request_id)
SELECT n, pg_temp.code(1, n), now() - interval '30 days' * (1 - n / %(deliveries)s::float8),
    CASE WHEN refused THEN 'refused' ELSE 'accepted' END,
    CASE WHEN refused THEN 'bad_secret' ELSE '' END,
    CASE WHEN refused THEN 'The secret is wrong.' ELSE '' END,
    CASE WHEN refused THEN 401 ELSE 204 END, 'POST', 'application/json', '203.0.113.7',
    'okta-event-hooks', CASE WHEN refused THEN '' ELSE 'blue' END, 'envelope-' || n,
    'https://acme.okta.example/api/v1/eventHooks/who1', 9600, sha256(n::text::bytea),
    CASE WHEN refused THEN 0 ELSE 4 END, CASE WHEN refused THEN 0 ELSE 4 END, 0,
    pg_temp.code(9, n)
FROM generate_series(1, %(deliveries)s::bigint) AS n,
    LATERAL (SELECT pg_temp.roll(n, 1) < 0.02 AS refused) AS fate;

-- A quarter of the events matches; one in 50 of these fails. The newest are still under way.
INSERT INTO provisioning_event (
    id, code, uuid, channel, delivery_id, event_type, published_at, received_at, severity,
    display_message, result, actor_id, actor_type, actor_login, person_id, person_login,
    person_name, transaction_id, lane, body, digest, state, error_code, error, run_count, due_at,
    fence, attempts, lost_claims, settled_at)
SELECT n, pg_temp.code(2, n), uuid, CASE WHEN n %% 50 = 0 THEN 'log' ELSE 'hook' END,
    1 + (n - 1) * %(deliveries)s / %(events)s, event_type, at - interval '1 second', at, 'INFO',
    'Update user profile for Okta', CASE WHEN n %% 40 = 0 THEN 'FAILURE' ELSE 'SUCCESS' END,
    '00uadmin' || n %% 30, 'User', 'admin.' || n %% 30 || '@acme.example', person,
    'person.' || p || '@acme.example', 'Person ' || p, 'transaction-' || n / 3, person, body,
    sha256(convert_to(body, 'UTF8')), state, CASE WHEN state = 'quarantined' THEN 'not_understood' ELSE '' END,
    CASE WHEN state = 'quarantined' THEN 'published is not an ISO 8601 time.' ELSE '' END,
    CASE WHEN NOT matched THEN 0 WHEN n %% 20 = 0 THEN 2 ELSE 1 END, at, 1, 1, 0,
    CASE WHEN state IN ('in_flight', 'held', 'received') THEN NULL ELSE at + interval '3 seconds' END
FROM generate_series(1, %(events)s::bigint) AS n,
    LATERAL (SELECT now() - interval '30 days' * (1 - n / %(events)s::float8) AS at,
        1 + floor(%(people)s * pg_temp.roll(n, 2) ^ 2)::bigint AS p,
        (%(types)s::text[])[1 + floor(20 * pg_temp.roll(n, 3) ^ 2)::int] AS event_type,
        md5(n::text)::uuid::text AS uuid, n %% 4 = 0 AS matched, pg_temp.roll(n, 4) AS fate) AS a,
    LATERAL (SELECT '00u' || lpad(to_hex(p), 17, '0') AS person) AS b,
    LATERAL (SELECT replace(replace(replace(%(body)s, '@@UUID@@', uuid), '@@TYPE@@', event_type),
            '@@PERSON@@', person) AS body,
        CASE WHEN matched AND n > %(events)s - 400 THEN 'in_flight'
            WHEN n > %(events)s - 40 THEN 'received'
            WHEN matched AND fate < 0.02 THEN 'failed' WHEN matched AND fate < 0.022 THEN 'held'
            WHEN matched THEN 'done'
            WHEN fate < 0.001 THEN 'quarantined' ELSE 'no_match' END AS state) AS c;

INSERT INTO provisioning_eventprofile (event_id, read_at, "user", previous, groups, person_is_new)
SELECT event.id, event.received_at, person."user", person."user", '[]', false
FROM provisioning_event AS event JOIN provisioning_person AS person ON okta_id = person_id
WHERE run_count > 0;

-- One run for each matched event, and a second one for every fifth.
INSERT INTO provisioning_run (
    id, code, event_id, rule_id, version_id, person_id, person_login, lane, published_at, mode,
    superseded, state, step_count, steps_done, attempts, error_code, error, due_at, fence,
    lost_claims, worker, created_at, started_at, finished_at)
SELECT n, pg_temp.code(3, n), id, rule, (%(versions)s::bigint[])[rule], person_id, person_login, lane, published_at,
    'live', false, state, 5, CASE state WHEN 'succeeded' THEN 5 WHEN 'pending' THEN 0 ELSE 2 END,
    CASE state WHEN 'succeeded' THEN 5 WHEN 'pending' THEN 0 ELSE 3 END,
    CASE WHEN state IN ('failed', 'unknown') THEN 'NoSuchBucket' ELSE '' END,
    CASE WHEN state IN ('failed', 'unknown') THEN 'The bucket team-folders does not exist.' ELSE '' END,
    received_at + interval '50 milliseconds', 1, 0, 'worker-' || n %% 4 || ':1',
    received_at + interval '50 milliseconds',
    CASE WHEN state = 'pending' THEN NULL ELSE received_at + interval '80 milliseconds' END,
    CASE WHEN state IN ('pending', 'retrying', 'held') THEN NULL ELSE received_at + interval '3 seconds' END
FROM (
    SELECT event.*, row_number() OVER (ORDER BY event.id, second) AS n,
        (%(rules)s::bigint[])[1 + (floor(%(rule_count)s * pg_temp.roll(event.id, 5) ^ 2)::int + second) %% %(rule_count)s] AS rule,
        CASE event.state WHEN 'done' THEN 'succeeded' WHEN 'held' THEN 'held'
            WHEN 'failed' THEN CASE WHEN event.id %% 10 = 0 THEN 'unknown' ELSE 'failed' END
            ELSE CASE WHEN event.id %% 3 = 0 THEN 'retrying' ELSE 'pending' END END AS state
    FROM (SELECT id, person_id, person_login, lane, published_at, received_at, run_count, state
        FROM provisioning_event WHERE run_count > 0) AS event,
        LATERAL generate_series(0, event.run_count - 1) AS second
) AS made (id, person_id, person_login, lane, published_at, received_at, run_count, event_state, n, rule, state);

INSERT INTO provisioning_failuregroup (
    code, key, rule_id, action, target, error_code, message, hint, advice, first_at, last_at)
SELECT pg_temp.code(4, rule_id), 'rule-' || rule_id, rule_id, 'aws.s3.create_folder',
    's3://team-folders-' || rule_id, 'NoSuchBucket', 'The bucket team-folders does not exist.',
    'Make the bucket, then replay.', 'fix', min(created_at), max(finished_at)
FROM provisioning_run WHERE state IN ('failed', 'unknown') GROUP BY rule_id;

UPDATE provisioning_run AS run SET group_id = failed.id
FROM provisioning_failuregroup AS failed
WHERE run.rule_id = failed.rule_id AND run.state IN ('failed', 'unknown');

INSERT INTO provisioning_step (
    run_id, position, key, action, effect, template, input, target, state, before, output, after,
    attempts, error_code, error, hint, started_at, finished_at)
SELECT run.id, place, step->>'id', step->>'action', 'grant', step->'with',
    CASE WHEN tried THEN step->'with' END, 's3://team-folders', a.state,
    CASE WHEN tried THEN '{"object": "missing"}'::jsonb END,
    CASE WHEN a.state = 'succeeded' THEN '{"url": "s3://team-folders/marketing-Person/"}'::jsonb END,
    CASE WHEN a.state = 'succeeded' THEN '{"object": "there"}'::jsonb END, tried::int,
    CASE WHEN a.state IN ('failed', 'unknown') THEN run.error_code ELSE '' END,
    CASE WHEN a.state IN ('failed', 'unknown') THEN run.error ELSE '' END,
    CASE WHEN a.state IN ('failed', 'unknown') THEN 'Make the bucket, then replay.' ELSE '' END,
    CASE WHEN tried THEN run.started_at + interval '500 milliseconds' * (place - 1) END,
    CASE WHEN tried THEN run.started_at + interval '500 milliseconds' * place END
FROM provisioning_run AS run JOIN provisioning_ruleversion AS version ON version.id = run.version_id,
    LATERAL jsonb_array_elements(version.definition->'do') WITH ORDINALITY AS step (step, place),
    LATERAL (SELECT CASE WHEN place <= run.steps_done THEN 'succeeded'
        WHEN place = run.steps_done + 1 AND run.state IN ('failed', 'unknown', 'retrying')
        THEN run.state ELSE 'waiting' END AS state) AS a,
    LATERAL (SELECT a.state <> 'waiting' AS tried) AS b;

INSERT INTO provisioning_attempt (
    step_id, number, started_at, finished_at, result, error_code, error, hint, http_status,
    request_ids, log, worker, fence)
SELECT id, 1, started_at, finished_at,
    CASE state WHEN 'succeeded' THEN 'acted' WHEN 'failed' THEN 'permanent'
        WHEN 'unknown' THEN 'unknown' ELSE 'transient' END,
    error_code, error, hint, CASE WHEN error_code = '' THEN 200 ELSE 404 END,
    jsonb_build_array('request-' || id), '', 'worker-1:1', 1
FROM provisioning_step WHERE attempts > 0;

INSERT INTO provisioning_verdict (event_id, rule_id, version_id, matched, trace, why, created_at)
SELECT event_id, rule_id, version_id, true, %(matched)s::jsonb, '', created_at FROM provisioning_run;

INSERT INTO provisioning_verdict (event_id, rule_id, version_id, matched, trace, why, created_at)
SELECT id, rule, (%(versions)s::bigint[])[rule], false,
    %(unmatched)s::jsonb, 'user.profile.department is Sales.', received_at
FROM provisioning_event,
    LATERAL (SELECT (%(rules)s::bigint[])[1 + id %% %(rule_count)s] AS rule) AS a
WHERE state = 'no_match' AND id %% 3 > 0;

INSERT INTO provisioning_refusalcount (hour, reason, count)
SELECT date_trunc('hour', now()) - interval '1 hour' * n, 'bad_secret', 7
FROM generate_series(0, 719) AS n;

-- The database stamps entries with the time of their insertion; these shall lie in the past.
ALTER TABLE audit.entry DISABLE TRIGGER entry_stamp;

INSERT INTO audit.entry (
    code, at, xact, epoch, verb, actor_kind, actor_id, actor_label, object_kind, object_id,
    object_label, source, request_id, outcome, data, canonical)
SELECT pg_temp.code(5, n), at, pg_current_xact_id(), 1, verb, actor, actor_id, '',
    split_part(verb, '.', 1),
    CASE split_part(verb, '.', 1) WHEN 'delivery' THEN pg_temp.code(1, 1 + n %% %(deliveries)s)
        WHEN 'event' THEN pg_temp.code(2, 1 + (n * 2) %% %(events)s)
        WHEN 'run' THEN pg_temp.code(3, 1 + n %% %(runs)s)
        WHEN 'step' THEN pg_temp.code(3, 1 + n %% %(runs)s) || '.folder'
        ELSE 'rule-' || n %% %(rule_count)s END,
    '', CASE actor WHEN 'okta' THEN '203.0.113.7' ELSE 'host-1' END, pg_temp.code(6, n / 4),
    CASE verb WHEN 'run.failed' THEN 'failed' WHEN 'step.failed' THEN 'failed'
        WHEN 'delivery.refused' THEN 'refused' ELSE 'ok' END,
    data, convert_to(data::text, 'UTF8')
FROM generate_series(1, %(entries)s::bigint) AS n,
    LATERAL (SELECT now() - interval '30 days' * (1 - n / %(entries)s::float8) AS at,
        CASE WHEN n %% 500 = 0 THEN 'rule.changed' WHEN n %% 100 = 1 THEN 'run.failed'
            WHEN n %% 100 = 2 THEN 'step.failed' WHEN n %% 200 = 3 THEN 'delivery.refused'
            ELSE (ARRAY['event.scheduled', 'event.scheduled', 'step.intended', 'step.done',
                'step.intended', 'step.done', 'run.succeeded', 'delivery.accepted'])[1 + (n & 7)::int]
        END AS verb,
        jsonb_build_object('rule', 'rule-' || n %% 200, 'version', 1, 'target', 's3://team-folders',
            'effect', 'grant', 'uuid', md5(n::text)::uuid) AS data) AS a,
    LATERAL (SELECT CASE split_part(verb, '.', 1) WHEN 'delivery' THEN 'okta' WHEN 'rule' THEN 'user'
            ELSE 'worker' END AS actor) AS b,
    LATERAL (SELECT CASE actor WHEN 'okta' THEN 'blue' WHEN 'user' THEN 'maya'
            ELSE 'host-1:' || n %% 4 END AS actor_id) AS c;

ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER entry_stamp;
