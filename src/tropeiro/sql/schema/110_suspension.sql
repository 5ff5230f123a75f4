-- Organizations that the operators suspended: nothing of theirs starts, and what is under way stands still.
--
-- A packet of theirs is on hold, as one of a paused job is; the states of their jobs say what they were at. Who starts a
-- job takes the table in ROW SHARE mode (see 040_start.sql), who suspends takes it in EXCLUSIVE mode for a moment: a job
-- is either written before, and its packets are put on hold, or it begins on hold. Readers wait for neither.
CREATE TABLE tropeiro_suspension (
    organization_id uuid PRIMARY KEY,
    reason text NOT NULL,
    suspended_by text NOT NULL,
    suspended_at timestamptz NOT NULL DEFAULT now()
);

-- Of these jobs, those that stand still: their organization, or that of a job that called them, is suspended.
CREATE FUNCTION tropeiro_suspended_jobs(p_jobs uuid[]) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM tropeiro_suspension) THEN
        RETURN '{}';
    END IF;
    RETURN (
        WITH RECURSIVE up AS (
            SELECT j.id AS job, j.organization_id, j.parent_job_id FROM tropeiro_job j WHERE j.id = ANY (p_jobs)
            UNION ALL
            SELECT u.job, j.organization_id, j.parent_job_id FROM up u JOIN tropeiro_job j ON j.id = u.parent_job_id
        )
        SELECT coalesce(array_agg(DISTINCT u.job), '{}') FROM up u
        JOIN tropeiro_suspension s ON s.organization_id = u.organization_id);
END
$$;

-- Put everything of a suspended organization on hold that is not yet, child jobs that others run for it too. What is
-- being executed ends, and its result is kept.
CREATE FUNCTION tropeiro_hold_organization(p_organization uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_jobs uuid[] := tropeiro_lock_jobs(ARRAY(
        SELECT DISTINCT p.job_id FROM tropeiro_packet p WHERE p.organization_id = p_organization AND NOT p.hold));
BEGIN
    UPDATE tropeiro_packet p SET hold = true WHERE p.job_id = ANY (v_jobs) AND NOT p.hold;
END
$$;

-- Let everything of an organization go on that nothing else holds: a paused job stays paused, and what another
-- organization that is suspended has a part in goes on with that one.
CREATE FUNCTION tropeiro_release_organization(p_organization uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_jobs uuid[] := tropeiro_lock_jobs(ARRAY(
        SELECT DISTINCT p.job_id FROM tropeiro_packet p WHERE p.organization_id = p_organization AND p.hold));
    v_still uuid[] := tropeiro_suspended_jobs(v_jobs);
BEGIN
    -- What was ready goes to the end of the queue, as everything that becomes ready does: its front has gone on.
    UPDATE tropeiro_packet p
    SET hold = false, seq = CASE WHEN p.state = 'ready' THEN nextval('tropeiro_packet_seq') ELSE p.seq END
    WHERE p.job_id = ANY (v_jobs) AND p.hold AND p.job_id <> ALL (v_still)
      AND NOT EXISTS (SELECT FROM tropeiro_job j WHERE j.id = p.job_id AND j.state = 'paused');
    PERFORM pg_notify('tropeiro_ready', ''), pg_notify('tropeiro_trigger', '');
END
$$;

REVOKE EXECUTE ON FUNCTION tropeiro_suspended_jobs(uuid[]), tropeiro_hold_organization(uuid),
    tropeiro_release_organization(uuid) FROM PUBLIC;
