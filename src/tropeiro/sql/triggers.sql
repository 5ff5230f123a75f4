-- name: claim_due
-- Lock triggers that are due, as they are now. What somebody else has locked is somebody else's. Those of a suspended
-- organization are due when it goes on; then their rule for missed runs says what happens. Each trigger is asked for its
-- own, so that the walk along the index stays one.
SELECT t.id, t.organization_id, t.inputs::text, t.cron, t.every_ms, t.zone, t.anchor_at, t.start_at, t.end_at, t.overlap,
    t.catch_up, t.grace_ms, t.next_at, t.failures, t.running, t.waiting, now() AS now
FROM tropeiro_trigger t
WHERE t.next_at <= now() AND (SELECT s.reason FROM tropeiro_suspension s WHERE s.organization_id = t.organization_id) IS NULL
ORDER BY t.next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- name: claim_waiting
-- The same for triggers of which a run waits for its turn, and none is under way.
SELECT t.id, t.organization_id, t.inputs::text, t.cron, t.every_ms, t.zone, t.anchor_at, t.start_at, t.end_at, t.overlap,
    t.catch_up, t.grace_ms, t.next_at, t.failures, t.running, t.waiting, now() AS now
FROM tropeiro_trigger t
WHERE t.waiting > 0 AND t.enabled AND (SELECT s.reason FROM tropeiro_suspension s WHERE s.organization_id = t.organization_id) IS NULL AND NOT EXISTS (
    SELECT FROM tropeiro_job j
    WHERE j.id = ANY (t.running) AND j.state IN ('queued', 'running', 'waiting', 'paused'))
LIMIT %(limit)s FOR UPDATE OF t SKIP LOCKED

-- name: claim_ahead
-- The same for triggers that were fired for moments still to come: the clock was wrong, and was put right.
SELECT t.id, t.organization_id, t.inputs::text, t.cron, t.every_ms, t.zone, t.anchor_at, t.start_at, t.end_at, t.overlap,
    t.catch_up, t.grace_ms, t.next_at, t.failures, t.running, t.waiting, now() AS now
FROM tropeiro_trigger t
WHERE t.next_at IS NOT NULL AND t.last_at > now() + interval '1 minute'
LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- name: under_way
-- Of these jobs, those that are not over.
SELECT j.id FROM tropeiro_job j WHERE j.id = ANY (%(jobs)s) AND j.state IN ('queued', 'running', 'waiting', 'paused')

-- name: waiting
-- The moments of these triggers whose runs wait for their turn, the oldest first.
SELECT f.trigger_id, f.scheduled_for FROM tropeiro_firing f
WHERE f.trigger_id = ANY (%(triggers)s) AND f.outcome = 'waiting' ORDER BY f.scheduled_for

-- name: targets
-- What these triggers start as of now: the newest version, or the newest revision of the version that they name.
SELECT t.id AS trigger_id, t.organization_id, t.project_id, t.target, t.version AS wanted,
    w.name AS workflow, w.project_id AS workflow_project_id, wp.slug AS workflow_project, w.removed_at AS workflow_removed_at,
    wv.id AS workflow_version_id, wv.version AS workflow_version,
    s.organization_id AS owner_id, so.slug AS owner, s.project_id AS service_project_id, sp.slug AS service_project,
    s.name AS service, s.title, s.visibility, s.removed_at AS service_removed_at,
    sv.id AS service_version_id, sv.version AS service_version, sv.implementation::text,
    a.project AS archived_project, a.service AS archived_service
FROM tropeiro_trigger t
LEFT JOIN tropeiro_workflow w ON w.id = t.workflow_id
LEFT JOIN tropeiro_project wp ON wp.id = w.project_id
LEFT JOIN LATERAL (
    SELECT v.id, v.version, v.pins FROM tropeiro_workflow_version v
    WHERE v.workflow_id = w.id AND (t.version IS NULL OR v.version = t.version)
    ORDER BY v.version DESC LIMIT 1) wv ON true
