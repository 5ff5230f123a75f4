-- What jobs were and are. Ids are UUIDs of version 7, whose first 48 bits are the time: a range of ids is a range of
-- time, so job, step and log are partitioned by the job's id, and one job's rows of all three share their week.

-- The array of steps of a workflow version, as packets carry it. Content-addressed, so jobs of one version share it.
CREATE TABLE tropeiro_route (
    organization_id uuid NOT NULL,
    digest text NOT NULL,
    text json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, digest)
);

CREATE TABLE tropeiro_job (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid,
    workflow_version_id uuid,
    service_version_id uuid,
    name text NOT NULL,
    route_digest text NOT NULL,
    engine text NOT NULL DEFAULT 'native',
    state text NOT NULL DEFAULT 'queued' CHECK (state IN
        ('queued', 'running', 'waiting', 'paused', 'succeeded', 'failed', 'cancelled', 'timed_out')),
    trigger text NOT NULL DEFAULT 'manual',
    trigger_id uuid,
    priority smallint NOT NULL DEFAULT 0,
    mock boolean NOT NULL DEFAULT false,
    inputs json,
    inputs_blob text,
    output json,
    output_blob text,
    error json,
    parent_job_id uuid,
    parent_packet_id uuid,
    root_job_id uuid NOT NULL,
    rerun_of_id uuid,
    started_by_id bigint,
    trace text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    deadline_at timestamptz,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);

CREATE INDEX tropeiro_job_recent ON tropeiro_job (organization_id, id DESC);
CREATE INDEX tropeiro_job_by_state ON tropeiro_job (organization_id, state, id DESC);
CREATE INDEX tropeiro_job_children ON tropeiro_job (parent_job_id) WHERE parent_job_id IS NOT NULL;

-- One row an attempt of a step that came to its end; what is under way stands in tropeiro_packet.
CREATE TABLE tropeiro_step (
    job_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    path text NOT NULL,
    round integer NOT NULL,
    attempt integer NOT NULL,
    n integer NOT NULL,
    state text NOT NULL,
    uses text NOT NULL DEFAULT '',
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    reused boolean NOT NULL DEFAULT false,
    worker text NOT NULL DEFAULT '',
    input json,
    output json,
    output_blob text,
    error json,
    PRIMARY KEY (job_id, path, round, attempt)
) PARTITION BY RANGE (job_id);

CREATE SEQUENCE tropeiro_log_id;

CREATE TABLE tropeiro_log (
    job_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    id bigint NOT NULL DEFAULT nextval('tropeiro_log_id'),
    at timestamptz NOT NULL,
    level smallint NOT NULL,
    path text NOT NULL DEFAULT '',
    attempt integer NOT NULL DEFAULT 1,
    worker text NOT NULL DEFAULT '',
    message text NOT NULL,
    fields json,
    PRIMARY KEY (job_id, id)
) PARTITION BY RANGE (job_id);

-- What billing stands on: one row a step that called a service which may cost something and succeeded, written in the
-- transaction that settled it. Partitioned by week like history, but retention leaves it alone.
CREATE TABLE tropeiro_usage (
    job_id uuid NOT NULL,
    path text NOT NULL,
    round integer NOT NULL,
    attempt integer NOT NULL,
    organization_id uuid NOT NULL,
    service_version_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (job_id, path, round)
) PARTITION BY RANGE (job_id);

