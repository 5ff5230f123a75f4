-- What a worker says of a packet that goes on to its next step, which is nearly all that it says. ``limited``: it was
-- under a limit, or will be under limits.
CREATE TYPE tropeiro_send AS (
    id uuid, token bigint, attempt integer, round integer, delay_ms bigint, joined boolean, limited boolean,
    path text, uses text, limits uuid[], body json);

-- What else it says of one packet that it holds.
CREATE TYPE tropeiro_settlement AS (
    id uuid, token bigint, kind text, body json, path text, uses text, attempt integer, round integer, joined boolean,
    due_ms bigint, due_answer json, wait_kind text, question json,
    mode text, total integer, concurrency integer, scope json, "foreach" boolean,
    parent uuid, failed boolean, result json,
    size bigint, state text, output json, output_blob text, error json, limits uuid[]);

-- A step that came to its end, as the worker of its packet tells it; when it began and ended, in microseconds ago.
CREATE TYPE tropeiro_step_record AS (
    packet uuid, job_id uuid, organization_id uuid, round integer, attempt integer, n integer, started_us bigint,
    finished_us bigint, reused boolean, path text, state text, uses text, billed uuid, input json, output json,
    output_blob text, error json);

-- Whether a settlement counts: a worker holds the packet, under this token. Becomes part of the statements that ask.
CREATE FUNCTION tropeiro_holds(p_worker uuid, p_token bigint, p_packet tropeiro_packet) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT p_packet.token = p_token AND p_packet.state = 'leased' AND p_packet.worker_id = p_worker
$$;

-- Record what packets were at as cancelled. A packet at a group stands in the try of the group, as its history does.
CREATE FUNCTION tropeiro_record_cancelled(p_packets uuid[]) RETURNS void
    LANGUAGE sql AS $$
    INSERT INTO tropeiro_step (job_id, organization_id, path, round, attempt, n, state, uses, started_at, finished_at)
    SELECT p.job_id, p.organization_id, p.path, p.round,
        CASE WHEN g.state IS NULL THEN p.attempt ELSE coalesce((g.state ->> 0)::integer, 0) + 1 END,
        (p.body ->> 'step')::integer, 'cancelled', p.uses, p.since, greatest(p.since, now())
    FROM tropeiro_packet p, LATERAL (SELECT p.body -> 'groups' -> (p.body ->> 'step') AS state) g
    WHERE p.id = ANY (p_packets) AND p.path <> '' AND p.state <> 'blocked'
    ON CONFLICT DO NOTHING
$$;

