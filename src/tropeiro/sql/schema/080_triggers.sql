-- Triggers, which start jobs by themselves, and what became of every moment at which one was due.

-- kind says what fires it; cron, every_ms, zone, anchor_at, start_at and end_at say when a schedule does.
-- next_at is the first moment that was not dealt with yet; null while it is off, or when there is none.
-- running holds its jobs that were not over when it was last looked at, waiting how many firings wait for their turn.
CREATE TABLE tropeiro_trigger (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    project_id uuid,
    name text NOT NULL,
    kind text NOT NULL DEFAULT 'schedule' CHECK (kind IN ('schedule')),
    enabled boolean NOT NULL DEFAULT true,
    workflow_id uuid,
    service_id uuid,
    version integer,
    target text NOT NULL,
    inputs json NOT NULL DEFAULT '{}',
    cron text NOT NULL DEFAULT '',
    every_ms bigint NOT NULL DEFAULT 0,
    zone text NOT NULL DEFAULT 'UTC',
    anchor_at timestamptz NOT NULL DEFAULT now(),
    start_at timestamptz,
    end_at timestamptz,
    overlap text NOT NULL DEFAULT 'skip' CHECK (overlap IN ('skip', 'queue', 'allow')),
    catch_up text NOT NULL DEFAULT 'latest' CHECK (catch_up IN ('latest', 'all', 'none')),
    grace_ms bigint NOT NULL DEFAULT 86400000,
    next_at timestamptz,
    last_at timestamptz,
    last_outcome text NOT NULL DEFAULT '',
    last_job_id uuid,
    failures integer NOT NULL DEFAULT 0,
    paused json,
    running uuid[] NOT NULL DEFAULT '{}',
    waiting integer NOT NULL DEFAULT 0,
    created_by_id bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, name),
    CHECK (num_nonnulls(workflow_id, service_id) = 1),
    CHECK ((cron <> '') <> (every_ms > 0)),
    CHECK (enabled OR next_at IS NULL)
) WITH (fillfactor = 80);

CREATE INDEX tropeiro_trigger_due ON tropeiro_trigger (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX tropeiro_trigger_waiting ON tropeiro_trigger (id) WHERE waiting > 0;
CREATE INDEX tropeiro_trigger_ahead ON tropeiro_trigger (last_at) WHERE next_at IS NOT NULL;

-- The key is the promise: one trigger, one moment, one run. Partitioned by that moment, so that history goes by week.
CREATE TABLE tropeiro_firing (
    trigger_id uuid NOT NULL,
    scheduled_for timestamptz NOT NULL,
    organization_id uuid NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('started', 'waiting', 'skipped', 'missed', 'failed')),
    by_hand boolean NOT NULL DEFAULT false,
    job_id uuid,
    missed integer NOT NULL DEFAULT 0,
    error json,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (trigger_id, scheduled_for)
) PARTITION BY RANGE (scheduled_for);

CREATE INDEX tropeiro_firing_waiting ON tropeiro_firing (trigger_id, scheduled_for) WHERE outcome = 'waiting';

CREATE TABLE tropeiro_firing_other PARTITION OF tropeiro_firing DEFAULT;

-- Make the weekly partitions of firings from p_from to p_to. Promises: may run at any time and by several at once.
-- What a wrong clock put into the default partition moves to its week.
CREATE FUNCTION tropeiro_ensure_firing_partitions(p_from timestamptz, p_to timestamptz) RETURNS integer
    LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
    v_week timestamptz := date_trunc('week', p_from, 'UTC');
    v_next timestamptz;
    v_name text;
    v_made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('tropeiro_partitions'));
    WHILE v_week <= p_to LOOP
        v_next := v_week + interval '7 days';
        v_name := 'tropeiro_firing_' || to_char(v_week AT TIME ZONE 'UTC', 'YYYYMMDD');
        IF to_regclass(v_name) IS NULL THEN
            LOCK TABLE tropeiro_firing IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('CREATE TABLE %I (LIKE tropeiro_firing INCLUDING ALL)', v_name);
            EXECUTE format('WITH moved AS (DELETE FROM tropeiro_firing_other
                WHERE scheduled_for >= $1 AND scheduled_for < $2 RETURNING *) INSERT INTO %I SELECT * FROM moved', v_name)
                USING v_week, v_next;
            EXECUTE format('ALTER TABLE tropeiro_firing ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                v_name, v_week, v_next);
            v_made := v_made + 1;
        END IF;
        v_week := v_next;
    END LOOP;
    RETURN v_made;
END
$$;

-- Drop the partitions whose every moment was before p_before. Returns the names of the tables that are gone.
CREATE FUNCTION tropeiro_drop_firing_partitions(p_before timestamptz) RETURNS SETOF text
    LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
    v_table record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('tropeiro_partitions'));
    FOR v_table IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'tropeiro_firing'::regclass AND c.relname ~ '_\d{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') + 7 <= (p_before AT TIME ZONE 'UTC')::date
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', v_table.relname);
        RETURN NEXT v_table.relname;
    END LOOP;
