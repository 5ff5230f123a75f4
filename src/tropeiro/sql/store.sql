-- name: start
-- Start jobs; see schema/040_start.sql.
SELECT tropeiro_start(%(jobs)s)

-- name: cancel
SELECT tropeiro_cancel(%(organization)s, %(job)s)

-- name: pause
SELECT tropeiro_pause(%(organization)s, %(job)s)

-- name: resume
SELECT tropeiro_resume(%(organization)s, %(job)s)

-- name: approve
SELECT tropeiro_approve(%(organization)s, %(job)s, %(path)s, %(answer)s)

-- name: callback
SELECT tropeiro_callback(%(packet)s, %(token)s, %(answer)s)

-- name: routes
-- The texts of routes.
SELECT r.organization_id, r.digest, r.text::text AS text
FROM unnest(%(organizations)s::uuid[], %(digests)s::text[]) AS w(organization_id, digest)
JOIN tropeiro_route r USING (organization_id, digest)

-- name: service
-- One immutable version of a service, as a worker needs it.
SELECT v.id, s.organization_id, s.project_id, p.slug || '/' || s.name AS name, v.version, v.implementation::text,
    v.input_schema::text, v.output_schema::text, v.timeout_ms, v.retry::text, v.idempotent, v.pure
FROM tropeiro_service_version v
JOIN tropeiro_service s ON s.id = v.service_id
JOIN tropeiro_project p ON p.id = s.project_id
WHERE v.id = %(id)s

-- name: workflow_version
-- The pinned document of a workflow version, and what its jobs are called.
SELECT v.id, w.organization_id, w.project_id, v.pinned::text AS pinned, w.name, v.version
FROM tropeiro_workflow_version v JOIN tropeiro_workflow w ON w.id = v.workflow_id
WHERE v.id = %(id)s

-- name: credential
-- A credential as it is stored, encrypted, with the organization's wrapped data key.
SELECT c.id, c.organization_id, c.sealed, o.data_key
FROM tropeiro_credential c JOIN tropeiro_organization o ON o.id = c.organization_id
WHERE c.organization_id = %(organization)s AND c.name = %(name)s
  AND (c.project_id = %(project)s OR c.project_id IS NULL)
ORDER BY c.project_id NULLS LAST LIMIT 1

-- name: add_logs
-- Lines of several jobs at once; whoever follows one of them is told.
WITH lines AS (
    INSERT INTO tropeiro_log (job_id, organization_id, at, level, path, uses, attempt, worker, message, fields)
    SELECT r.job_id, r.organization_id, clock_timestamp() - r.age_us * interval '1 microsecond', r.level, r.path,
        coalesce(r.uses, ''), r.attempt, %(worker)s, r.message, r.fields
    FROM json_to_recordset(%(lines)s) AS r(
        job_id uuid, organization_id uuid, age_us bigint, level smallint, path text, uses text, attempt integer, message text,
        fields json)
    RETURNING job_id
)
SELECT pg_notify('tropeiro_job', string_agg(l.job_id::text, ','))
FROM (SELECT d.job_id, row_number() OVER () AS n FROM (SELECT DISTINCT job_id FROM lines) d) l GROUP BY l.n / 200

-- name: wake_due
SELECT woken, next_ms FROM tropeiro_wake_due(%(limit)s)

-- name: rescue
SELECT worker, packets, poisoned FROM tropeiro_rescue(%(limit)s)

-- name: ensure_partitions
-- Partitions for the weeks to come.
SELECT tropeiro_ensure_partitions(now(), now() + interval '28 days')

-- name: drop_partitions
-- Forget history older than a number of days; whole weeks only.
SELECT tropeiro_drop_partitions(now() - %(days)s * interval '1 day')

-- name: retentions
-- Organizations that keep less than everybody.
SELECT organization_id, jobs_before, logs_before, blobs_to FROM tropeiro_retentions(%(days)s)

-- name: forget_lines
SELECT tropeiro_forget_lines(%(organization)s, %(before)s, %(limit)s)

-- name: forget_jobs
SELECT tropeiro_forget_jobs(%(organization)s, %(before)s, %(limit)s)

-- name: empty_weeks
-- Mondays of the weeks from one on that ended before a moment, and whether the organization has no job of theirs left.
SELECT w.monday::date AS monday, NOT EXISTS (
    SELECT FROM tropeiro_job j WHERE j.organization_id = %(organization)s
      AND j.id >= tropeiro_first_id(w.monday AT TIME ZONE 'UTC')
      AND j.id < tropeiro_first_id((w.monday + interval '7 days') AT TIME ZONE 'UTC')) AS empty
FROM generate_series(
    greatest(%(from)s::date, (%(before)s::timestamptz AT TIME ZONE 'UTC')::date - 3660)::timestamp,
    (%(before)s::timestamptz AT TIME ZONE 'UTC') - interval '7 days', interval '7 days') AS w(monday)
ORDER BY w.monday

-- name: note_forgotten
UPDATE tropeiro_retention SET blobs_to = %(blobs_to)s, forgotten_at = now() WHERE organization_id = %(organization)s

-- name: drop_empty_partitions
SELECT tropeiro_drop_empty_partitions(now() - interval '7 days')

-- name: forget_workers
-- Workers that ended more than a day ago and hold nothing.
DELETE FROM tropeiro_worker w
WHERE w.state IN ('stopped', 'lost') AND w.seen_at < now() - interval '1 day'
  AND NOT EXISTS (SELECT FROM tropeiro_packet p WHERE p.worker_id = w.id AND p.state = 'leased')

-- name: is_leader
-- Whether this session leads a duty; it leads until it ends.
SELECT pg_try_advisory_lock(hashtext(%(duty)s))
