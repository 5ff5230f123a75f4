-- How long an organization keeps its history, where that is shorter than what the operator keeps for all.

-- blobs_to: large values of weeks before this Monday are gone.
CREATE TABLE tropeiro_retention (
    organization_id uuid PRIMARY KEY,
    job_days integer CHECK (job_days >= 1),
    log_days integer CHECK (log_days >= 1),
    blobs_to date NOT NULL DEFAULT '2020-01-06',
    forgotten_at timestamptz,
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- Organizations that keep less than p_days, with from when on they keep jobs and lines.
CREATE FUNCTION tropeiro_retentions(p_days integer)
    RETURNS TABLE (organization_id uuid, jobs_before timestamptz, logs_before timestamptz, blobs_to date)
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT r.organization_id, now() - d.jobs * interval '1 day', now() - least(d.jobs, d.logs) * interval '1 day', r.blobs_to
    FROM tropeiro_retention r
    CROSS JOIN LATERAL (SELECT least(coalesce(r.job_days, p_days), p_days) AS jobs, coalesce(r.log_days, p_days) AS logs) d
    WHERE d.jobs < p_days OR d.logs < p_days
    ORDER BY r.organization_id
$$;

-- Forget up to p_limit lines of before p_before. Returns how many.
CREATE FUNCTION tropeiro_forget_lines(p_organization uuid, p_before timestamptz, p_limit integer) RETURNS integer
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_count integer;
BEGIN
    WITH old AS MATERIALIZED (
        SELECT l.job_id, l.id FROM tropeiro_log l
        WHERE l.organization_id = p_organization AND l.at < p_before
        ORDER BY l.at, l.id LIMIT p_limit
    )
    DELETE FROM tropeiro_log l USING old o WHERE l.job_id = o.job_id AND l.id = o.id;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$$;

-- Forget up to p_limit rows of jobs that were over before p_before: their steps first, then those that have none left.
-- Their lines are forgotten before, by their own time. Returns how many rows went; 0 when nothing is left to forget.
-- Promises: a job goes only when it is over, and everything that hangs on it has gone before.
CREATE FUNCTION tropeiro_forget_jobs(p_organization uuid, p_before timestamptz, p_limit integer) RETURNS integer
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_jobs uuid[];
    v_count integer;
    v_gone integer;
BEGIN
    SELECT array_agg(o.id) INTO v_jobs
    FROM (SELECT j.id FROM tropeiro_job j
          WHERE j.organization_id = p_organization AND j.id < tropeiro_first_id(p_before) AND j.finished_at < p_before
          ORDER BY j.id LIMIT least(p_limit, 1000)) o;
    IF v_jobs IS NULL THEN
        RETURN 0;
    END IF;
    WITH old AS MATERIALIZED (
        SELECT s.job_id, s.path, s.round, s.attempt FROM tropeiro_step s WHERE s.job_id = ANY (v_jobs) LIMIT p_limit
    )
    DELETE FROM tropeiro_step s USING old o
    WHERE s.job_id = o.job_id AND s.path = o.path AND s.round = o.round AND s.attempt = o.attempt;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    IF v_count < p_limit THEN
        -- A line may have come since; it goes with the next round, and its job with it.
        DELETE FROM tropeiro_job j WHERE j.id = ANY (v_jobs) AND j.finished_at < p_before
          AND NOT EXISTS (SELECT FROM tropeiro_log l WHERE l.job_id = j.id)
          AND NOT EXISTS (SELECT FROM tropeiro_packet p WHERE p.job_id = j.id);
        GET DIAGNOSTICS v_gone = ROW_COUNT;
        v_count := v_count + v_gone;
    END IF;
    RETURN v_count;
END
$$;

-- Drop partitions of weeks that are over since before p_before and hold nothing any more. Returns their names.
CREATE FUNCTION tropeiro_drop_empty_partitions(p_before timestamptz) RETURNS SETOF text
    LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
    v_name text;
    v_used boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('tropeiro_partitions'));
    FOR v_name IN SELECT w.name FROM tropeiro_weeks_before(p_before) w LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', v_name) INTO v_used;
        CONTINUE WHEN v_used;
        EXECUTE format('DROP TABLE %I', v_name);
        RETURN NEXT v_name;
    END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION tropeiro_retentions(integer), tropeiro_forget_lines(uuid, timestamptz, integer),
    tropeiro_forget_jobs(uuid, timestamptz, integer), tropeiro_drop_empty_partitions(timestamptz) FROM PUBLIC;

SELECT tropeiro_protect('tropeiro_retention', 'SELECT, INSERT, UPDATE (job_days, log_days, changed_at)');