LEFT JOIN tropeiro_service s ON s.id = t.service_id
LEFT JOIN tropeiro_project sp ON sp.id = s.project_id
LEFT JOIN tropeiro_organization so ON so.id = s.organization_id
LEFT JOIN LATERAL (
    SELECT v.id, v.version, v.implementation FROM tropeiro_service_version v
    WHERE v.service_id = s.id AND (t.version IS NULL OR v.version = t.version)
    ORDER BY v.version DESC, v.revision DESC LIMIT 1) sv ON true
LEFT JOIN LATERAL tropeiro_archived(
    t.organization_id, ARRAY[t.project_id, w.project_id], coalesce(wv.pins, ARRAY[sv.id])) a ON true
WHERE t.id = ANY (%(triggers)s)

-- name: documents
-- The pinned documents of workflow versions, which never change.
SELECT v.id, v.pinned::text AS text FROM tropeiro_workflow_version v WHERE v.id = ANY (%(ids)s)

-- name: input_schemas
-- What revisions of services take, which never changes.
SELECT v.id, v.input_schema::text AS text FROM tropeiro_service_version v WHERE v.id = ANY (%(ids)s)

-- name: fire
SELECT tropeiro_fire(%(triggers)s, %(firings)s, %(jobs)s, %(routes)s)

-- name: next_due
-- Milliseconds until the next trigger is due, null when none is; and whether a run waits for its turn.
SELECT (SELECT greatest(0, extract(epoch FROM t.next_at - clock_timestamp()) * 1000)::bigint
        FROM tropeiro_trigger t WHERE t.next_at IS NOT NULL AND (SELECT s.reason FROM tropeiro_suspension s WHERE s.organization_id = t.organization_id) IS NULL
        ORDER BY t.next_at LIMIT 1) AS next_ms,
    EXISTS (SELECT FROM tropeiro_trigger t WHERE t.waiting > 0 AND (SELECT s.reason FROM tropeiro_suspension s WHERE s.organization_id = t.organization_id) IS NULL) AS waiting

-- name: changed
-- Tell the duty that a trigger was changed.
SELECT pg_notify('tropeiro_trigger', '')

-- name: ensure_partitions
SELECT tropeiro_ensure_firing_partitions(now() - interval '7 days', now() + interval '28 days')

-- name: drop_partitions
SELECT tropeiro_drop_firing_partitions(now() - %(days)s * interval '1 day')

-- name: ran_by_hand
-- A person started a job of a trigger now: its next run knows of it.
UPDATE tropeiro_trigger t
SET running = CASE WHEN t.overlap = 'allow' THEN t.running ELSE t.running || %(job)s::uuid END,
    last_at = now(), last_outcome = 'started', last_job_id = %(job)s
WHERE t.id = %(id)s

-- name: give_up_waiting
-- What waits for its turn behind triggers that are off will not run.
UPDATE tropeiro_firing f SET outcome = 'skipped', error = %(error)s, at = now()
WHERE f.trigger_id = ANY (%(ids)s) AND f.outcome = 'waiting'

-- name: projects_of
-- The projects that triggers hang on: their own, and that of what they start; and whether one of them is archived.
SELECT t.id, t.name, t.project_id, coalesce(w.project_id, s.project_id) AS target_project_id,
    EXISTS (SELECT FROM tropeiro_project p WHERE p.archived_at IS NOT NULL
        AND p.id IN (t.project_id, w.project_id, s.project_id)) AS rests
FROM tropeiro_trigger t
LEFT JOIN tropeiro_workflow w ON w.id = t.workflow_id
LEFT JOIN tropeiro_service s ON s.id = t.service_id
WHERE t.organization_id = %(organization)s AND (t.id = %(trigger)s
    OR t.project_id = %(project)s OR w.project_id = %(project)s OR s.project_id = %(project)s)
ORDER BY t.name

-- name: rest
-- Triggers of a project that was archived are not due any more; they stay on or off as they were.
UPDATE tropeiro_trigger t SET next_at = NULL, waiting = 0 WHERE t.id = ANY (%(ids)s)
