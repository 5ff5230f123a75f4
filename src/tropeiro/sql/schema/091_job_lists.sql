-- What the lists of jobs are filtered by, and acts on many jobs at once.
--
-- A job's state is in an index, so each of its changes writes all indexes of its partition anew: only what lists are
-- asked for every day has an index of its own, and what few jobs have has a partial one. Everything else is found by
-- walking along one of them for a bounded way.

-- One index for what ran: an automation has both ids and is found by its workflow's, a call of a service has one.
CREATE INDEX tropeiro_job_by_version
    ON tropeiro_job (organization_id, (coalesce(workflow_version_id, service_version_id)), id DESC);
CREATE INDEX tropeiro_job_by_project ON tropeiro_job (organization_id, project_id, id DESC) WHERE project_id IS NOT NULL;
CREATE INDEX tropeiro_job_by_trigger ON tropeiro_job (organization_id, trigger_id, id DESC) WHERE trigger_id IS NOT NULL;
CREATE INDEX tropeiro_job_reruns ON tropeiro_job (rerun_of_id) WHERE rerun_of_id IS NOT NULL;

-- An act on many jobs. It goes on until every item has its outcome, whoever works on it, also after its page is closed.
CREATE TABLE tropeiro_bulk (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    act text NOT NULL CHECK (act IN ('cancel', 'pause', 'resume', 'retry', 'rerun')),
    version text NOT NULL DEFAULT 'same' CHECK (version IN ('same', 'newest')),
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'stopped', 'done')),
    chosen text NOT NULL DEFAULT '',
    language text NOT NULL DEFAULT 'en',
    total integer NOT NULL,
    started_by_id bigint,
    started_by text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);

CREATE INDEX tropeiro_bulk_recent ON tropeiro_bulk (organization_id, id DESC);
CREATE INDEX tropeiro_bulk_running ON tropeiro_bulk (id) WHERE state = 'running';

-- n is the order in which the jobs are taken. outcome is null until it was tried.
CREATE TABLE tropeiro_bulk_item (
    bulk_id uuid NOT NULL REFERENCES tropeiro_bulk (id) ON DELETE CASCADE,
    n integer NOT NULL,
    organization_id uuid NOT NULL,
    job_id uuid NOT NULL,
    name text NOT NULL DEFAULT '',
    outcome text CHECK (outcome IN ('done', 'refused', 'left')),
    code text NOT NULL DEFAULT '',
    message text NOT NULL DEFAULT '',
    new_job_id uuid,
    at timestamptz,
    PRIMARY KEY (bulk_id, n)
);

CREATE INDEX tropeiro_bulk_item_open ON tropeiro_bulk_item (bulk_id, n) WHERE outcome IS NULL;
CREATE INDEX tropeiro_bulk_item_refused ON tropeiro_bulk_item (bulk_id, n) WHERE outcome IN ('refused', 'left');

SELECT tropeiro_protect('tropeiro_bulk', 'SELECT, INSERT, UPDATE, DELETE');
SELECT tropeiro_protect('tropeiro_bulk_item', 'SELECT, INSERT, UPDATE');
