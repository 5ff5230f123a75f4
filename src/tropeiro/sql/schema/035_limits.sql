-- Limits: how many calls may be under way at once, and how often one may begin. Set by an organization: for all that it
-- calls, for a service (its own: whoever calls it; another's: what itself calls), or for a credential that steps name.
--
-- A call under a limit is not gone on to in memory. Its packet is put back as ready and bears its limits, and the lease
-- lets it begin. Who bears limits and is not ready is under way: leased, waiting for a callback, or parked for its child.
CREATE TABLE tropeiro_limit (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('organization', 'service', 'credential')),
    -- organization/project/service, or the name of the credential.
    subject text NOT NULL DEFAULT '',
    -- Whether calls of all organizations count together.
    everyone boolean NOT NULL DEFAULT false CHECK (NOT everyone OR kind = 'service'),
    -- For a credential: steps of this project alone.
    project_id uuid CHECK (project_id IS NULL OR kind = 'credential'),
    concurrency integer CHECK (concurrency > 0),
    -- A token bucket: in each period so many calls may begin, and at once as many as were saved up to burst.
    calls integer CHECK (calls > 0),
    period_ms bigint CHECK (period_ms > 0),
    burst integer CHECK (burst > 0),
    tokens double precision NOT NULL DEFAULT 0,
    filled_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (concurrency IS NOT NULL OR calls IS NOT NULL),
    CHECK ((calls IS NULL) = (period_ms IS NULL) AND (calls IS NULL) = (burst IS NULL)),
    UNIQUE NULLS NOT DISTINCT (organization_id, kind, subject, project_id)
) WITH (fillfactor = 50);

-- Packets that wait for a limit, and those that are under way under one. Both stay empty while there is no limit.
CREATE INDEX tropeiro_packet_limited ON tropeiro_packet (limits, organization_id, (-priority), seq)
    WHERE state = 'ready' AND NOT hold AND limits IS NOT NULL;
CREATE INDEX tropeiro_packet_under_way ON tropeiro_packet (limits) WHERE limits IS NOT NULL AND state <> 'ready';