END
$$;

SELECT tropeiro_ensure_firing_partitions(now() - interval '7 days', now() + interval '28 days');

-- Write what was decided about claimed triggers, and start their jobs; all or none.
-- p_triggers: one object a trigger, with was_at, the next_at that was claimed. p_firings: one a moment. p_jobs: rows for
-- tropeiro_start, without the texts of their routes, which stand once each in p_routes.
-- Promises: a moment that has its row already starts nothing again, unless it was waiting; a trigger that is not as it
-- was claimed undoes everything. Returns how many jobs started.
CREATE FUNCTION tropeiro_fire(p_triggers json, p_firings json, p_jobs json, p_routes json) RETURNS integer
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_jobs uuid[];
    v_written integer;
BEGIN
    INSERT INTO tropeiro_route (organization_id, digest, text)
    SELECT r.organization_id, r.digest, r.text
    FROM json_to_recordset(p_routes) AS r(organization_id uuid, digest text, text json)
    ORDER BY r.organization_id, r.digest
    ON CONFLICT DO NOTHING;

    WITH written AS (
        INSERT INTO tropeiro_firing AS f (trigger_id, scheduled_for, organization_id, outcome, job_id, missed, error)
        SELECT r.trigger_id, r.scheduled_for, r.organization_id, r.outcome, r.job_id, r.missed, r.error
        FROM json_to_recordset(p_firings) AS r(trigger_id uuid, scheduled_for timestamptz, organization_id uuid,
            outcome text, job_id uuid, missed integer, error json)
        ON CONFLICT (trigger_id, scheduled_for) DO UPDATE
        SET outcome = excluded.outcome, job_id = excluded.job_id, error = excluded.error, at = now()
        WHERE f.outcome = 'waiting'
        RETURNING f.job_id
    )
    SELECT coalesce(array_agg(w.job_id) FILTER (WHERE w.job_id IS NOT NULL), '{}') INTO v_jobs FROM written w;

    IF cardinality(v_jobs) = json_array_length(p_jobs) THEN
        PERFORM tropeiro_start(p_jobs);
    ELSE
        PERFORM tropeiro_start(coalesce(json_agg(r.job), '[]'))
        FROM json_array_elements(p_jobs) AS r(job) WHERE (r.job ->> 'id')::uuid = ANY (v_jobs);
    END IF;

    -- What waits for its turn behind a trigger that is paused would wait for ever.
    UPDATE tropeiro_firing f SET outcome = 'skipped', error = r.paused, at = now()
    FROM json_to_recordset(p_triggers) AS r(id uuid, paused json)
    WHERE r.paused IS NOT NULL AND f.trigger_id = r.id AND f.outcome = 'waiting';

    UPDATE tropeiro_trigger t
    SET next_at = CASE WHEN r.paused IS NULL THEN r.next_at END, enabled = t.enabled AND r.paused IS NULL,
        paused = coalesce(r.paused, t.paused), failures = r.failures, running = r.running,
        last_at = coalesce(r.last_at, least(t.last_at, now())),
        last_outcome = coalesce(r.last_outcome, t.last_outcome),
        last_job_id = CASE WHEN r.last_job_id = ANY (v_jobs) THEN r.last_job_id ELSE t.last_job_id END,
        waiting = CASE WHEN t.overlap = 'queue' OR t.waiting > 0 THEN
            (SELECT count(*) FROM tropeiro_firing f WHERE f.trigger_id = t.id AND f.outcome = 'waiting') ELSE 0 END
    FROM json_to_recordset(p_triggers) AS r(id uuid, was_at timestamptz, next_at timestamptz, failures integer,
        running uuid[], paused json, last_at timestamptz, last_outcome text, last_job_id uuid)
    WHERE t.id = r.id AND t.next_at IS NOT DISTINCT FROM r.was_at;
    GET DIAGNOSTICS v_written = ROW_COUNT;
    IF v_written <> json_array_length(p_triggers) THEN
        RAISE serialization_failure USING MESSAGE = 'a trigger is not as it was claimed';
    END IF;
    RETURN cardinality(v_jobs);
END
$$;

REVOKE EXECUTE ON FUNCTION tropeiro_fire(json, json, json, json), tropeiro_ensure_firing_partitions(timestamptz, timestamptz),
    tropeiro_drop_firing_partitions(timestamptz) FROM PUBLIC;

SELECT tropeiro_protect('tropeiro_trigger', 'SELECT, INSERT, UPDATE, DELETE');
SELECT tropeiro_protect('tropeiro_firing', 'SELECT, INSERT, UPDATE');
