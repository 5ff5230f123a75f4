-- Start jobs: the rows of the job, its route and its first packet, in the caller's transaction.
-- p_jobs is an array of objects, one a job. A job without the text of its route relies on
-- another of the batch, or on the caller, to have stored it.
-- Promises: all or none; a worker is told at commit.
CREATE FUNCTION tropeiro_start(p_jobs json) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM tropeiro_only_own(r.organization_id) FROM json_to_recordset(p_jobs) AS r(organization_id uuid);

    INSERT INTO tropeiro_route (organization_id, digest, text)
    SELECT DISTINCT ON (r.organization_id, r.route_digest) r.organization_id, r.route_digest, r.route
    FROM json_to_recordset(p_jobs) AS r(organization_id uuid, route_digest text, route json)
    WHERE r.route IS NOT NULL
    ORDER BY r.organization_id, r.route_digest
    ON CONFLICT DO NOTHING;

    INSERT INTO tropeiro_job (
        id, organization_id, project_id, workflow_version_id, service_version_id, name, route_digest, engine, trigger,
        trigger_id, priority, mock, inputs, inputs_blob, parent_job_id, parent_packet_id, root_job_id, rerun_of_id, started_by_id, trace,
        deadline_at)
    SELECT r.id, r.organization_id, r.project_id, r.workflow_version_id, r.service_version_id, r.name, r.route_digest,
        coalesce(r.engine, 'native'), coalesce(r.trigger, 'manual'), r.trigger_id, coalesce(r.priority, 0), coalesce(r.mock, false),
        r.inputs, r.inputs_blob, r.parent_job_id, r.parent_packet_id, coalesce(parent.root_job_id, r.id),
        r.rerun_of_id, r.started_by_id,
        coalesce(r.trace, ''), now() + r.timeout_ms * interval '1 millisecond'
    FROM json_to_recordset(p_jobs) AS r(
        id uuid, organization_id uuid, project_id uuid, workflow_version_id uuid, service_version_id uuid, name text,
        route_digest text, engine text, trigger text, trigger_id uuid, priority smallint, mock boolean, inputs json, inputs_blob text,
        parent_job_id uuid, parent_packet_id uuid, rerun_of_id uuid, started_by_id bigint,
        trace text, timeout_ms bigint)
    LEFT JOIN tropeiro_job parent ON parent.id = r.parent_job_id;

    INSERT INTO tropeiro_tally (job_id, kind, at)
    SELECT r.id, 'started', now() FROM json_to_recordset(p_jobs) AS r(id uuid);

    -- Who suspends an organization waits for this; what starts after that begins on hold. See 110_suspension.sql.
    LOCK TABLE tropeiro_suspension IN ROW SHARE MODE;
    INSERT INTO tropeiro_packet (
        id, job_id, organization_id, project_id, route_digest, wakes_job, hold, priority, path, uses, body, scope, caller_id,
        started_at, deadline_at, workflow_name, trace)
    SELECT r.packet_id, r.id, r.organization_id, r.project_id, r.route_digest, true,
        EXISTS (SELECT FROM tropeiro_suspension s WHERE s.organization_id = r.organization_id), coalesce(r.priority, 0),
        coalesce(r.path, ''), coalesce(r.uses, ''), r.body, r.scope, r.parent_packet_id, now(),
        now() + r.timeout_ms * interval '1 millisecond', r.name, coalesce(r.trace, '')
    FROM json_to_recordset(p_jobs) AS r(
        id uuid, packet_id uuid, organization_id uuid, project_id uuid, name text, route_digest text,
        priority smallint, path text, uses text, body json, scope json, parent_packet_id uuid, trace text, timeout_ms bigint);

    PERFORM pg_notify('tropeiro_ready', '');
    -- Whoever follows the organization is told; a notice has room for 200.
    PERFORM pg_notify('tropeiro_job', string_agg(r.id, ','))
    FROM (SELECT j.job ->> 'id' AS id, j.n FROM json_array_elements(p_jobs) WITH ORDINALITY AS j(job, n) LIMIT 2000) r
    GROUP BY r.n / 200;
END
$$;
