-- Take up to p_limit ready packets for a worker that is up. Organizations take turns, beginning with the one that follows
-- p_after, whoever was served last; within one, priority and then age decide. Packets that wait for a limit are among
-- them when it lets them begin. No organization gets more than p_share, or than its room that p_rooms names for
-- p_organizations: a part of every worker is for those that are not there yet. Results of a join that take more than p_most bytes together are left out.
-- Promises: no packet is given to two; a packet counts as taken from this moment; of the packets that were lost with
-- their workers several times, a worker holds one at most. The cost goes by p_limit, not by how many organizations or
-- packets wait.
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
BEGIN
    RETURN QUERY
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
        SELECT a.id, a.wakes_job, a.since, a.taken
        FROM tropeiro_admit(p_worker, p_limit, ARRAY(
            SELECT (c.organization_id, c.priority, c.seq)::tropeiro_place FROM candidates c),
            p_share, p_organizations, p_rooms) a
        -- In the order of the index, which is nearly always empty.
        WHERE (SELECT true FROM tropeiro_packet p WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NOT NULL
               ORDER BY p.limits LIMIT 1)
          AND EXISTS (SELECT FROM tropeiro_worker w WHERE w.id = p_worker AND w.state = 'up')
    ),
    suspect AS MATERIALIZED (
        SELECT p.id, p.wakes_job, p.since FROM tropeiro_packet p
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
        SELECT p.id, p.wakes_job, p.since, p.organization_id, c.turn, c.room FROM candidates c JOIN tropeiro_packet p ON p.id = c.id
        -- By id, also when the table was tiny at the moment of planning.
        WHERE p.id = ANY (ARRAY(SELECT o.id FROM candidates o)) AND p.state = 'ready' AND NOT p.hold
        ORDER BY c.turn, c.place
        LIMIT greatest(0, p_limit - (SELECT count(*) FROM suspect) - (SELECT count(*) FROM admitted))
        FOR UPDATE OF p SKIP LOCKED
    ),
    picked AS (
        SELECT a.id, a.wakes_job, a.since FROM admitted a
        UNION ALL SELECT * FROM suspect
        UNION ALL
        SELECT u.id, u.wakes_job, u.since
        FROM (SELECT u.*, row_number() OVER (PARTITION BY u.organization_id ORDER BY u.turn) AS n FROM usual u) u
        WHERE u.n <= u.room
    ),
    leased AS (
        UPDATE tropeiro_packet p
        SET state = 'leased', worker_id = p_worker, token = p.token + 1, taken = p.taken + 1, since = clock_timestamp(),
            wakes_job = false
        FROM picked k
        WHERE p.id = k.id AND p.id = ANY (ARRAY(SELECT o.id FROM picked o)) AND EXISTS (SELECT FROM tropeiro_worker w WHERE w.id = p_worker AND w.state = 'up')
        RETURNING p.*, k.wakes_job AS woke, k.since AS before
    ),
    awake AS (
        UPDATE tropeiro_job j SET state = 'running', started_at = coalesce(j.started_at, clock_timestamp())
        FROM leased l -- IS TRUE, so that it is not found by its state, along all that are queued.
        WHERE l.woke AND j.id = l.job_id AND (j.state IN ('queued', 'waiting')) IS TRUE
    )
    SELECT l.id, l.job_id, l.organization_id, l.project_id, l.route_digest, l.token, l.taken, l.attempt, l.body::text AS body,
        CASE WHEN l.join_id IS NULL THEN l.scope
             WHEN row_number() OVER (PARTITION BY l.join_id ORDER BY l.priority DESC, l.seq) = 1 THEN j.scope
        END::text AS scope, l.join_id, l.branch, l.caller_id, l.answer::text AS answer, l.joined,
        l.priority, l.workflow_name, l.trace,
        (extract(epoch FROM l.started_at) * 1000)::bigint AS started_ms,
        (extract(epoch FROM l.before) * 1000)::bigint AS since_ms,
        (extract(epoch FROM l.deadline_at) * 1000)::bigint AS deadline_ms,
        (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms, l.limits,
        -- One join that brought too much for one text must not keep everybody's packets from being taken.
        CASE WHEN l.joined AND own.bytes <= p_most THEN (
            SELECT json_agg(a.result ORDER BY a.branch)::text FROM tropeiro_arrival a WHERE a.join_id = l.id) END AS results
    FROM leased l LEFT JOIN tropeiro_join j ON j.id = l.join_id LEFT JOIN tropeiro_join own ON own.id = l.id AND l.joined
    ORDER BY l.priority DESC, l.seq;
END
$$;

REVOKE EXECUTE ON FUNCTION tropeiro_lease(uuid, integer, bigint, uuid, integer, uuid[], integer[]) FROM PUBLIC;
