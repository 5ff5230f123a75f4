-- What people do to jobs. Every function takes the organization and touches nothing of another's; child jobs that a
-- provider runs for the caller follow their parent.

CREATE FUNCTION tropeiro_job_tree(p_jobs uuid[]) RETURNS uuid[]
    LANGUAGE sql STABLE AS $$
    WITH RECURSIVE tree AS (
        SELECT j.id FROM tropeiro_job j WHERE j.id = ANY (p_jobs)
        UNION
        SELECT j.id FROM tropeiro_job j JOIN tree t ON j.parent_job_id = t.id
    )
    SELECT coalesce(array_agg(t.id ORDER BY t.id), '{}') FROM tree t
$$;

-- Lock all packets of jobs and of their child jobs, and the packets of other jobs that wait for them, which are older.
-- A settlement that was waited for may have made new ones: look again until nothing new shows. Returns the jobs.
CREATE FUNCTION tropeiro_lock_jobs(p_jobs uuid[]) RETURNS uuid[]
    LANGUAGE plpgsql AS $$
DECLARE
    v_jobs uuid[];
    v_packets uuid[];
    v_before uuid[];
BEGIN
    LOOP
        v_jobs := tropeiro_job_tree(p_jobs);
        SELECT coalesce(array_agg(p.id ORDER BY p.id), '{}') INTO v_packets FROM tropeiro_packet p
        WHERE p.job_id = ANY (v_jobs)
           OR p.id IN (SELECT j.parent_packet_id FROM tropeiro_job j WHERE j.id = ANY (v_jobs));
        EXIT WHEN v_packets = v_before;
        PERFORM 1 FROM tropeiro_packet p WHERE p.id = ANY (v_packets) ORDER BY p.id FOR UPDATE;
        v_before := v_packets;
    END LOOP;
    RETURN v_jobs;
END
$$;

