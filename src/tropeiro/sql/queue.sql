-- name: lease
-- See schema/045_lease.sql.
SELECT * FROM tropeiro_lease(
    %(worker)s, %(limit)s, %(most)s, %(after)s, %(share)s, %(organizations)s::uuid[], %(rooms)s::integer[])

-- name: settle
-- See schema/050_settle.sql.
SELECT now_ms, ready, refused, held FROM tropeiro_settle(
    %(worker)s, %(name)s, %(lock)s, %(sends)s, %(settlements)s, %(steps)s, %(children)s, %(jobs)s)

-- name: go_on
-- What tropeiro_settle does, for the one case that is nearly all: a packet alone that goes on at once to its next step,
-- under no limit and from no join, after one call that succeeded. What the function writes then is written here too, by
-- fewer and plainer statements, because a workflow of short steps waits for nothing else. No answer to held: refused.
WITH told AS MATERIALIZED (
    SELECT clock_timestamp() AS now, %(send)s::tropeiro_send AS s, %(step)s::tropeiro_step_record AS e
),
gone AS (
    UPDATE tropeiro_packet p
    SET body = (t.s).body, path = (t.s).path, uses = (t.s).uses, attempt = (t.s).attempt, round = (t.s).round, taken = 1,
        answer = NULL, early_answer = NULL, since = t.now, progress = NULL, progress_note = '', due_at = NULL,
        token = p.token + 1, due_answer = NULL, state = CASE WHEN p.hold THEN 'ready' ELSE 'leased' END,
        worker_id = CASE WHEN p.hold THEN NULL ELSE p.worker_id END
    FROM told t
    WHERE p.id = (%(send)s::tropeiro_send).id AND tropeiro_holds(%(worker)s, (t.s).token, p) IS TRUE
    RETURNING p.hold
),
history AS (
    INSERT INTO tropeiro_step (
        job_id, organization_id, path, round, attempt, n, state, uses, started_at, finished_at, worker, input, output,
        output_blob)
    SELECT (t.e).job_id, (t.e).organization_id, (t.e).path, (t.e).round, (t.e).attempt, (t.e).n, (t.e).state, (t.e).uses,
        t.now - (t.e).started_us * interval '1 microsecond', t.now - (t.e).finished_us * interval '1 microsecond',
        %(name)s, (t.e).input, (t.e).output, (t.e).output_blob
    FROM gone, told t
),
tallied AS (
    INSERT INTO tropeiro_tally (job_id, kind, at, us, service, state, again, billed)
    SELECT (t.e).job_id, 'step', t.now - (t.e).finished_us * interval '1 microsecond', (t.e).started_us - (t.e).finished_us,
        (t.e).uses, (t.e).state, (t.e).attempt > 1, (t.e).billed IS NOT NULL
    FROM gone, told t
),
used AS (
    INSERT INTO tropeiro_usage (job_id, path, round, attempt, organization_id, service_version_id, at)
    SELECT (t.e).job_id, (t.e).path, (t.e).round, (t.e).attempt, (t.e).organization_id, (t.e).billed, t.now
    FROM gone, told t
    WHERE (t.e).billed IS NOT NULL
)
SELECT (extract(epoch FROM t.now) * 1000)::bigint AS now_ms, g.hold AS held FROM told t LEFT JOIN gone g ON true

-- name: limits
-- All limits, for workers to know the calls that are under one.
SELECT l.id, l.organization_id AS organization, l.kind, l.subject, l.everyone, l.project_id AS project,
    l.calls IS NOT NULL AS timed
FROM tropeiro_limit l

-- name: next_token
-- In how many milliseconds a bucket that packets wait for has its next token; null when none is waited for.
SELECT min(ceil((1 - tropeiro_tokens(l, clock_timestamp())) * l.period_ms / l.calls))::float8 AS ms
FROM tropeiro_limit l
WHERE l.calls IS NOT NULL AND tropeiro_tokens(l, clock_timestamp()) < 1
  AND EXISTS (SELECT FROM tropeiro_lanes() n WHERE l.id = ANY (n.limits))

-- name: register
-- A worker comes up. It asks again when the answer got lost on the way.
INSERT INTO tropeiro_worker (id, name, host, pid, version, slots, lease_until)
VALUES (%(id)s, %(name)s, %(host)s, %(pid)s, %(version)s, %(slots)s, clock_timestamp() + %(lease_ms)s * interval '1 millisecond')
ON CONFLICT (id) DO NOTHING

-- name: extend
-- Keep all of a worker's leases, also late, as long as nobody has given it up; then no row. Returns what it holds.
WITH alive AS (
    UPDATE tropeiro_worker w
    SET lease_until = clock_timestamp() + %(lease_ms)s * interval '1 millisecond', seen_at = clock_timestamp()
    WHERE w.id = %(worker)s AND w.state IN ('up', 'draining')
    RETURNING w.id
)
SELECT coalesce((SELECT array_agg(p.id) FROM tropeiro_packet p WHERE p.worker_id = a.id AND p.state = 'leased'), '{}') AS held
FROM alive a

-- name: held
-- Which packets a worker still holds, after a word that some were taken away.
SELECT p.id FROM tropeiro_packet p WHERE p.worker_id = %(worker)s AND p.state = 'leased'

-- name: release
-- Give packets back that were not begun; they do not count as taken.
UPDATE tropeiro_packet p
SET state = 'ready', worker_id = NULL, token = p.token + 1, taken = greatest(0, p.taken - 1),
    seq = nextval('tropeiro_packet_seq')
WHERE p.id = ANY (%(ids)s) AND p.worker_id = %(worker)s AND p.state = 'leased'

-- name: fault
-- Give back a packet that broke the worker's own machinery. It stays counted as taken; at the limit it is poison.
UPDATE tropeiro_packet p
SET state = 'delayed', worker_id = NULL, token = p.token + 1, attempt = p.attempt + 1, limits = NULL,
    due_at = clock_timestamp() + p.taken * interval '1 second',
    due_answer = CASE WHEN p.taken >= %(limit)s THEN
        '{"type":"fail","error":{"code":"quarantined","message":"The packet could not be carried, again and again; the worker''s own log says why."}}'::json
        ELSE p.answer END
WHERE p.id = %(packet)s AND p.worker_id = %(worker)s AND p.state = 'leased' AND p.token >= %(token)s

-- name: worker_state
-- A worker says that it drains, or has stopped.
UPDATE tropeiro_worker SET state = %(state)s, seen_at = clock_timestamp() WHERE id = %(worker)s AND state IN ('up', 'draining')

-- name: progress
-- How far steps under way are.
UPDATE tropeiro_packet p SET progress = r.progress, progress_note = r.note
FROM json_to_recordset(%(rows)s) AS r(id uuid, token bigint, progress real, note text)
WHERE p.id = r.id AND p.token = r.token AND p.state = 'leased'

-- name: announce
-- Tell watchers which jobs changed; a notice has room for 200.
SELECT pg_notify('tropeiro_job', string_agg(j.id::text, ','))
FROM unnest(%(jobs)s::uuid[]) WITH ORDINALITY AS j(id, n) GROUP BY j.n / 200

-- name: notify_ready
-- Wake the workers.
SELECT pg_notify('tropeiro_ready', '')
