-- Take up to p_limit ready packets for a worker that is up. Organizations take turns, beginning with the one that follows
-- p_after, whoever was served last; within one, priority and then age decide. Packets that wait for a limit are among
-- them when it lets them begin. No organization gets more than p_share, or than its room that p_rooms names for
-- p_organizations: a part of every worker is for those that are not there yet. Results of a join that take more than p_most bytes together are left out.
-- Promises: no packet is given to two; a packet counts as taken from this moment; of the packets that were lost with
-- their workers several times, a worker holds one at most. The cost goes by p_limit, not by how many organizations or
-- packets wait; and while all that is ready fits, or is one organization's, it costs less than that.
-- The walks begin at the front of the queue; see 030_queue.sql.
-- Branches of one join share its scope, which the first of them in the answer carries.
-- Planning this takes ten times as long as doing it, so the plan is made once for all numbers. Partitions are looked up
-- one by one rather than pruned while it runs: under several workers PostgreSQL 18.4 was seen to crash in that pruning
-- (perform_pruning_base_step), where rows that changed meanwhile are checked again.
CREATE FUNCTION tropeiro_lease(
    p_worker uuid, p_limit integer, p_most bigint, p_after uuid, p_share integer, p_organizations uuid[], p_rooms integer[])
    RETURNS TABLE (
        id uuid, job_id uuid, organization_id uuid, project_id uuid, route_digest text, token bigint, taken smallint,
        attempt integer, body text, scope text, join_id uuid, branch integer, caller_id uuid, answer text, joined boolean,
        priority smallint, workflow_name text, trace text, started_ms bigint, since_ms bigint, deadline_ms bigint,
        now_ms bigint, limits uuid[], results text)
    LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET enable_partition_pruning = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    v_front bigint := (SELECT f.last_value FROM tropeiro_packet_front f);
    v_fit integer := greatest(0, least(p_limit, p_share, (SELECT min(r) FROM unnest(p_rooms) AS r)));
    v_all boolean;
    -- The first organization that has some, where none of it is under a limit or suspect.
    v_first uuid;
    -- What is picked and locked, the jobs that it wakes, and since when it waited.
    v_ids uuid[];
    v_wakes uuid[];
    v_since timestamptz[];
