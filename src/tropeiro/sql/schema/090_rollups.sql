-- What dashboards stand on: counts of jobs, of calls and of failures, by the minute, the hour and the day. No dashboard
-- reads the jobs themselves.
--
-- Whoever starts, settles or cancels leaves one narrow row a change in tropeiro_tally, in the same transaction. The duty
-- takes those rows away and adds them to the rollups, in one statement: what is taken is added, once, also when the duty
-- is killed in between; and a transaction that commits late brings its rows late, and they are found.

-- A job that started or ended, whose row has the rest; or a step, with what the rollups need of it. A domain and not a
-- check of the table: as to its cost, see tropeiro_packet_state.
CREATE DOMAIN tropeiro_tally_kind AS text CHECK (VALUE IN ('started', 'ended', 'step'));

CREATE TABLE tropeiro_tally (
    job_id uuid NOT NULL,
    kind tropeiro_tally_kind NOT NULL,
    at timestamptz NOT NULL,
    us bigint,
    service text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT '',
    code text NOT NULL DEFAULT '',
    again boolean NOT NULL DEFAULT false,
    billed boolean NOT NULL DEFAULT false
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

-- Jobs. A row stands at one level: of all jobs of the organization, of those of one trigger, of one project, of both; or
-- of one version under one name, project and trigger ('version'). So what is asked for most is never a long sum.
-- started counts at the moment of the job's start; what it came to, its durations and its steps at their own moments.
-- Durations are from the first step to the end. buckets and counts are their histogram, sparse and in order, of jobs that
-- succeeded; failed_* of those that failed or timed out. Adding two histograms is adding their counts.
CREATE TABLE tropeiro_rollup (
    grain text NOT NULL CHECK (grain IN ('minute', 'hour', 'day')),
    at timestamptz NOT NULL,
    organization_id uuid NOT NULL,
    level text NOT NULL CHECK (level IN ('organization', 'trigger', 'project', 'project_trigger', 'version')),
    project_id uuid,
    workflow_version_id uuid,
    service_version_id uuid,
    name text NOT NULL DEFAULT '',
    trigger text NOT NULL DEFAULT '',
    started bigint NOT NULL DEFAULT 0,
    succeeded bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    timed_out bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    steps bigint NOT NULL DEFAULT 0,
    retries bigint NOT NULL DEFAULT 0,
    us bigint NOT NULL DEFAULT 0,
    failed_us bigint NOT NULL DEFAULT 0,
    buckets smallint[] NOT NULL DEFAULT '{}',
    counts bigint[] NOT NULL DEFAULT '{}',
    failed_buckets smallint[] NOT NULL DEFAULT '{}',
    failed_counts bigint[] NOT NULL DEFAULT '{}',
    CONSTRAINT tropeiro_rollup_key UNIQUE NULLS NOT DISTINCT (
        grain, organization_id, level, at, project_id, workflow_version_id, service_version_id, name, trigger)
) PARTITION BY LIST (grain);

CREATE TABLE tropeiro_rollup_minute PARTITION OF tropeiro_rollup FOR VALUES IN ('minute') WITH (fillfactor = 60);
CREATE TABLE tropeiro_rollup_hour PARTITION OF tropeiro_rollup FOR VALUES IN ('hour') WITH (fillfactor = 80);
CREATE TABLE tropeiro_rollup_day PARTITION OF tropeiro_rollup FOR VALUES IN ('day') WITH (fillfactor = 80);

CREATE INDEX tropeiro_rollup_workflow ON tropeiro_rollup (organization_id, workflow_version_id, at)
    WHERE workflow_version_id IS NOT NULL;
CREATE INDEX tropeiro_rollup_service ON tropeiro_rollup (organization_id, service_version_id, at)
    WHERE service_version_id IS NOT NULL;
CREATE INDEX tropeiro_rollup_at ON tropeiro_rollup USING brin (at);

-- Calls of services by the steps of this organization's jobs, as they ended: succeeded, failed or timed_out, and with
-- which error. service is written as in uses, without the version. billed are those that may cost something.
CREATE TABLE tropeiro_rollup_call (
    grain text NOT NULL CHECK (grain IN ('minute', 'hour', 'day')),
    at timestamptz NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid,
    service text NOT NULL,
    version text NOT NULL,
    state text NOT NULL,
    code text NOT NULL DEFAULT '',
    calls bigint NOT NULL DEFAULT 0,
    retries bigint NOT NULL DEFAULT 0,
    billed bigint NOT NULL DEFAULT 0,
    us bigint NOT NULL DEFAULT 0,
    buckets smallint[] NOT NULL DEFAULT '{}',
    counts bigint[] NOT NULL DEFAULT '{}',
    CONSTRAINT tropeiro_rollup_call_key UNIQUE NULLS NOT DISTINCT (
        grain, organization_id, service, at, project_id, version, state, code)
) PARTITION BY LIST (grain);

CREATE TABLE tropeiro_rollup_call_minute PARTITION OF tropeiro_rollup_call FOR VALUES IN ('minute') WITH (fillfactor = 60);
CREATE TABLE tropeiro_rollup_call_hour PARTITION OF tropeiro_rollup_call FOR VALUES IN ('hour') WITH (fillfactor = 80);
CREATE TABLE tropeiro_rollup_call_day PARTITION OF tropeiro_rollup_call FOR VALUES IN ('day') WITH (fillfactor = 80);

CREATE INDEX tropeiro_rollup_call_recent ON tropeiro_rollup_call (organization_id, at);
CREATE INDEX tropeiro_rollup_call_at ON tropeiro_rollup_call USING brin (at);

-- Jobs that failed or timed out, by the hour, grouped by error code and by the message without what differs from one to
-- the next. The newest job is the example.
CREATE TABLE tropeiro_rollup_failure (
    at timestamptz NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid,
    workflow_version_id uuid,
    service_version_id uuid,
    name text NOT NULL,
    trigger text NOT NULL,
    code text NOT NULL,
    fingerprint text NOT NULL,
    message text NOT NULL,
    failures bigint NOT NULL,
    last_at timestamptz NOT NULL,
    last_job_id uuid NOT NULL,
    CONSTRAINT tropeiro_rollup_failure_key UNIQUE NULLS NOT DISTINCT (
        organization_id, at, project_id, workflow_version_id, service_version_id, name, trigger, code, fingerprint)
);

-- The newest jobs that ended, of each version that was run.
CREATE TYPE tropeiro_outcome AS (job_id uuid, state text, us bigint, at timestamptz);

CREATE TABLE tropeiro_rollup_newest (
    organization_id uuid NOT NULL,
    workflow_version_id uuid,
    service_version_id uuid,
    outcomes tropeiro_outcome[] NOT NULL,
    CONSTRAINT tropeiro_rollup_newest_key UNIQUE NULLS NOT DISTINCT (organization_id, workflow_version_id, service_version_id)
) WITH (fillfactor = 60);

-- The 20 that are newest of both, the newest first.
CREATE FUNCTION tropeiro_newest(p_outcomes tropeiro_outcome[], p_more tropeiro_outcome[]) RETURNS tropeiro_outcome[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg((n.job_id, n.state, n.us, n.at)::tropeiro_outcome ORDER BY n.at DESC, n.job_id DESC), '{}')
    FROM (
        SELECT o.* FROM (SELECT * FROM unnest(p_outcomes) UNION SELECT * FROM unnest(p_more)) o
        ORDER BY o.at DESC, o.job_id DESC LIMIT 20) n
$$;

-- The place of a duration in a histogram: bucket i holds what is over 1.1^(i-1) and up to 1.1^i microseconds. Told by
-- 2 * 1.1^i / 2.1, every duration is within 1/21 (4.8 %) of the truth, and so is every quantile. The scheme is that of
-- DDSketch (Masson, Rim, Lee: "DDSketch", VLDB 2019).
CREATE FUNCTION tropeiro_bucket(p_us bigint) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN ceil(ln(greatest(p_us, 1)::float8) / ln(1.1::float8))::smallint;

-- The duration that a bucket is told by, in microseconds.
CREATE FUNCTION tropeiro_bucket_us(p_bucket integer) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN 2 * 1.1::float8 ^ p_bucket / 2.1;

-- Two histograms added up.
CREATE FUNCTION tropeiro_merge(
    p_buckets smallint[], p_counts bigint[], p_more smallint[], p_more_counts bigint[],
    OUT buckets smallint[], OUT counts bigint[])
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(b.bucket ORDER BY b.bucket), '{}'), coalesce(array_agg(b.n ORDER BY b.bucket), '{}')
    FROM (
        SELECT h.bucket, sum(h.n)::bigint AS n
        FROM (SELECT * FROM unnest(p_buckets, p_counts) UNION ALL SELECT * FROM unnest(p_more, p_more_counts)) h(bucket, n)
        GROUP BY h.bucket) b
