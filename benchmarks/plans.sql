-- So many runs of one rule that were refused, each about somebody else. Statements end with a
-- semicolon at the end of a line.

INSERT INTO provisioning_person (okta_id, login, name, status, first_seen_at, last_event_at)
SELECT '00u' || lpad(n::text, 17, '0'), 'person.' || n || '@acme.example', 'Person ' || n, 'ACTIVE',
    now() - interval '2 days', now() - interval '1 day'
FROM generate_series(1, %(count)s::bigint) AS n;

INSERT INTO provisioning_event (
    code, uuid, channel, event_type, published_at, received_at, severity, display_message, result,
    actor_id, actor_type, actor_login, person_id, person_login, person_name, transaction_id, lane,
    body, digest, state, error_code, error, run_count, due_at, fence, attempts, lost_claims,
    settled_at)
SELECT upper(lpad(to_hex(n), 12, '0')), md5(n::text)::uuid::text, 'hook',
    'user.account.update_profile', at, at, 'INFO', 'Update user profile for Okta', 'SUCCESS',
    '00uadmin', 'User', 'admin@acme.example', person, 'person.' || n || '@acme.example',
    'Person ' || n, '', person, body, sha256(convert_to(body, 'UTF8')), 'failed', '', '', 1, at, 1,
    1, 0, at
FROM generate_series(1, %(count)s::bigint) AS n,
    LATERAL (SELECT '00u' || lpad(n::text, 17, '0') AS person,
        now() - interval '1 day' + interval '1 millisecond' * n AS at) AS a,
    LATERAL (SELECT replace(replace(%(body)s, '@@UUID@@', md5(n::text)::uuid::text), '@@PERSON@@',
        person) AS body) AS b;

INSERT INTO provisioning_run (
    code, event_id, rule_id, version_id, person_id, person_login, lane, published_at, mode,
    superseded, state, step_count, steps_done, attempts, error_code, error, due_at, fence,
    lost_claims, worker, created_at, started_at, finished_at)
SELECT code, id, %(rule)s, %(version)s, person_id, person_login, lane, published_at, 'live', false,
    'failed', 1, 0, 1, 'AccessDenied', 'Not allowed.', published_at, 1, 0, 'worker', published_at,
    published_at, published_at
FROM provisioning_event;

INSERT INTO provisioning_step (
    run_id, position, key, action, effect, template, input, target, state, attempts, error_code,
    error, hint, started_at, finished_at)
SELECT run.id, 1, step->>'id', step->>'action', 'update', with_, with_, 'nothing',
    'failed', 1, error_code, error, '', started_at, finished_at
FROM provisioning_run AS run JOIN provisioning_ruleversion AS version ON version.id = version_id,
    LATERAL jsonb_array_elements(version.definition->'do') AS step,
    LATERAL (SELECT coalesce(step->'with', '{}') AS with_) AS a;

INSERT INTO provisioning_verdict (event_id, rule_id, version_id, matched, trace, why, created_at)
SELECT event_id, rule_id, version_id, true, %(trace)s::jsonb, '', created_at FROM provisioning_run;