-- Workers remember the limits; they are told when one is set, changed or removed. What a bucket holds is no change.
CREATE FUNCTION tropeiro_tell_limits() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('tropeiro_limit', ''), pg_notify('tropeiro_ready', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER tropeiro_limit_told
    AFTER INSERT OR DELETE OR UPDATE OF concurrency, calls, period_ms, burst, subject, project_id ON tropeiro_limit
    FOR EACH STATEMENT EXECUTE FUNCTION tropeiro_tell_limits();

-- What a bucket holds at a moment.
CREATE FUNCTION tropeiro_tokens(p_limit tropeiro_limit, p_at timestamptz) RETURNS double precision
    LANGUAGE sql IMMUTABLE
    RETURN least((p_limit).burst, (p_limit).tokens + greatest(0, extract(epoch FROM p_at - (p_limit).filled_at)::float8
        * 1000 * (p_limit).calls / (p_limit).period_ms));

-- Packets that wait for the same limits in the same organization stand in one lane.
CREATE FUNCTION tropeiro_lanes() RETURNS TABLE (limits uuid[], organization_id uuid)
    LANGUAGE sql STABLE AS $$
    WITH RECURSIVE lanes AS (
        (SELECT p.limits, p.organization_id FROM tropeiro_packet p
         WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NOT NULL
         ORDER BY p.limits, p.organization_id LIMIT 1)
        UNION ALL
        SELECT n.limits, n.organization_id FROM lanes l CROSS JOIN LATERAL (
            SELECT p.limits, p.organization_id FROM tropeiro_packet p
            WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NOT NULL
              AND (p.limits, p.organization_id) > (l.limits, l.organization_id)
            ORDER BY p.limits, p.organization_id LIMIT 1) n
    )
    SELECT l.limits, l.organization_id FROM lanes l
$$;

CREATE TYPE tropeiro_place AS (organization_id uuid, priority smallint, seq bigint);

-- Which packets that wait for a limit may begin now, among up to p_limit packets for a worker; p_others are the places
-- of packets under no limit that could be had instead, so that organizations take turns over both. They are locked.
-- wakes is the job that the packet wakes, if it does.
-- Promises: never more under way than a limit allows, whoever asks at the same time; a lane whose limit is used up costs
-- nothing and holds nobody up; p_share, p_organizations and p_rooms as for tropeiro_lease. Limits are locked in the order of their ids, and before any packet. A limit that
-- is gone limits nothing.
CREATE FUNCTION tropeiro_admit(
    p_worker uuid, p_limit integer, p_others tropeiro_place[], p_share integer, p_organizations uuid[], p_rooms integer[])
    RETURNS TABLE (id uuid, wakes uuid, since timestamptz, taken smallint)
    LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz;
    v_ids uuid[];
    v_free double precision[];
    v_used uuid[];
    v_chosen uuid[] := '{}';
    v_count integer := 0;
    v_at integer;
    v_suspects integer;
    v_key uuid;
    v_next record;
    v_room boolean;
BEGIN
    PERFORM 1 FROM tropeiro_limit l
    WHERE l.id IN (SELECT unnest(n.limits) FROM tropeiro_lanes() n) ORDER BY l.id FOR UPDATE;
    -- What follows sees what others let begin until they gave the lock away.
    v_now := clock_timestamp();
    SELECT array_agg(l.id), array_agg(least(
            coalesce((l.concurrency - coalesce(u.n, 0))::float8, 'infinity'),
            CASE WHEN l.calls IS NULL THEN 'infinity'::float8 ELSE floor(tropeiro_tokens(l, v_now) + 1e-9) END))
    INTO v_ids, v_free
    FROM tropeiro_limit l
    LEFT JOIN (
        SELECT k.id, count(*) AS n FROM tropeiro_packet p, unnest(p.limits) AS k(id)
        WHERE p.limits IS NOT NULL AND p.state <> 'ready' GROUP BY k.id
    ) u ON u.id = l.id
    WHERE l.id IN (SELECT unnest(n.limits) FROM tropeiro_lanes() n);
    SELECT count(*) INTO v_suspects FROM tropeiro_packet p
    WHERE p.worker_id = p_worker AND p.state = 'leased' AND p.taken > 3;

    FOR v_next IN
        SELECT c.id, c.limits, c.taken
        FROM (
            SELECT a.*, row_number() OVER (PARTITION BY a.organization_id ORDER BY a.priority DESC, a.seq) AS turn
            FROM (
                SELECT n.id, l.organization_id, n.priority, n.seq, l.limits, n.taken
                FROM tropeiro_lanes() l
                CROSS JOIN LATERAL (
                    SELECT greatest(0, coalesce(min(f.free), p_limit)) AS free FROM unnest(v_ids, v_free) AS f(id, free) WHERE f.id = ANY (l.limits)
                ) room
                CROSS JOIN LATERAL (
                    SELECT p.id, p.priority, p.seq, p.taken FROM tropeiro_packet p
                    WHERE p.limits = l.limits AND p.organization_id = l.organization_id
                      AND p.state = 'ready' AND NOT p.hold AND p.limits IS NOT NULL AND (p.taken < 3 OR v_suspects = 0)
                    ORDER BY -p.priority, p.seq LIMIT least(p_limit, room.free)::bigint
                ) n
                UNION ALL
                SELECT NULL, o.organization_id, o.priority, o.seq, NULL, 0 FROM unnest(p_others) o
            ) a
        ) c
        WHERE c.turn <= coalesce(p_rooms[array_position(p_organizations, c.organization_id)], p_share)
        ORDER BY c.turn, random()
    LOOP
        EXIT WHEN v_count >= p_limit;
        v_room := true;
        IF v_next.id IS NOT NULL THEN
            FOREACH v_key IN ARRAY v_next.limits LOOP
                v_at := array_position(v_ids, v_key);
                v_room := v_room AND (v_at IS NULL OR v_free[v_at] >= 1);
            END LOOP;
            CONTINUE WHEN NOT v_room OR (v_next.taken >= 3 AND v_suspects > 0);
            FOREACH v_key IN ARRAY v_next.limits LOOP
                v_at := array_position(v_ids, v_key);
                IF v_at IS NOT NULL THEN
                    v_free[v_at] := v_free[v_at] - 1;
                END IF;
            END LOOP;
            v_suspects := v_suspects + (v_next.taken >= 3)::integer;
            v_chosen := v_chosen || v_next.id;
        END IF;
        v_count := v_count + 1;
    END LOOP;

    SELECT array_agg(c.id) INTO v_chosen FROM (
        SELECT p.id FROM tropeiro_packet p
        WHERE p.id = ANY (v_chosen) AND p.state = 'ready' AND NOT p.hold ORDER BY p.id FOR UPDATE SKIP LOCKED) c;
    UPDATE tropeiro_limit l SET tokens = tropeiro_tokens(l, v_now) - b.n, filled_at = v_now
    FROM (
        SELECT k.id, count(*) AS n FROM tropeiro_packet p, unnest(p.limits) AS k(id)
        WHERE p.id = ANY (v_chosen) GROUP BY k.id) b
    WHERE l.id = b.id AND l.calls IS NOT NULL;
    RETURN QUERY SELECT p.id, CASE WHEN p.wakes_job THEN p.job_id END, p.since, p.taken FROM tropeiro_packet p WHERE p.id = ANY (v_chosen);
END
$$;

-- How many calls of each limit of an organization are under way, and how many wait for it.
CREATE FUNCTION tropeiro_limit_use(p_organization uuid) RETURNS TABLE (id uuid, running bigint, waiting bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM tropeiro_only_own(p_organization);
    RETURN QUERY
    SELECT l.id, coalesce(r.n, 0), coalesce(w.n, 0)
    FROM tropeiro_limit l
    LEFT JOIN (
        SELECT k.id, count(*) AS n FROM tropeiro_packet p, unnest(p.limits) AS k(id)
        WHERE p.limits IS NOT NULL AND p.state <> 'ready' GROUP BY k.id
    ) r ON r.id = l.id
    LEFT JOIN (
        SELECT k.id, count(*) AS n FROM tropeiro_packet p, unnest(p.limits) AS k(id)
        WHERE p.limits IS NOT NULL AND p.state = 'ready' AND NOT p.hold GROUP BY k.id
    ) w ON w.id = l.id
    WHERE l.organization_id = p_organization;
END
$$;

SELECT tropeiro_protect('tropeiro_limit', 'SELECT, INSERT, UPDATE, DELETE');
GRANT EXECUTE ON FUNCTION tropeiro_limit_use(uuid) TO tropeiro_tenant;
REVOKE EXECUTE ON FUNCTION tropeiro_limit_use(uuid), 
    tropeiro_admit(uuid, integer, tropeiro_place[], integer, uuid[], integer[]) FROM PUBLIC;
