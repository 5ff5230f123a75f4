-- The duties: what must happen because time passed or a worker is gone.

-- Wake packets whose moment has come: retries, waits, timeouts. A parked packet's branches are forgotten.
-- Returns how many woke, and in how many milliseconds the next is due (null when none is).
CREATE FUNCTION tropeiro_wake_due(p_limit integer, OUT woken integer, OUT next_ms bigint)
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_now timestamptz := clock_timestamp();  -- A constant bounds the walk along the index; the function would not.
    v_due uuid[];
    v_parked uuid[];
BEGIN
    SELECT array_agg(d.id), array_agg(d.id) FILTER (WHERE d.state = 'parked') INTO v_due, v_parked
    FROM (
        SELECT p.id, p.state FROM tropeiro_packet p
        WHERE p.due_at <= v_now AND p.state <> 'leased'
        ORDER BY p.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED
    ) d;
    woken := coalesce(cardinality(v_due), 0);
    IF woken > 0 THEN
        UPDATE tropeiro_packet p
        SET state = 'ready', answer = p.due_answer, due_at = NULL, due_answer = NULL, question = NULL, wait_kind = '',
            limits = NULL, seq = nextval('tropeiro_packet_seq')
        WHERE p.id = ANY (v_due);
        PERFORM pg_notify('tropeiro_ready', '');
    END IF;
    -- After they are no longer parked: the end of a child job must not answer a caller that has timed out.
    IF v_parked IS NOT NULL THEN
        PERFORM tropeiro_drop_branches(v_parked);
        DELETE FROM tropeiro_arrival a WHERE a.join_id = ANY (v_parked);
        DELETE FROM tropeiro_join j WHERE j.id = ANY (v_parked);
    END IF;
    SELECT greatest(0, extract(epoch FROM p.due_at - clock_timestamp()) * 1000)::bigint INTO next_ms
    FROM tropeiro_packet p WHERE p.due_at IS NOT NULL AND p.state <> 'leased' ORDER BY p.due_at LIMIT 1;
END
$$;

-- Move the front of the queue up to the first packet that is ready, but not past p_most: packets are numbered before
-- their transaction ends, so what was numbered lately may come yet. Whoever took longer is found by p_all, which looks at
-- everything, and is passed over until then. Costs by how many organizations and priorities wait, not by how many packets.
-- Returns the last number that was given.
CREATE FUNCTION tropeiro_move_front(p_most bigint, p_all boolean) RETURNS bigint
    LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
    v_last bigint := (SELECT s.last_value FROM tropeiro_packet_seq s);
    v_front bigint := (SELECT f.last_value FROM tropeiro_packet_front f);
    v_from bigint := CASE WHEN p_all THEN 0 ELSE v_front END;
    v_first bigint;
BEGIN
    WITH RECURSIVE firsts AS (
        (SELECT p.organization_id AS organization, -p.priority AS turn, p.seq FROM tropeiro_packet p
         WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NULL AND p.seq >= v_from
         ORDER BY p.organization_id, -p.priority, p.seq LIMIT 1)
        UNION ALL
        SELECT n.* FROM firsts f CROSS JOIN LATERAL (
            SELECT p.organization_id, -p.priority, p.seq FROM tropeiro_packet p
            WHERE p.state = 'ready' AND NOT p.hold AND p.limits IS NULL AND p.seq >= v_from
              AND (p.organization_id, -p.priority) > (f.organization, f.turn)
            ORDER BY p.organization_id, -p.priority, p.seq LIMIT 1) n
    )
    SELECT least(min(f.seq), greatest(p_most, v_front), v_last + 1) INTO v_first FROM firsts f;
    PERFORM setval('tropeiro_packet_front', v_first);
    RETURN v_last;
END
$$;

-- Take packets back from workers whose lease has ended. A packet that was taken p_limit times without getting one step
-- further is poison: it is not executed again but answered with an error.
CREATE FUNCTION tropeiro_rescue(p_limit integer) RETURNS TABLE (worker text, packets integer, poisoned integer)
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_lost uuid[];
BEGIN
    WITH lost AS (
        UPDATE tropeiro_worker w SET state = 'lost'
        WHERE w.lease_until < clock_timestamp() AND w.state IN ('up', 'draining')
        RETURNING w.id
    )
    SELECT array_agg(l.id) INTO v_lost FROM lost l;
    -- Also what a worker that was lost, or stopped, earlier still holds: a rescuer may itself have died half way.
    PERFORM 1 FROM tropeiro_packet p JOIN tropeiro_worker w ON w.id = p.worker_id
    WHERE p.state = 'leased' AND w.state IN ('lost', 'stopped') ORDER BY p.id FOR UPDATE OF p;
    RETURN QUERY
    WITH taken AS (
        UPDATE tropeiro_packet p
        SET state = 'ready', worker_id = NULL, token = p.token + 1, attempt = p.attempt + 1,
            seq = nextval('tropeiro_packet_seq'), progress = NULL, progress_note = '',
            limits = CASE WHEN p.taken < p_limit THEN p.limits END,
            answer = CASE WHEN p.taken >= p_limit THEN json_build_object('type', 'fail', 'error', json_build_object(
                'code', 'quarantined',
                'message', format('Taken %s times, and each time the worker was lost. The packet is set aside; it may be what kills them.', p.taken),
                'details', json_build_object('taken', p.taken, 'last_worker', w.name))) ELSE p.answer END
        FROM tropeiro_worker w
        WHERE p.worker_id = w.id AND p.state = 'leased' AND w.state IN ('lost', 'stopped')
        RETURNING w.name, p.taken >= p_limit AS poison
    )
    SELECT t.name, count(*)::integer, count(*) FILTER (WHERE t.poison)::integer FROM taken t GROUP BY t.name;
    IF FOUND THEN
        PERFORM pg_notify('tropeiro_ready', '');
    END IF;
END
$$;