-- Forget everything that hangs on parked packets: their branches at any depth, the joins, and the child jobs.
-- Steps that were under way are recorded as cancelled. Promises: packets are locked in the order of their ids.
CREATE FUNCTION tropeiro_drop_branches(p_parents uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_branches uuid[];
    v_before uuid[];
    v_children uuid[];
    v_jobs uuid[];
BEGIN
    LOOP
        WITH RECURSIVE below AS (
            SELECT p.id, p.job_id FROM tropeiro_packet p WHERE p.join_id = ANY (p_parents)
            UNION
            SELECT p.id, p.job_id FROM tropeiro_packet p JOIN below b ON p.join_id = b.id
        )
        SELECT array_agg(b.id ORDER BY b.id), array_agg(DISTINCT b.job_id) INTO v_branches, v_jobs FROM below b;
        EXIT WHEN v_branches IS NOT DISTINCT FROM v_before;
        PERFORM 1 FROM tropeiro_packet p WHERE p.id = ANY (v_branches) ORDER BY p.id FOR UPDATE;
        v_before := v_branches;
    END LOOP;

    SELECT array_agg(j.id) INTO v_children
    FROM tropeiro_job j
    WHERE j.parent_job_id IS NOT NULL
      AND j.parent_job_id IN (SELECT p.job_id FROM tropeiro_packet p WHERE p.id = ANY (p_parents || v_branches))
      AND j.parent_packet_id = ANY (p_parents || v_branches)
      AND j.state IN ('queued', 'running', 'waiting', 'paused');
    IF v_children IS NOT NULL THEN
        PERFORM tropeiro_cancel_jobs(v_children);
    END IF;

    IF v_branches IS NOT NULL THEN
        PERFORM tropeiro_record_cancelled(v_branches);
        DELETE FROM tropeiro_packet p WHERE p.id = ANY (v_branches);
        PERFORM pg_notify('tropeiro_control', j::text) FROM unnest(v_jobs) AS j;
    END IF;
    DELETE FROM tropeiro_arrival a USING tropeiro_join j
    WHERE a.join_id = j.id AND j.id = ANY (v_branches);
    DELETE FROM tropeiro_join j WHERE j.id = ANY (v_branches);
END
$$;

-- Settle a batch: history, packets, joins and jobs, in one transaction and one round trip.
-- Each settlement counts only while the worker still holds the packet under the same token; a late one is refused, and
-- its history with it. ``held`` are those that were accepted, but the worker no longer has: their job is paused, or their
-- next call must wait for a limit. ``ready`` tells that others became ready by it.
-- p_lock are all packets that the batch touches. What is accepted is decided once; everything after that goes by ids, so
-- that no plan ever walks along all packets of a worker. Plans are made once: planning one packet's step anew would cost
-- more than doing it. As to the pruning of partitions, see 045_lease.sql.
CREATE FUNCTION tropeiro_settle(
    p_worker uuid, p_worker_name text, p_lock uuid[], p_sends tropeiro_send[], p_settlements json,
    p_steps tropeiro_step_record[], p_children json, p_jobs json,
    OUT now_ms bigint, OUT ready boolean, OUT refused uuid[], OUT held uuid[])
    LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_partition_pruning = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := clock_timestamp();
    v_sent tropeiro_settlement[];
    v_rows tropeiro_settlement[];
    v_kinds text[] := '{}';
    v_ok uuid[];
    v_hold uuid[];
    v_joined uuid[];
    v_some uuid[];
    v_complete uuid[];
    v_short uuid[];
    v_count integer;
    v_ready integer := 0;
BEGIN
    now_ms := (extract(epoch FROM v_now) * 1000)::bigint;
    -- Everybody locks packets in the order of their ids.
    IF cardinality(p_lock) > 1 THEN
        PERFORM 1 FROM tropeiro_packet p WHERE p.id = ANY (p_lock) ORDER BY p.id FOR UPDATE;
    END IF;

    IF p_sends IS NOT NULL THEN
        WITH gone AS (
            UPDATE tropeiro_packet p
            SET body = s.body, path = s.path, uses = s.uses, attempt = s.attempt, round = s.round,
                taken = (s.limits IS NULL)::integer, limits = s.limits,
                answer = NULL, early_answer = NULL, joined = false, since = v_now, progress = NULL, progress_note = '',
                token = p.token + 1, due_answer = NULL,
                state = CASE WHEN s.delay_ms > 0 THEN 'delayed' WHEN p.hold OR s.limits IS NOT NULL THEN 'ready' ELSE 'leased' END,
                worker_id = CASE WHEN s.delay_ms > 0 OR p.hold OR s.limits IS NOT NULL THEN NULL ELSE p.worker_id END,
                due_at = CASE WHEN s.delay_ms > 0 THEN v_now + s.delay_ms * interval '1 millisecond' END
            -- A limit, so that few are expected and each is looked up by its id, also when the table was tiny at the moment
            -- of planning; IS TRUE, so that they are never looked for by their worker.
            FROM (SELECT * FROM unnest(p_sends) LIMIT cardinality(p_sends)) s
            WHERE p.id = s.id AND tropeiro_holds(p_worker, s.token, p) IS TRUE
            RETURNING p.id, p.hold OR s.limits IS NOT NULL AS held, s.joined, s.limited
        )
        SELECT array_agg(g.id), array_agg(g.id) FILTER (WHERE g.held), array_agg(g.id) FILTER (WHERE g.joined),
            count(*) FILTER (WHERE g.limited)
        INTO v_ok, v_hold, v_joined, v_ready
        FROM gone g;
    END IF;

    IF p_settlements IS NOT NULL THEN
        SELECT array_agg(s) INTO v_sent FROM json_populate_recordset(NULL::tropeiro_settlement, p_settlements) s;
        SELECT array_agg(h.s), v_ok || array_agg((h.s).id), v_hold || array_agg((h.s).id) FILTER (WHERE h.hold),
            v_joined || array_agg((h.s).id) FILTER (WHERE (h.s).joined AND (h.s).kind <> 'split'),
            array_agg(DISTINCT (h.s).kind), v_ready + count(h.limits) + count((h.s).limits)
        INTO v_rows, v_ok, v_hold, v_joined, v_kinds, v_ready
        FROM (
            SELECT s, p.hold, p.limits
            FROM (SELECT * FROM unnest(v_sent) LIMIT cardinality(v_sent)) s JOIN tropeiro_packet p ON p.id = s.id
            WHERE tropeiro_holds(p_worker, s.token, p) IS TRUE FOR UPDATE OF p
        ) h;
    END IF;

    IF 'split' = ANY (v_kinds) THEN
        WITH gone AS (
            UPDATE tropeiro_packet p
            SET body = s.body, path = s.path, uses = '', attempt = s.attempt, round = s.round, taken = 0, worker_id = NULL,
                answer = NULL, early_answer = NULL, joined = false, since = v_now, state = 'parked', progress = NULL,
                progress_note = '', due_at = to_timestamp(s.due_ms / 1000.0), due_answer = s.due_answer, limits = NULL
            FROM unnest(v_rows) s
            WHERE s.kind = 'split' AND p.id = s.id
            RETURNING p.id
        )
        SELECT array_agg(g.id) INTO v_some FROM gone g;
        -- A packet that had joined and splits again at once still has the old join.
        DELETE FROM tropeiro_arrival a WHERE a.join_id = ANY (v_some);
        DELETE FROM tropeiro_join j WHERE j.id = ANY (v_some);
        INSERT INTO tropeiro_join (id, job_id, organization_id, mode, total, concurrency, scope, "foreach")
        SELECT p.id, p.job_id, p.organization_id, s.mode, s.total, s.concurrency, s.scope, s."foreach"
        FROM unnest(v_rows) s JOIN tropeiro_packet p ON p.id = s.id
        WHERE s.kind = 'split';
        INSERT INTO tropeiro_packet (
            id, job_id, organization_id, project_id, route_digest, state, hold, priority, worker_id, token, taken, path,
            uses, round, body, join_id, branch, since, started_at, deadline_at, workflow_name, trace)
        SELECT c.id, p.job_id, p.organization_id, p.project_id, p.route_digest,
            CASE WHEN c.branch >= coalesce(j.concurrency, j.total) THEN 'blocked'
                 WHEN c.lease AND NOT p.hold THEN 'leased' ELSE 'ready' END,
            p.hold, p.priority,
            CASE WHEN c.lease AND NOT p.hold THEN p_worker END,
            CASE WHEN c.lease AND NOT p.hold THEN 1 ELSE 0 END,
            CASE WHEN c.lease AND NOT p.hold THEN 1 ELSE 0 END,
            c.path, c.uses, c.round, c.body, p.id, c.branch, v_now, p.started_at,
            least(p.deadline_at, p.due_at), p.workflow_name, p.trace
        FROM json_to_recordset(p_children) AS c(id uuid, parent uuid, branch integer, path text, uses text, round integer, body json,
            lease boolean)
        JOIN tropeiro_packet p ON p.id = c.parent
        JOIN tropeiro_join j ON j.id = c.parent
        WHERE p.id = ANY (v_some)
        ORDER BY c.parent, c.branch;
        SELECT v_ready + count(*) INTO v_ready FROM json_to_recordset(p_children) AS c(lease boolean) WHERE NOT c.lease;
    END IF;

    IF 'call' = ANY (v_kinds) THEN
        WITH gone AS (
            UPDATE tropeiro_packet p
            SET body = s.body, path = s.path, uses = s.uses, attempt = s.attempt, round = s.round, taken = 0,
                worker_id = NULL, answer = NULL, early_answer = NULL, joined = false, since = v_now, state = 'parked',
                progress = NULL, progress_note = '',
                due_at = to_timestamp(s.due_ms / 1000.0), due_answer = s.due_answer, limits = s.limits
            FROM unnest(v_rows) s
            WHERE s.kind = 'call' AND p.id = s.id
            RETURNING p.id
        )
        SELECT array_agg(g.id) INTO v_some FROM gone g;
        PERFORM tropeiro_start((
            SELECT json_agg(job) FROM json_array_elements(p_jobs) AS job
            WHERE (job ->> 'parent_packet_id')::uuid = ANY (v_some)));
        v_ready := v_ready + cardinality(v_some);
        IF v_hold IS NOT NULL THEN
            -- The child of a paused job waits with it, and so does that of one which stands still.
            WITH held AS (
                UPDATE tropeiro_packet p SET hold = true WHERE p.job_id IN (
                    SELECT (job ->> 'id')::uuid FROM json_array_elements(p_jobs) AS job
                    WHERE (job ->> 'parent_packet_id')::uuid = ANY (v_hold))
                RETURNING p.job_id
            )
            UPDATE tropeiro_job j SET state = 'paused' FROM held h, tropeiro_job caller
            WHERE j.id = h.job_id AND caller.id = j.parent_job_id AND caller.state = 'paused';
        END IF;
    END IF;

    IF 'wait' = ANY (v_kinds) THEN
        WITH gone AS (
            UPDATE tropeiro_packet p
            SET body = s.body, path = s.path, uses = s.uses, attempt = s.attempt, round = s.round, taken = 0,
                worker_id = NULL, joined = false, since = v_now, wait_kind = s.wait_kind, question = s.question,
                progress = NULL, progress_note = '',
                limits = CASE WHEN s.wait_kind = 'callback' AND p.early_answer IS NULL THEN s.limits END,
                -- A callback that came early answers the call that it was for, and no approval or timer after that.
                state = CASE WHEN s.wait_kind = 'callback' AND p.early_answer IS NOT NULL THEN 'ready' ELSE 'waiting' END,
                seq = CASE WHEN s.wait_kind = 'callback' AND p.early_answer IS NOT NULL THEN nextval('tropeiro_packet_seq') ELSE p.seq END,
                answer = CASE WHEN s.wait_kind = 'callback' THEN p.early_answer END, early_answer = NULL,
                wakes_job = p.wakes_job OR p.join_id IS NULL,
                due_at = CASE WHEN s.wait_kind = 'callback' AND p.early_answer IS NOT NULL THEN NULL
                    ELSE to_timestamp(s.due_ms / 1000.0) END,
                due_answer = CASE WHEN s.wait_kind = 'callback' AND p.early_answer IS NOT NULL THEN NULL
                    ELSE s.due_answer END
            FROM unnest(v_rows) s
            WHERE s.kind = 'wait' AND p.id = s.id
            RETURNING p.job_id, p.join_id, p.state
        ),
        asleep AS (
            UPDATE tropeiro_job j SET state = 'waiting'
            FROM gone g
            WHERE j.id = g.job_id AND g.join_id IS NULL AND g.state = 'waiting' AND (j.state = 'running') IS TRUE
        )
        SELECT v_ready + count(*) FILTER (WHERE g.state = 'ready') INTO v_ready FROM gone g;
    END IF;

    IF 'arrive' = ANY (v_kinds) THEN
        WITH gone AS (
            DELETE FROM tropeiro_packet p
            USING unnest(v_rows) s
            WHERE s.kind = 'arrive' AND p.id = s.id
            RETURNING p.join_id, p.branch, p.organization_id, s.failed, s.result, s.size
        ),
        arrived AS (
            INSERT INTO tropeiro_arrival (join_id, branch, organization_id, failed, result)
            SELECT g.join_id, g.branch, g.organization_id, g.failed, g.result FROM gone g
        ),
        counted AS (
            UPDATE tropeiro_join j SET arrived = j.arrived + a.n, failed = j.failed + a.f, bytes = j.bytes + a.bytes
            FROM (
                SELECT g.join_id, count(*) AS n, count(*) FILTER (WHERE g.failed) AS f, sum(coalesce(g.size, 0)) AS bytes
                FROM gone g GROUP BY g.join_id) a
            WHERE j.id = a.join_id
            RETURNING j.id, j.mode, j.total, j.arrived, j.failed, j.concurrency, a.n
        ),
        released AS (
            -- Branches are let go in the order of their index, so which are next is arithmetic.
            UPDATE tropeiro_packet p SET state = 'ready', seq = nextval('tropeiro_packet_seq')
            FROM counted c
            WHERE p.join_id = c.id AND p.state = 'blocked'
              AND p.branch >= c.concurrency + c.arrived - c.n AND p.branch < c.concurrency + c.arrived
            RETURNING p.id
        )
        SELECT
            array_agg(c.id) FILTER (WHERE c.arrived = c.total OR (c.mode = 'all' AND c.failed > 0) OR (c.mode = 'any' AND c.arrived > c.failed)),
            array_agg(c.id) FILTER (WHERE c.arrived < c.total AND ((c.mode = 'all' AND c.failed > 0) OR (c.mode = 'any' AND c.arrived > c.failed))),
            (SELECT count(*) FROM released)
        INTO v_complete, v_short, v_count
        FROM counted c;
        v_ready := v_ready + v_count;
        IF v_short IS NOT NULL THEN
            PERFORM tropeiro_drop_branches(v_short);
        END IF;
        IF v_complete IS NOT NULL THEN
            UPDATE tropeiro_packet p
            SET state = 'ready', joined = true, seq = nextval('tropeiro_packet_seq'), due_at = NULL, due_answer = NULL
            WHERE p.id = ANY (v_complete) AND p.state = 'parked';
            v_ready := v_ready + cardinality(v_complete);
        END IF;
    END IF;

    IF 'finish' = ANY (v_kinds) THEN
        WITH gone AS (
            DELETE FROM tropeiro_packet p
            USING unnest(v_rows) s
            WHERE s.kind = 'finish' AND p.id = s.id
            RETURNING p.job_id, p.caller_id, s.state, s.output, s.output_blob, s.error, s.result
        ),
        ended AS (
            UPDATE tropeiro_job j
            SET state = g.state, output = g.output, output_blob = g.output_blob, error = g.error, finished_at = v_now
            FROM gone g
            WHERE j.id = g.job_id AND (j.state IN ('queued', 'running', 'waiting', 'paused')) IS TRUE
            RETURNING j.id
        ),
        tallied AS (
            INSERT INTO tropeiro_tally (job_id, kind, at) SELECT e.id, 'ended', v_now FROM ended e
        ),
        called AS (
            UPDATE tropeiro_packet p
            SET state = 'ready', answer = g.result, limits = NULL, seq = nextval('tropeiro_packet_seq'), due_at = NULL, due_answer = NULL
            FROM gone g
            WHERE p.id = g.caller_id AND p.state = 'parked'
            RETURNING p.id
        )
        SELECT v_ready + count(*) INTO v_ready FROM called;
    END IF;

    -- A join is done with when its packet went on.
    IF v_joined IS NOT NULL THEN
        DELETE FROM tropeiro_arrival a WHERE a.join_id = ANY (v_joined);
        DELETE FROM tropeiro_join j WHERE j.id = ANY (v_joined);
    END IF;

    v_count := coalesce(cardinality(p_sends), 0) + coalesce(cardinality(v_sent), 0) - coalesce(cardinality(v_ok), 0);
    IF v_count > 0 THEN
        p_steps := ARRAY(SELECT r FROM unnest(p_steps) r WHERE r.packet = ANY (v_ok));
    END IF;
    WITH history AS (
        INSERT INTO tropeiro_step (
            job_id, organization_id, path, round, attempt, n, state, uses, started_at, finished_at, reused, worker,
            input, output, output_blob, error)
        SELECT e.job_id, e.organization_id, e.path, e.round, e.attempt, e.n, e.state, e.uses,
            v_now - e.started_us * interval '1 microsecond', v_now - e.finished_us * interval '1 microsecond',
            e.reused, p_worker_name, e.input, e.output, e.output_blob, e.error
        FROM unnest(p_steps) e
    ),
    tallied AS (
        -- What dashboards count; see 090_rollups.sql.
        INSERT INTO tropeiro_tally (job_id, kind, at, us, service, state, code, again, billed)
        SELECT e.job_id, 'step', v_now - e.finished_us * interval '1 microsecond', e.started_us - e.finished_us, e.uses,
            e.state, CASE WHEN e.state = 'succeeded' THEN '' ELSE coalesce(e.error ->> 'code', '') END, e.attempt > 1,
            e.billed IS NOT NULL
        FROM unnest(p_steps) e
        WHERE e.state IN ('succeeded', 'failed', 'timed_out') AND NOT e.reused
    )
    INSERT INTO tropeiro_usage (job_id, path, round, attempt, organization_id, service_version_id, at)
    SELECT e.job_id, e.path, e.round, e.attempt, e.organization_id, e.billed, v_now FROM unnest(p_steps) e
    WHERE e.billed IS NOT NULL;

    IF v_ready > 0 THEN
        PERFORM pg_notify('tropeiro_ready', '');
    END IF;
    ready := v_ready > 0;
    held := v_hold;
    IF v_count > 0 THEN
        SELECT array_agg(s.id) INTO refused
        FROM (SELECT s.id FROM unnest(p_sends) s UNION ALL SELECT s.id FROM unnest(v_sent) s) s
        WHERE v_ok IS NULL OR s.id <> ALL (v_ok);
    END IF;
END
$$;
