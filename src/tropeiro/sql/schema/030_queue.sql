-- What is under way: packets, the joins where they meet, and the workers that hold them. Small tables, much churn.

CREATE TABLE tropeiro_worker (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL DEFAULT '',
    slots integer NOT NULL,
    state text NOT NULL DEFAULT 'up' CHECK (state IN ('up', 'draining', 'stopped', 'lost')),
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz NOT NULL
);

CREATE SEQUENCE tropeiro_packet_seq;

-- The front of the queue: no packet that is ready has a lower seq. While somebody, somewhere in the database, keeps an old
-- snapshot open, no entry of an index can be removed, and whoever looks for the next packet would pass all that were ever
-- taken meanwhile. A sequence, because it changes in place and whatever snapshots there are. A duty moves it.
CREATE SEQUENCE tropeiro_packet_front;

-- States: ready (a worker may take it), leased (a worker has it), delayed (until due_at), waiting (for an answer from
-- outside), parked (for its branches or its child job), blocked (a branch over the concurrency of its foreach).
-- A lease is its worker's: one row of tropeiro_worker keeps all of a worker's packets alive.
-- A domain and not a check of the table, which would be read from the catalogue again by every statement that writes.
CREATE DOMAIN tropeiro_packet_state AS text CHECK (VALUE IN
    ('ready', 'leased', 'delayed', 'waiting', 'parked', 'blocked'));

-- body changes from step to step; everything indexed changes only when a packet changes hands, so that going on to
-- the next step is a heap-only update.
CREATE TABLE tropeiro_packet (
    id uuid PRIMARY KEY,
    job_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    project_id uuid,
    route_digest text NOT NULL,
    state tropeiro_packet_state NOT NULL DEFAULT 'ready',
    hold boolean NOT NULL DEFAULT false,
    wakes_job boolean NOT NULL DEFAULT false,
    priority smallint NOT NULL DEFAULT 0,
    seq bigint NOT NULL DEFAULT nextval('tropeiro_packet_seq'),
    worker_id uuid,
    token bigint NOT NULL DEFAULT 0,
    taken smallint NOT NULL DEFAULT 0,
    attempt integer NOT NULL DEFAULT 1,
    path text NOT NULL DEFAULT '',
    uses text NOT NULL DEFAULT '',
    round integer NOT NULL DEFAULT 0,
    body json NOT NULL,
    scope json,
    join_id uuid,
    branch integer NOT NULL DEFAULT 0,
    caller_id uuid,
    due_at timestamptz,
    due_answer json,
    answer json,
    early_answer json,
    joined boolean NOT NULL DEFAULT false,
    wait_kind text NOT NULL DEFAULT '',
    question json,
    progress real,
    progress_note text NOT NULL DEFAULT '',
    since timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz NOT NULL,
    deadline_at timestamptz,
    workflow_name text NOT NULL DEFAULT '',
    trace text NOT NULL DEFAULT '',
    -- The limits that the call it stands at is under; see 035_limits.sql. Mostly none, which is null.
    limits uuid[]
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.2);

-- The priority is turned round so that what follows a packet is one stretch of the index.
CREATE INDEX tropeiro_packet_ready ON tropeiro_packet (organization_id, (-priority), seq)
    WHERE state = 'ready' AND NOT hold AND limits IS NULL;
-- Packets that were lost with their worker several times: each worker is given one of them at a time.
CREATE INDEX tropeiro_packet_suspect ON tropeiro_packet (seq)
    WHERE state = 'ready' AND NOT hold AND limits IS NULL AND taken >= 3;
CREATE INDEX tropeiro_packet_due ON tropeiro_packet (due_at) WHERE due_at IS NOT NULL AND state <> 'leased';
CREATE INDEX tropeiro_packet_leased ON tropeiro_packet (worker_id) WHERE state = 'leased';
CREATE INDEX tropeiro_packet_branches ON tropeiro_packet (join_id, branch) WHERE join_id IS NOT NULL;
CREATE INDEX tropeiro_packet_job ON tropeiro_packet (job_id);

-- A split step that waits for its branches; its id is the parked packet's.
CREATE TABLE tropeiro_join (
    id uuid PRIMARY KEY,
    job_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    mode text NOT NULL CHECK (mode IN ('all', 'any', 'settled')),
    total integer NOT NULL,
    arrived integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    concurrency integer,
    bytes bigint NOT NULL DEFAULT 0,
    scope json NOT NULL,
    foreach boolean NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
        autovacuum_vacuum_cost_delay = 0);

CREATE INDEX tropeiro_join_job ON tropeiro_join (job_id);

-- What a branch brought.
CREATE TABLE tropeiro_arrival (
    join_id uuid NOT NULL,
    branch integer NOT NULL,
    organization_id uuid NOT NULL,
    failed boolean NOT NULL,
    result json NOT NULL,
    PRIMARY KEY (join_id, branch)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

SELECT tropeiro_protect('tropeiro_packet', 'SELECT');
SELECT tropeiro_protect('tropeiro_join', 'SELECT');
SELECT tropeiro_protect('tropeiro_arrival', 'SELECT');
