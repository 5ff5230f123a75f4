-- name: lease
-- Take up to %(limit)s ready packets for a worker that is up. Organizations take turns, and chance decides whose is the
-- first; within one, priority and then age decide. Promises: no packet is given to two; a packet counts as taken from
-- this moment; of the packets that were lost with their workers several times, a worker holds one at most.
-- Branches of one join share its scope, which the first of them in the answer carries.
WITH RECURSIVE organizations AS (
    (SELECT p.organization_id AS id FROM tropeiro_packet p
     WHERE p.state = 'ready' AND NOT p.hold ORDER BY p.organization_id LIMIT 1)
    UNION ALL
    SELECT (SELECT p.organization_id FROM tropeiro_packet p
            WHERE p.state = 'ready' AND NOT p.hold AND p.organization_id > o.id ORDER BY p.organization_id LIMIT 1)
    FROM organizations o WHERE o.id IS NOT NULL
),
candidates AS (
    SELECT c.id, c.turn, random() AS chance
    FROM organizations o
    CROSS JOIN LATERAL (
        SELECT n.id, row_number() OVER () AS turn
        FROM (SELECT p.id FROM tropeiro_packet p
              WHERE p.organization_id = o.id AND p.state = 'ready' AND NOT p.hold AND p.taken < 3
              ORDER BY p.priority DESC, p.seq LIMIT 2 * %(limit)s) n
    ) c
    WHERE o.id IS NOT NULL
    ORDER BY c.turn, chance LIMIT 2 * %(limit)s
),
suspect AS MATERIALIZED (
    SELECT p.id, p.wakes_job, p.since FROM tropeiro_packet p
    WHERE p.state = 'ready' AND NOT p.hold AND p.taken >= 3
      AND NOT EXISTS (SELECT FROM tropeiro_packet h WHERE h.worker_id = %(worker)s AND h.state = 'leased' AND h.taken > 3)
    ORDER BY p.seq LIMIT 1 FOR UPDATE OF p SKIP LOCKED
),
usual AS MATERIALIZED (
    SELECT p.id, p.wakes_job, p.since FROM candidates c JOIN tropeiro_packet p ON p.id = c.id
    WHERE p.state = 'ready' AND NOT p.hold
    ORDER BY c.turn, c.chance LIMIT greatest(0, %(limit)s - (SELECT count(*) FROM suspect)) FOR UPDATE OF p SKIP LOCKED
),
picked AS (
    SELECT * FROM suspect UNION ALL SELECT * FROM usual
),
leased AS (
    UPDATE tropeiro_packet p
    SET state = 'leased', worker_id = %(worker)s, token = p.token + 1, taken = p.taken + 1, since = clock_timestamp(),
        wakes_job = false
    FROM picked k
    WHERE p.id = k.id AND EXISTS (SELECT FROM tropeiro_worker w WHERE w.id = %(worker)s AND w.state = 'up')
    RETURNING p.*, k.wakes_job AS woke, k.since AS before
),
awake AS (
    UPDATE tropeiro_job j SET state = 'running', started_at = coalesce(j.started_at, clock_timestamp())
    FROM leased l WHERE l.woke AND j.id = l.job_id AND j.state IN ('queued', 'waiting')
)
SELECT l.id, l.job_id, l.organization_id, l.project_id, l.route_digest, l.token, l.taken, l.attempt, l.body::text AS body,
    CASE WHEN l.join_id IS NULL THEN l.scope
         WHEN row_number() OVER (PARTITION BY l.join_id ORDER BY l.priority DESC, l.seq) = 1 THEN j.scope
    END::text AS scope, l.join_id, l.branch, l.caller_id, l.answer::text AS answer, l.joined,
    l.priority, l.workflow_name, l.trace,
    (extract(epoch FROM l.started_at) * 1000)::bigint AS started_ms,
    (extract(epoch FROM l.before) * 1000)::bigint AS since_ms,
    (extract(epoch FROM l.deadline_at) * 1000)::bigint AS deadline_ms,
    (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms,
    -- One join that brought too much for one text must not keep everybody's packets from being taken.
    CASE WHEN l.joined AND own.bytes <= %(most)s THEN (
        SELECT json_agg(a.result ORDER BY a.branch)::text FROM tropeiro_arrival a WHERE a.join_id = l.id) END AS results
FROM leased l LEFT JOIN tropeiro_join j ON j.id = l.join_id LEFT JOIN tropeiro_join own ON own.id = l.id AND l.joined
ORDER BY l.priority DESC, l.seq

-- name: settle
-- See schema/050_settle.sql.
SELECT id, held, now_ms, ready FROM tropeiro_settle(%(worker)s, %(name)s, %(settlements)s, %(steps)s, %(children)s, %(jobs)s)

-- name: register
-- A worker comes up.
INSERT INTO tropeiro_worker (id, name, host, pid, slots, lease_until)
VALUES (%(id)s, %(name)s, %(host)s, %(pid)s, %(slots)s, clock_timestamp() + %(lease_ms)s * interval '1 millisecond')

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
SET state = 'delayed', worker_id = NULL, token = p.token + 1, attempt = p.attempt + 1,
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

-- name: notify_ready
-- Wake the workers.
SELECT pg_notify('tropeiro_ready', '')