$$;

-- An error's message without what differs from one time to the next: quoted texts, ids, numbers.
CREATE FUNCTION tropeiro_fingerprint(p_message text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN md5(regexp_replace(left(p_message, 500),
        '"[^"]*"|''[^'']*''|`[^`]*`|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|\d+([.,:]\d+)*', '#', 'gi'));

-- Add events to the rollups, in one statement. p_source is the beginning of a WITH whose last query is named events, of
-- the columns that the functions below give; it is one of their two texts and never comes from outside.
CREATE FUNCTION tropeiro_add_to_rollups(p_source text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_count bigint;
BEGIN
    EXECUTE p_source || $add$,
    counted AS MATERIALIZED (
        SELECT date_trunc('minute', e.at, 'UTC') AS at, e.organization_id, e.project_id, e.workflow_version_id,
            e.service_version_id, e.name, e.trigger, e.measure,
            CASE WHEN e.measure = 'succeeded' THEN 'good' WHEN e.measure IN ('failed', 'timed_out') THEN 'bad' ELSE '' END AS class,
            CASE WHEN e.measure IN ('succeeded', 'failed', 'timed_out') THEN tropeiro_bucket(e.us) END AS bucket,
            count(*) AS n, count(*) FILTER (WHERE e.again) AS again, coalesce(sum(e.us), 0) AS us
        FROM events e
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    ),
    barred AS (
        SELECT g.grain, date_trunc(g.grain, c.at, 'UTC') AS at, c.organization_id, l.level,
            CASE WHEN l.by_project THEN c.project_id END AS project_id,
            CASE WHEN l.by_version THEN c.workflow_version_id END AS workflow_version_id,
            CASE WHEN l.by_version THEN c.service_version_id END AS service_version_id,
            CASE WHEN l.by_version THEN c.name ELSE '' END AS name,
            CASE WHEN l.by_trigger THEN c.trigger ELSE '' END AS trigger,
            c.class, c.bucket, sum(c.n) AS n,
            sum(c.n) FILTER (WHERE c.measure = 'started') AS started,
            sum(c.n) FILTER (WHERE c.measure = 'succeeded') AS succeeded,
            sum(c.n) FILTER (WHERE c.measure = 'failed') AS failed,
            sum(c.n) FILTER (WHERE c.measure = 'timed_out') AS timed_out,
            sum(c.n) FILTER (WHERE c.measure = 'cancelled') AS cancelled,
            sum(c.n) FILTER (WHERE c.measure = 'step') AS steps,
            sum(c.again) AS retries,
            sum(c.us) AS us
        FROM counted c
        CROSS JOIN (VALUES ('minute'), ('hour'), ('day')) AS g(grain)
        CROSS JOIN (VALUES
            ('organization', false, false, false), ('trigger', false, false, true), ('project', true, false, false),
            ('project_trigger', true, false, true), ('version', true, true, true)) AS l(level, by_project, by_version, by_trigger)
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    ),
    jobs AS (
        INSERT INTO tropeiro_rollup AS r (
            grain, at, organization_id, level, project_id, workflow_version_id, service_version_id, name, trigger,
            started, succeeded, failed, timed_out, cancelled, steps, retries, us, failed_us,
            buckets, counts, failed_buckets, failed_counts)
        SELECT b.grain, b.at, b.organization_id, b.level, b.project_id, b.workflow_version_id, b.service_version_id, b.name, b.trigger,
            coalesce(sum(b.started), 0), coalesce(sum(b.succeeded), 0), coalesce(sum(b.failed), 0), coalesce(sum(b.timed_out), 0),
            coalesce(sum(b.cancelled), 0), coalesce(sum(b.steps), 0), coalesce(sum(b.retries), 0),
            coalesce(sum(b.us) FILTER (WHERE b.class = 'good'), 0), coalesce(sum(b.us) FILTER (WHERE b.class = 'bad'), 0),
            coalesce(array_agg(b.bucket ORDER BY b.bucket) FILTER (WHERE b.class = 'good' AND b.bucket IS NOT NULL), '{}'),
            coalesce(array_agg(b.n::bigint ORDER BY b.bucket) FILTER (WHERE b.class = 'good' AND b.bucket IS NOT NULL), '{}'),
            coalesce(array_agg(b.bucket ORDER BY b.bucket) FILTER (WHERE b.class = 'bad' AND b.bucket IS NOT NULL), '{}'),
            coalesce(array_agg(b.n::bigint ORDER BY b.bucket) FILTER (WHERE b.class = 'bad' AND b.bucket IS NOT NULL), '{}')
        FROM barred b
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        ON CONFLICT (grain, organization_id, level, at, project_id, workflow_version_id, service_version_id, name, trigger)
        DO UPDATE SET started = r.started + excluded.started, succeeded = r.succeeded + excluded.succeeded,
            failed = r.failed + excluded.failed, timed_out = r.timed_out + excluded.timed_out,
            cancelled = r.cancelled + excluded.cancelled, steps = r.steps + excluded.steps,
            retries = r.retries + excluded.retries, us = r.us + excluded.us, failed_us = r.failed_us + excluded.failed_us,
            (buckets, counts) = (SELECT m.buckets, m.counts
                FROM tropeiro_merge(r.buckets, r.counts, excluded.buckets, excluded.counts) m),
            (failed_buckets, failed_counts) = (SELECT m.buckets, m.counts
                FROM tropeiro_merge(r.failed_buckets, r.failed_counts, excluded.failed_buckets, excluded.failed_counts) m)
    ),
    called AS MATERIALIZED (
        SELECT date_trunc('minute', e.at, 'UTC') AS at, e.organization_id, e.project_id, e.service, e.state, e.code,
            tropeiro_bucket(e.us) AS bucket, count(*) AS n, count(*) FILTER (WHERE e.again) AS retries,
            count(*) FILTER (WHERE e.billed) AS billed, coalesce(sum(e.us), 0) AS us
        FROM events e
        WHERE e.measure = 'step' AND e.service <> ''
        GROUP BY 1, 2, 3, 4, 5, 6, 7
    ),
    calls AS (
        INSERT INTO tropeiro_rollup_call AS r (
            grain, at, organization_id, project_id, service, version, state, code, calls, retries, billed, us, buckets, counts)
        SELECT c.grain, c.at, c.organization_id, c.project_id, split_part(c.service, '@', 1), split_part(c.service, '@', 2),
            c.state, c.code,
            sum(c.n), sum(c.retries), sum(c.billed), sum(c.us),
            array_agg(c.bucket ORDER BY c.bucket), array_agg(c.n ORDER BY c.bucket)
        FROM (
            SELECT g.grain, date_trunc(g.grain, m.at, 'UTC') AS at, m.organization_id, m.project_id, m.service, m.state, m.code,
                m.bucket, sum(m.n)::bigint AS n, sum(m.retries) AS retries, sum(m.billed) AS billed, sum(m.us) AS us
            FROM called m CROSS JOIN (VALUES ('minute'), ('hour'), ('day')) AS g(grain)
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) c
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
        ON CONFLICT (grain, organization_id, service, at, project_id, version, state, code)
        DO UPDATE SET calls = r.calls + excluded.calls, retries = r.retries + excluded.retries,
            billed = r.billed + excluded.billed, us = r.us + excluded.us,
            (buckets, counts) = (SELECT m.buckets, m.counts
                FROM tropeiro_merge(r.buckets, r.counts, excluded.buckets, excluded.counts) m)
    ),
    failed AS (
        SELECT e.*, coalesce(nullif(e.error ->> 'code', ''), e.measure) AS cause,
            left(coalesce(e.error ->> 'message', ''), 500) AS message
        FROM events e WHERE e.measure IN ('failed', 'timed_out')
    ),
    failures AS (
        INSERT INTO tropeiro_rollup_failure AS r (
            at, organization_id, project_id, workflow_version_id, service_version_id, name, trigger, code, fingerprint,
            message, failures, last_at, last_job_id)
        SELECT date_trunc('hour', f.at, 'UTC'), f.organization_id, f.project_id, f.workflow_version_id, f.service_version_id,
            f.name, f.trigger, f.cause, tropeiro_fingerprint(f.message), (array_agg(f.message ORDER BY f.at DESC, f.job_id DESC))[1],
            count(*), max(f.at), (array_agg(f.job_id ORDER BY f.at DESC, f.job_id DESC))[1]
        FROM failed f
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        ON CONFLICT (organization_id, at, project_id, workflow_version_id, service_version_id, name, trigger, code, fingerprint)
        DO UPDATE SET failures = r.failures + excluded.failures,
            message = CASE WHEN excluded.last_at >= r.last_at THEN excluded.message ELSE r.message END,
            last_job_id = CASE WHEN excluded.last_at >= r.last_at THEN excluded.last_job_id ELSE r.last_job_id END,
            last_at = greatest(r.last_at, excluded.last_at)
    ),
    newest AS (
        INSERT INTO tropeiro_rollup_newest AS r (organization_id, workflow_version_id, service_version_id, outcomes)
        SELECT n.organization_id, n.workflow_version_id, n.service_version_id,
            array_agg((n.job_id, n.measure, n.us, n.at)::tropeiro_outcome ORDER BY n.at DESC, n.job_id DESC)
        FROM (
            SELECT e.*, row_number() OVER (
                PARTITION BY e.organization_id, e.workflow_version_id, e.service_version_id
                ORDER BY e.at DESC, e.job_id DESC) AS place
            FROM events e WHERE e.measure IN ('succeeded', 'failed', 'timed_out', 'cancelled')) n
        WHERE n.place <= 20
        GROUP BY 1, 2, 3
        ON CONFLICT (organization_id, workflow_version_id, service_version_id)
        DO UPDATE SET outcomes = tropeiro_newest(r.outcomes, excluded.outcomes)
    )
    SELECT count(*) FROM taken$add$ INTO v_count;
    RETURN v_count;
END
$$;

-- Add what happened to the rollups: up to p_limit rows of the tally. Returns how many there were.
-- Promises: each row counts exactly once, whoever else is rolling or recounting, and whatever dies meanwhile.
CREATE FUNCTION tropeiro_roll(p_limit integer) RETURNS bigint
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    -- Most of the time there is nothing, and planning the statement would be the dearest part.
    IF NOT EXISTS (SELECT FROM tropeiro_tally) THEN
        RETURN 0;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('tropeiro_rollups'));
    RETURN tropeiro_add_to_rollups(format($source$
    WITH taken AS (
        DELETE FROM tropeiro_tally t
        WHERE t.ctid = ANY (ARRAY(SELECT i.ctid FROM tropeiro_tally i LIMIT %s)) RETURNING t.*
    ),
    -- One look-up a job, by its key.
    known AS MATERIALIZED (
        SELECT j.* FROM (SELECT DISTINCT t.job_id FROM taken t) d
        CROSS JOIN LATERAL (
            SELECT j.id, j.organization_id, j.project_id, j.workflow_version_id, j.service_version_id, j.name, j.trigger,
                j.state, j.error, j.created_at, j.started_at, j.finished_at
            FROM tropeiro_job j WHERE j.id = d.job_id OFFSET 0) j
    ),
    events AS MATERIALIZED (
        SELECT j.organization_id, j.project_id, j.workflow_version_id, j.service_version_id, j.name, j.trigger,
            CASE t.kind WHEN 'started' THEN j.created_at WHEN 'ended' THEN j.finished_at ELSE t.at END AS at,
            CASE t.kind WHEN 'ended' THEN j.state ELSE t.kind END AS measure,
            CASE t.kind WHEN 'ended' THEN (extract(epoch FROM j.finished_at - j.started_at) * 1000000)::bigint
                ELSE t.us END AS us,
            t.service, t.state, t.code, t.again, t.billed, j.id AS job_id,
            CASE WHEN t.kind = 'ended' THEN j.error END AS error
        FROM taken t JOIN known j ON j.id = t.job_id
    )$source$, p_limit));
END
$$;

-- Count whole days, UTC, again from the jobs and steps themselves, of one organization or of all (null). What is there
-- of those days is replaced, and what the tally still holds of them taken out, in one view of the database: it can be
-- done at any time and any number of times. For history that was written in bulk, or taken away.
-- The jobs of those days must still be kept; the days before the oldest week of history are refused.
CREATE FUNCTION tropeiro_recount(p_organization uuid, p_from timestamptz, p_to timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_from timestamptz := date_trunc('day', p_from, 'UTC');
    v_to timestamptz := date_trunc('day', p_to, 'UTC') + interval '1 day';
    v_kept timestamptz;
BEGIN
    SELECT min(to_date(right(c.relname, 8), 'YYYYMMDD'))::timestamp AT TIME ZONE 'UTC' INTO v_kept
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'tropeiro_job'::regclass AND c.relname ~ '_\d{8}$';
    IF v_from < v_kept THEN
        RAISE invalid_parameter_value USING MESSAGE = format('history is kept from %s only; what is older cannot be counted again', v_kept);
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('tropeiro_rollups'));
    DELETE FROM tropeiro_rollup r WHERE r.at >= v_from AND r.at < v_to AND (p_organization IS NULL OR r.organization_id = p_organization);
    DELETE FROM tropeiro_rollup_call r WHERE r.at >= v_from AND r.at < v_to AND (p_organization IS NULL OR r.organization_id = p_organization);
    DELETE FROM tropeiro_rollup_failure r WHERE r.at >= v_from AND r.at < v_to AND (p_organization IS NULL OR r.organization_id = p_organization);
    UPDATE tropeiro_rollup_newest r
    SET outcomes = ARRAY(SELECT o::tropeiro_outcome FROM unnest(r.outcomes) o WHERE o.at < v_from OR o.at >= v_to)
    WHERE p_organization IS NULL OR r.organization_id = p_organization;
    PERFORM tropeiro_add_to_rollups(format($source$
    WITH bounds AS (SELECT %L::uuid AS organization_id, %L::timestamptz AS first, %L::timestamptz AS last),
    taken AS (
        DELETE FROM tropeiro_tally t USING tropeiro_job j, bounds b
        WHERE j.id = t.job_id AND (b.organization_id IS NULL OR j.organization_id = b.organization_id)
          AND CASE t.kind WHEN 'started' THEN j.created_at WHEN 'ended' THEN j.finished_at ELSE t.at END >= b.first
          AND CASE t.kind WHEN 'started' THEN j.created_at WHEN 'ended' THEN j.finished_at ELSE t.at END < b.last
        RETURNING t.job_id
    ),
    events AS MATERIALIZED (
        SELECT j.organization_id, j.project_id, j.workflow_version_id, j.service_version_id, j.name, j.trigger,
            j.created_at AS at, 'started' AS measure, NULL::bigint AS us, '' AS service, '' AS state, '' AS code,
            false AS again, false AS billed, j.id AS job_id, NULL::json AS error
        FROM tropeiro_job j, bounds b
        WHERE j.created_at >= b.first AND j.created_at < b.last
          AND (b.organization_id IS NULL OR j.organization_id = b.organization_id)
        UNION ALL
        SELECT j.organization_id, j.project_id, j.workflow_version_id, j.service_version_id, j.name, j.trigger,
            j.finished_at, j.state, (extract(epoch FROM j.finished_at - j.started_at) * 1000000)::bigint, '', '', '',
            false, false, j.id, j.error
        FROM tropeiro_job j, bounds b
        WHERE j.finished_at >= b.first AND j.finished_at < b.last
          AND j.state IN ('succeeded', 'failed', 'timed_out', 'cancelled')
          AND (b.organization_id IS NULL OR j.organization_id = b.organization_id)
        UNION ALL
        SELECT j.organization_id, j.project_id, j.workflow_version_id, j.service_version_id, j.name, j.trigger,
            s.finished_at, 'step', (extract(epoch FROM s.finished_at - s.started_at) * 1000000)::bigint, s.uses, s.state,
            CASE WHEN s.state = 'succeeded' THEN '' ELSE coalesce(s.error ->> 'code', '') END,
            s.attempt > 1, u.job_id IS NOT NULL, j.id, NULL
        FROM bounds b, tropeiro_step s JOIN tropeiro_job j ON j.id = s.job_id
        LEFT JOIN tropeiro_usage u ON u.job_id = s.job_id AND u.path = s.path AND u.round = s.round AND u.attempt = s.attempt
        WHERE s.finished_at >= b.first AND s.finished_at < b.last AND NOT s.reused
          AND s.state IN ('succeeded', 'failed', 'timed_out')
          AND (b.organization_id IS NULL OR s.organization_id = b.organization_id)
    )$source$, p_organization, v_from, v_to));
END
$$;

-- Forget what is older than each grain is kept for. Returns how many rows are gone.
CREATE FUNCTION tropeiro_forget_rollups(p_minutes timestamptz, p_hours timestamptz, p_days timestamptz) RETURNS bigint
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_table text;
    v_before timestamptz;
    v_gone bigint;
    v_count bigint := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('tropeiro_rollups'));
    FOR v_table, v_before IN VALUES
        ('tropeiro_rollup_minute', p_minutes), ('tropeiro_rollup_call_minute', p_minutes),
        ('tropeiro_rollup_hour', p_hours), ('tropeiro_rollup_call_hour', p_hours), ('tropeiro_rollup_failure', p_hours),
        ('tropeiro_rollup_day', p_days), ('tropeiro_rollup_call_day', p_days)
    LOOP
        EXECUTE format('DELETE FROM %I WHERE at < %L', v_table, v_before);
        GET DIAGNOSTICS v_gone = ROW_COUNT;
        v_count := v_count + v_gone;
    END LOOP;
    DELETE FROM tropeiro_rollup_newest r WHERE r.outcomes = '{}' OR (r.outcomes[1]).at < p_hours;
    RETURN v_count;
END
$$;

REVOKE EXECUTE ON FUNCTION tropeiro_add_to_rollups(text), tropeiro_roll(integer),
    tropeiro_recount(uuid, timestamptz, timestamptz),
    tropeiro_forget_rollups(timestamptz, timestamptz, timestamptz) FROM PUBLIC;

SELECT tropeiro_protect('tropeiro_rollup', 'SELECT');
SELECT tropeiro_protect('tropeiro_rollup_call', 'SELECT');
SELECT tropeiro_protect('tropeiro_rollup_failure', 'SELECT');
SELECT tropeiro_protect('tropeiro_rollup_newest', 'SELECT');