-- The first id of UUID version 7 that a moment can have.
CREATE FUNCTION tropeiro_first_id(p_at timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (lpad(to_hex((extract(epoch FROM p_at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

-- Make the weekly partitions that jobs of the weeks from p_from to p_to need. Weeks begin on Monday, UTC.
-- Promises: may run at any time and by several at once; a week that exists is left alone. What a wrong clock put into
-- the default partition moves to its week. Gives up rather than hold up everybody behind a long reader.
CREATE FUNCTION tropeiro_ensure_partitions(p_from timestamptz, p_to timestamptz) RETURNS integer
    LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
    v_week timestamptz := date_trunc('week', p_from, 'UTC');
    v_parent text;
    v_name text;
    v_key text;
    v_first uuid;
    v_next uuid;
    v_astray boolean;
    v_made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('tropeiro_partitions'));
    WHILE v_week <= p_to LOOP
        v_first := tropeiro_first_id(v_week);
        v_next := tropeiro_first_id(v_week + interval '7 days');
        FOREACH v_parent IN ARRAY ARRAY['tropeiro_job', 'tropeiro_step', 'tropeiro_log', 'tropeiro_usage'] LOOP
            v_name := v_parent || '_' || to_char(v_week AT TIME ZONE 'UTC', 'YYYYMMDD');
            IF to_regclass(v_name) IS NULL THEN
                v_key := CASE v_parent WHEN 'tropeiro_job' THEN 'id' ELSE 'job_id' END;
                EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= $1 AND %2$I < $2)', v_parent || '_other', v_key)
                    INTO v_astray USING v_first, v_next;
                IF v_astray THEN
                    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', v_parent);
                    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', v_name, v_parent);
                    EXECUTE format('WITH moved AS (DELETE FROM %I WHERE %I >= $1 AND %2$I < $2 RETURNING *)
                        INSERT INTO %3$I SELECT * FROM moved', v_parent || '_other', v_key, v_name) USING v_first, v_next;
                    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                        v_parent, v_name, v_first, v_next);
                ELSE
                    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                        v_name, v_parent, v_first, v_next);
                END IF;
                v_made := v_made + 1;
            END IF;
        END LOOP;
        v_week := v_week + interval '7 days';
    END LOOP;
    RETURN v_made;
END
$$;

-- The partitions of history whose every job began before p_before, with the Monday of their week, in order.
CREATE FUNCTION tropeiro_weeks_before(p_before timestamptz) RETURNS TABLE (name text, week timestamptz)
    LANGUAGE sql STABLE AS $$
    SELECT c.relname::text, d.monday::timestamp AT TIME ZONE 'UTC'
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    JOIN pg_class parent ON parent.oid = i.inhparent
    CROSS JOIN LATERAL (SELECT to_date(substring(c.relname FROM '_(\d{8})$'), 'YYYYMMDD') AS monday) d
    WHERE parent.relname IN ('tropeiro_job', 'tropeiro_step', 'tropeiro_log')
      AND d.monday + 7 <= (p_before AT TIME ZONE 'UTC')::date
    ORDER BY c.relname
$$;

-- Drop the partitions whose every job began before p_before, once none of them is under way any more. Returns the names
-- of the tables that are gone.
CREATE FUNCTION tropeiro_drop_partitions(p_before timestamptz) RETURNS SETOF text
    LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
    v_table record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('tropeiro_partitions'));
    FOR v_table IN SELECT w.name, w.week FROM tropeiro_weeks_before(p_before) w LOOP
        CONTINUE WHEN EXISTS (
            SELECT FROM tropeiro_packet p
            WHERE p.job_id >= tropeiro_first_id(v_table.week)
              AND p.job_id < tropeiro_first_id(v_table.week + interval '7 days'));
        EXECUTE format('DROP TABLE %I', v_table.name);
        RETURN NEXT v_table.name;
    END LOOP;
END
$$;

-- A job whose week has no partition is not lost: it lands here.
CREATE TABLE tropeiro_job_other PARTITION OF tropeiro_job DEFAULT;
CREATE TABLE tropeiro_step_other PARTITION OF tropeiro_step DEFAULT;
CREATE TABLE tropeiro_log_other PARTITION OF tropeiro_log DEFAULT;
CREATE TABLE tropeiro_usage_other PARTITION OF tropeiro_usage DEFAULT;

SELECT tropeiro_ensure_partitions(now() - interval '7 days', now() + interval '28 days');

SELECT tropeiro_protect('tropeiro_route', 'SELECT');
SELECT tropeiro_protect('tropeiro_job', 'SELECT');
SELECT tropeiro_protect('tropeiro_step', 'SELECT');
SELECT tropeiro_protect('tropeiro_log', 'SELECT');
SELECT tropeiro_protect('tropeiro_usage', 'SELECT');