BEGIN
    -- Whether all that is ready fits; then nobody takes turns, and it is picked.
    WITH few AS MATERIALIZED (
        SELECT p.id, p.organization_id FROM tropeiro_packet p
        WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NULL AND p.seq >= v_front
        ORDER BY p.organization_id LIMIT v_fit + 1
    ),
    plain AS MATERIALIZED (
        -- In the order of indexes that are nearly always empty.
        SELECT (SELECT true FROM tropeiro_packet p WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NOT NULL
                ORDER BY p.limits LIMIT 1) IS NULL
            AND (SELECT true FROM tropeiro_packet p WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NULL
                 AND p.taken >= 3 ORDER BY p.seq LIMIT 1) IS NULL AS yes
    ),
    fits AS MATERIALIZED (
        SELECT n.yes AND (SELECT count(*) FROM few) <= v_fit AS yes FROM plain n
    ),
    picked AS MATERIALIZED (
        SELECT p.id, CASE WHEN p.wakes_job THEN p.job_id END AS wakes, p.since FROM tropeiro_packet p
        -- IS TRUE, so that they are found by their ids, also when the table was tiny at the moment of planning.
        WHERE p.id = ANY (ARRAY(SELECT f.id FROM few f, fits t WHERE t.yes))
          AND (p.state = 'ready' AND NOT p.hold AND p.limits IS NULL AND p.taken < 3) IS TRUE
        FOR UPDATE SKIP LOCKED
    )
    SELECT (SELECT t.yes FROM fits t), (SELECT f.organization_id FROM few f, plain n WHERE n.yes LIMIT 1),
        array_agg(k.id), array_agg(k.wakes) FILTER (WHERE k.wakes IS NOT NULL), array_agg(k.since)
    INTO v_all, v_first, v_ids, v_wakes, v_since FROM picked k;

    -- Nor when all is one organization's: then it gets what comes first, up to its room.
    IF NOT v_all AND v_first IS NOT NULL AND NOT EXISTS (
        SELECT FROM tropeiro_packet p
        WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NULL AND p.organization_id > v_first AND p.seq >= v_front
        ORDER BY p.organization_id LIMIT 1)
    THEN
        WITH picked AS MATERIALIZED (
            SELECT p.id, CASE WHEN p.wakes_job THEN p.job_id END AS wakes, p.since FROM tropeiro_packet p
            WHERE p.organization_id = v_first AND p.state = 'ready' AND NOT p.hold AND p.limits IS NULL AND p.taken < 3
              AND p.seq >= v_front
            ORDER BY -p.priority, p.seq
            LIMIT greatest(0, least(p_limit, coalesce(p_rooms[array_position(p_organizations, v_first)], p_share)))
            FOR UPDATE SKIP LOCKED
        )
        SELECT array_agg(k.id), array_agg(k.wakes) FILTER (WHERE k.wakes IS NOT NULL), array_agg(k.since)
        INTO v_ids, v_wakes, v_since FROM picked k;
    ELSIF NOT v_all THEN
        WITH RECURSIVE onward AS (
            (SELECT p.organization_id AS id FROM tropeiro_packet p
             WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NULL AND p.organization_id > p_after AND p.seq >= v_front
             ORDER BY p.organization_id LIMIT 1)
            UNION ALL
            SELECT (SELECT p.organization_id FROM tropeiro_packet p
                    WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NULL AND p.organization_id > o.id AND p.seq >= v_front
                    ORDER BY p.organization_id LIMIT 1)
            FROM onward o WHERE o.id IS NOT NULL
        ),
        again AS (
            (SELECT p.organization_id AS id FROM tropeiro_packet p
             WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NULL AND p.organization_id <= p_after AND p.seq >= v_front
             ORDER BY p.organization_id LIMIT 1)
            UNION ALL
            SELECT (SELECT p.organization_id FROM tropeiro_packet p
                    WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NULL AND p.organization_id > a.id
                      AND p.organization_id <= p_after AND p.seq >= v_front
                    ORDER BY p.organization_id LIMIT 1)
            FROM again a WHERE a.id IS NOT NULL
        ),
        organizations AS MATERIALIZED (
            SELECT o.id, row_number() OVER () AS place, r.room
            FROM (SELECT * FROM onward UNION ALL SELECT * FROM again) o
            CROSS JOIN LATERAL (
                SELECT coalesce(p_rooms[array_position(p_organizations, o.id)], p_share) AS room) r
            WHERE o.id IS NOT NULL AND r.room > 0 LIMIT 2 * p_limit
        ),
        depth AS MATERIALIZED (
            SELECT ceil(2.0 * p_limit / greatest(1, count(*)))::bigint AS rows FROM organizations
        ),
        -- As many of each organization as would do if all had as many; then further ones of those that have more.
        turns AS (
            SELECT o.id AS organization_id, o.place, o.room, n.id, n.priority, n.seq, n.turn
            FROM organizations o
            CROSS JOIN LATERAL (
                SELECT f.*, row_number() OVER () AS turn
                FROM (SELECT p.id, p.priority, p.seq FROM tropeiro_packet p
                      WHERE p.organization_id = o.id AND p.state = 'ready' AND NOT p.hold AND p.limits IS NULL AND p.taken < 3
                        AND p.seq >= v_front
                      ORDER BY -p.priority, p.seq LIMIT (SELECT d.rows FROM depth d)) f
            ) n
            UNION ALL
            SELECT t.organization_id, t.place, t.room, n.id, n.priority, n.seq, t.turn + n.turn
            FROM turns t
            CROSS JOIN LATERAL (
                SELECT f.*, row_number() OVER () AS turn
                FROM (SELECT p.id, p.priority, p.seq FROM tropeiro_packet p
                      WHERE p.organization_id = t.organization_id AND p.state = 'ready' AND NOT p.hold AND p.limits IS NULL
                        AND p.taken < 3 AND (-p.priority, p.seq) > (-t.priority, t.seq) AND p.seq >= v_front
                      ORDER BY -p.priority, p.seq LIMIT (SELECT d.rows FROM depth d)) f
            ) n
            -- Twice the room, for what others may be taking at this moment.
            WHERE t.turn % (SELECT d.rows FROM depth d) = 0 AND t.turn < 2 * t.room
        ),
        candidates AS MATERIALIZED (
            SELECT * FROM turns LIMIT 2 * p_limit
        ),
        admitted AS MATERIALIZED (
            SELECT a.id, a.wakes, a.since, a.taken
            FROM tropeiro_admit(p_worker, p_limit, ARRAY(
                SELECT (c.organization_id, c.priority, c.seq)::tropeiro_place FROM candidates c),
                p_share, p_organizations, p_rooms) a
            -- In the order of the index, which is nearly always empty.
            WHERE (SELECT true FROM tropeiro_packet p WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NOT NULL
                   ORDER BY p.limits LIMIT 1)
              AND EXISTS (SELECT FROM tropeiro_worker w WHERE w.id = p_worker AND w.state = 'up')
        ),
        suspect AS MATERIALIZED (
            SELECT p.id, CASE WHEN p.wakes_job THEN p.job_id END AS wakes, p.since FROM tropeiro_packet p
            WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NULL AND p.taken >= 3 AND p.seq >= v_front
              -- Of p, so that it is asked only when there is one.
              AND NOT EXISTS (
                  SELECT FROM tropeiro_packet h WHERE h.worker_id = p_worker AND h.state = 'leased' AND h.taken > 3 AND p.taken >= 3)
              AND NOT EXISTS (SELECT FROM admitted a WHERE a.taken >= 3)
              AND (SELECT count(*) FROM admitted) < p_limit
              AND coalesce(p_rooms[array_position(p_organizations, p.organization_id)], p_share) > 0
            ORDER BY p.seq LIMIT 1 FOR UPDATE OF p SKIP LOCKED
        ),
        usual AS MATERIALIZED (
            SELECT p.id, CASE WHEN p.wakes_job THEN p.job_id END AS wakes, p.since, p.organization_id, c.turn, c.room
            FROM candidates c JOIN tropeiro_packet p ON p.id = c.id
            -- By id, also when the table was tiny at the moment of planning.
            WHERE p.id = ANY (ARRAY(SELECT o.id FROM candidates o)) AND p.state = 'ready' AND NOT p.hold
            ORDER BY c.turn, c.place
            LIMIT greatest(0, p_limit - (SELECT count(*) FROM suspect) - (SELECT count(*) FROM admitted))
            FOR UPDATE OF p SKIP LOCKED
        ),
        picked AS (
            SELECT a.id, a.wakes, a.since FROM admitted a
            UNION ALL SELECT * FROM suspect
            UNION ALL
            SELECT u.id, u.wakes, u.since
            FROM (SELECT u.*, row_number() OVER (PARTITION BY u.organization_id ORDER BY u.turn) AS n FROM usual u) u
            WHERE u.n <= u.room
        )
        SELECT array_agg(k.id), array_agg(k.wakes) FILTER (WHERE k.wakes IS NOT NULL), array_agg(k.since)
        INTO v_ids, v_wakes, v_since FROM picked k;
    END IF;

    IF v_ids IS NULL THEN
        RETURN;
    END IF;
    UPDATE tropeiro_packet p
    SET state = 'leased', worker_id = p_worker, token = p.token + 1, taken = p.taken + 1, since = clock_timestamp(),
        wakes_job = false
    WHERE p.id = ANY (v_ids) AND EXISTS (SELECT FROM tropeiro_worker w WHERE w.id = p_worker AND w.state = 'up');
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF v_wakes IS NOT NULL THEN
        -- IS TRUE, so that they are not found by their state, along all that are queued.
        UPDATE tropeiro_job j SET state = 'running', started_at = coalesce(j.started_at, clock_timestamp())
        WHERE j.id = ANY (v_wakes) AND (j.state IN ('queued', 'waiting')) IS TRUE;
    END IF;
    RETURN QUERY
    SELECT p.id, p.job_id, p.organization_id, p.project_id, p.route_digest, p.token, p.taken, p.attempt, p.body::text AS body,
        CASE WHEN p.join_id IS NULL THEN p.scope
             WHEN row_number() OVER (PARTITION BY p.join_id ORDER BY p.priority DESC, p.seq) = 1 THEN (
                 SELECT j.scope FROM tropeiro_join j WHERE j.id = p.join_id)
        END::text AS scope, p.join_id, p.branch, p.caller_id, p.answer::text AS answer, p.joined,
        p.priority, p.workflow_name, p.trace,
        (extract(epoch FROM p.started_at) * 1000)::bigint AS started_ms,
        (extract(epoch FROM k.since) * 1000)::bigint AS since_ms,
        (extract(epoch FROM p.deadline_at) * 1000)::bigint AS deadline_ms,
        (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms, p.limits,
        -- One join that brought too much for one text must not keep everybody's packets from being taken.
        CASE WHEN p.joined AND (SELECT o.bytes FROM tropeiro_join o WHERE o.id = p.id) <= p_most THEN (
            SELECT json_agg(a.result ORDER BY a.branch)::text FROM tropeiro_arrival a WHERE a.join_id = p.id) END AS results
    -- A limit, so that few are expected and each is looked up by its id.
    FROM (SELECT * FROM unnest(v_ids, v_since) AS u(id, since) LIMIT cardinality(v_ids)) k JOIN tropeiro_packet p ON p.id = k.id
    ORDER BY p.priority DESC, p.seq;
END
$$;

REVOKE EXECUTE ON FUNCTION tropeiro_lease(uuid, integer, bigint, uuid, integer, uuid[], integer[]) FROM PUBLIC;
