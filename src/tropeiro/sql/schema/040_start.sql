-- A job as whoever starts it tells it, with its first packet.
CREATE TYPE tropeiro_new_job AS (
    id uuid, packet_id uuid, organization_id uuid, project_id uuid, workflow_version_id uuid, service_version_id uuid, name text,
    route_digest text, route json, engine text, trigger text, trigger_id uuid, priority smallint, mock boolean, inputs json,
    inputs_blob text, parent_job_id uuid, parent_packet_id uuid, rerun_of_id uuid, started_by_id bigint, trace text,
    timeout_ms bigint, path text, uses text, body json, scope json);

-- Start jobs: the rows of the job, its route and its first packet, in the caller's transaction.
-- p_jobs is an array of objects, one a job. A job without the text of its route relies on
-- another of the batch, or on the caller, to have stored it.
-- Promises: all or none; a worker is told at commit.
CREATE FUNCTION tropeiro_start(p_jobs json) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_told integer;
    v_organizations uuid[];
    v_parents uuid[];
    v_roots uuid[];
BEGIN
    SELECT array_agg(DISTINCT r.organization_id), array_agg(r.parent_job_id) FILTER (WHERE r.parent_job_id IS NOT NULL)
    INTO v_organizations, v_parents
    FROM json_to_recordset(p_jobs) AS r(organization_id uuid, parent_job_id uuid);
    PERFORM tropeiro_only_own(o) FROM unnest(v_organizations) o;
    -- Asked only for children: whoever asks must look into every partition.
    IF v_parents IS NOT NULL THEN
        SELECT array_agg(j.id), array_agg(j.root_job_id) INTO v_parents, v_roots FROM tropeiro_job j WHERE j.id = ANY (v_parents);
    END IF;
    -- Who suspends an organization waits for this; what starts after that begins on hold. See 110_suspension.sql.
    LOCK TABLE tropeiro_suspension IN ROW SHARE MODE;

    WITH jobs AS MATERIALIZED (
        SELECT * FROM json_populate_recordset(NULL::tropeiro_new_job, p_jobs)
    ),
    routes AS (
        INSERT INTO tropeiro_route (organization_id, digest, text)
        SELECT DISTINCT ON (r.organization_id, r.route_digest) r.organization_id, r.route_digest, r.route
        FROM jobs r
        WHERE r.route IS NOT NULL
        ORDER BY r.organization_id, r.route_digest
        ON CONFLICT DO NOTHING
    ),
    started AS (
        INSERT INTO tropeiro_job (
            id, organization_id, project_id, workflow_version_id, service_version_id, name, route_digest, engine, trigger,
            trigger_id, priority, mock, inputs, inputs_blob, parent_job_id, parent_packet_id, root_job_id, rerun_of_id,
            started_by_id, trace, deadline_at)
        SELECT r.id, r.organization_id, r.project_id, r.workflow_version_id, r.service_version_id, r.name, r.route_digest,
            coalesce(r.engine, 'native'), coalesce(r.trigger, 'manual'), r.trigger_id, coalesce(r.priority, 0),
            coalesce(r.mock, false), r.inputs, r.inputs_blob, r.parent_job_id, r.parent_packet_id,
            coalesce(v_roots[array_position(v_parents, r.parent_job_id)], r.id), r.rerun_of_id, r.started_by_id,
            coalesce(r.trace, ''), now() + r.timeout_ms * interval '1 millisecond'
        FROM jobs r
    ),
    tallied AS (
        INSERT INTO tropeiro_tally (job_id, kind, at) SELECT r.id, 'started', now() FROM jobs r
    ),
    queued AS (
        INSERT INTO tropeiro_packet (
            id, job_id, organization_id, project_id, route_digest, wakes_job, hold, priority, path, uses, body, scope,
            caller_id, started_at, deadline_at, workflow_name, trace)
        SELECT r.packet_id, r.id, r.organization_id, r.project_id, r.route_digest, true,
            EXISTS (SELECT FROM tropeiro_suspension s WHERE s.organization_id = r.organization_id), coalesce(r.priority, 0),
            coalesce(r.path, ''), coalesce(r.uses, ''), r.body, r.scope, r.parent_packet_id, now(),
            now() + r.timeout_ms * interval '1 millisecond', r.name, coalesce(r.trace, '')
        FROM jobs r
    )
    -- A worker is told; and whoever follows the organization, whose notice has room for 200 jobs.
    SELECT count(pg_notify('tropeiro_job', n.ids)) INTO v_told
    FROM (
        SELECT string_agg(r.id::text, ',') AS ids
        FROM (SELECT u.id, row_number() OVER () AS n FROM jobs u LIMIT 2000) r
        GROUP BY r.n / 200) n;
    PERFORM pg_notify('tropeiro_ready', '');
END
$$;