CREATE FUNCTION tropeiro_cancel_jobs(p_jobs uuid[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_jobs uuid[] := tropeiro_lock_jobs(p_jobs);
    v_ended uuid[];
BEGIN
    PERFORM tropeiro_record_cancelled(ARRAY(SELECT p.id FROM tropeiro_packet p WHERE p.job_id = ANY (v_jobs)));
    DELETE FROM tropeiro_arrival a USING tropeiro_join j WHERE a.join_id = j.id AND j.job_id = ANY (v_jobs);
    DELETE FROM tropeiro_join j WHERE j.job_id = ANY (v_jobs);
    DELETE FROM tropeiro_packet p WHERE p.job_id = ANY (v_jobs);
    WITH ended AS (
        UPDATE tropeiro_job j SET state = 'cancelled', finished_at = now()
        WHERE j.id = ANY (v_jobs) AND j.state IN ('queued', 'running', 'waiting', 'paused')
        RETURNING j.id
    ),
    tallied AS (
        INSERT INTO tropeiro_tally (job_id, kind, at) SELECT e.id, 'ended', now() FROM ended e
    )
    SELECT coalesce(array_agg(e.id), '{}') INTO v_ended FROM ended e;
    -- A child job cancelled on its own fails the step that called it.
    UPDATE tropeiro_packet p
    SET state = 'ready', seq = nextval('tropeiro_packet_seq'), due_at = NULL, due_answer = NULL, limits = NULL,
        answer = '{"type":"fail","error":{"code":"cancelled","message":"The automation''s job was cancelled."}}'
    FROM tropeiro_job j
    WHERE j.id = ANY (v_ended) AND p.id = j.parent_packet_id AND p.state = 'parked' AND p.job_id <> ALL (v_jobs);
    PERFORM pg_notify('tropeiro_control', j::text), pg_notify('tropeiro_job', j::text) FROM unnest(v_ended) AS j;
    PERFORM pg_notify('tropeiro_ready', '');
    RETURN cardinality(v_ended);
END
$$;

-- Cancel one job of an organization, and its children. Returns how many jobs ended; 0 when it was over already.
CREATE FUNCTION tropeiro_cancel(p_organization uuid, p_job uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM tropeiro_only_own(p_organization);
    IF NOT EXISTS (SELECT FROM tropeiro_job j WHERE j.id = p_job AND j.organization_id = p_organization) THEN
        RETURN 0;
    END IF;
    RETURN tropeiro_cancel_jobs(ARRAY[p_job]);
END
$$;

-- No further step starts; what is running ends and its result is kept. Returns how many jobs were paused.
CREATE FUNCTION tropeiro_pause(p_organization uuid, p_job uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_jobs uuid[];
    v_paused uuid[];
BEGIN
    PERFORM tropeiro_only_own(p_organization);
    IF NOT EXISTS (SELECT FROM tropeiro_job j WHERE j.id = p_job AND j.organization_id = p_organization) THEN
        RETURN 0;
    END IF;
    v_jobs := tropeiro_lock_jobs(ARRAY[p_job]);
    UPDATE tropeiro_packet p SET hold = true WHERE p.job_id = ANY (v_jobs);
    WITH paused AS (
        UPDATE tropeiro_job j SET state = 'paused'
        WHERE j.id = ANY (v_jobs) AND j.state IN ('queued', 'running', 'waiting')
        RETURNING j.id
    )
    SELECT coalesce(array_agg(p.id), '{}') INTO v_paused FROM paused p;
    PERFORM pg_notify('tropeiro_job', j::text) FROM unnest(v_paused) AS j;
    RETURN cardinality(v_paused);
END
$$;

-- Go on after a pause. Returns how many jobs go on.
CREATE FUNCTION tropeiro_resume(p_organization uuid, p_job uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_jobs uuid[];
    v_still uuid[];
    v_resumed uuid[];
BEGIN
    PERFORM tropeiro_only_own(p_organization);
    IF NOT EXISTS (SELECT FROM tropeiro_job j WHERE j.id = p_job AND j.organization_id = p_organization) THEN
        RETURN 0;
    END IF;
    v_jobs := tropeiro_lock_jobs(ARRAY[p_job]);
    -- What was ready goes to the end of the queue, as everything that becomes ready does: its front has gone on. What
    -- stands still because an organization is suspended goes on with that one.
    v_still := tropeiro_suspended_jobs(v_jobs);
    UPDATE tropeiro_packet p
    SET hold = false, seq = CASE WHEN p.hold AND p.state = 'ready' THEN nextval('tropeiro_packet_seq') ELSE p.seq END
    WHERE p.job_id = ANY (v_jobs) AND p.job_id <> ALL (v_still);
    WITH resumed AS (
        UPDATE tropeiro_job j
        SET state = CASE
            WHEN j.started_at IS NULL THEN 'queued'
            WHEN EXISTS (SELECT FROM tropeiro_packet p WHERE p.job_id = j.id AND p.join_id IS NULL AND p.state = 'waiting') THEN 'waiting'
            ELSE 'running' END
        WHERE j.id = ANY (v_jobs) AND j.state = 'paused'
        RETURNING j.id
    )
    SELECT coalesce(array_agg(r.id), '{}') INTO v_resumed FROM resumed r;
    PERFORM pg_notify('tropeiro_job', j::text) FROM unnest(v_resumed) AS j;
    PERFORM pg_notify('tropeiro_ready', '');
    RETURN cardinality(v_resumed);
END
$$;

-- Answer an approval: the packet of this job that waits at this path. Returns whether there was one.
CREATE FUNCTION tropeiro_approve(p_organization uuid, p_job uuid, p_path text, p_answer json) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_packet uuid;
BEGIN
    PERFORM tropeiro_only_own(p_organization);
    UPDATE tropeiro_packet p
    SET state = 'ready', answer = p_answer, seq = nextval('tropeiro_packet_seq'), due_at = NULL, due_answer = NULL,
        question = NULL, wait_kind = ''
    WHERE p.job_id = p_job AND p.organization_id = p_organization AND p.path = p_path
      AND p.state = 'waiting' AND p.wait_kind = 'approval'
    RETURNING p.id INTO v_packet;
    PERFORM pg_notify('tropeiro_ready', ''), pg_notify('tropeiro_job', p_job::text);
    RETURN v_packet IS NOT NULL;
END
$$;

-- Deliver what an asynchronous service called back with. An answer that comes before its worker has put the packet to
-- wait is kept until then. Returns whether the packet still waits for it under this token.
CREATE FUNCTION tropeiro_callback(p_packet uuid, p_token bigint, p_answer json) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_job uuid;
BEGIN
    UPDATE tropeiro_packet p
    SET answer = CASE WHEN p.state = 'waiting' THEN p_answer ELSE p.answer END,
        early_answer = CASE WHEN p.state = 'leased' THEN p_answer END,
        due_at = NULL, due_answer = NULL,
        seq = CASE WHEN p.state = 'waiting' THEN nextval('tropeiro_packet_seq') ELSE p.seq END,
        wait_kind = CASE WHEN p.state = 'waiting' THEN '' ELSE p.wait_kind END,
        limits = CASE WHEN p.state = 'waiting' THEN NULL ELSE p.limits END,
        state = CASE WHEN p.state = 'waiting' THEN 'ready' ELSE p.state END
    WHERE p.id = p_packet AND p.token = p_token
      AND ((p.state = 'waiting' AND p.wait_kind = 'callback') OR (p.state = 'leased' AND p.early_answer IS NULL))
    RETURNING p.job_id INTO v_job;
    IF v_job IS NOT NULL THEN
        PERFORM pg_notify('tropeiro_ready', '');
    END IF;
    RETURN v_job IS NOT NULL;
END
$$;

GRANT EXECUTE ON FUNCTION tropeiro_start(json), tropeiro_cancel(uuid, uuid), tropeiro_pause(uuid, uuid),
    tropeiro_resume(uuid, uuid), tropeiro_approve(uuid, uuid, text, json) TO tropeiro_tenant;
-- Everything here runs with the owner's rights or is the runtime's alone.
REVOKE EXECUTE ON FUNCTION tropeiro_start(json), tropeiro_cancel(uuid, uuid), tropeiro_pause(uuid, uuid),
    tropeiro_resume(uuid, uuid), tropeiro_approve(uuid, uuid, text, json), tropeiro_record_cancelled(uuid[]),
    tropeiro_lock_jobs(uuid[]), tropeiro_cancel_jobs(uuid[]), tropeiro_drop_branches(uuid[]),
    tropeiro_settle(uuid, text, uuid[], tropeiro_send[], json, tropeiro_step_record[], json, json), tropeiro_callback(uuid, bigint, json),
    tropeiro_ensure_partitions(timestamptz, timestamptz), tropeiro_drop_partitions(timestamptz) FROM PUBLIC;
