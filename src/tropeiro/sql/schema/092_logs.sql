-- Looking through the logs of all jobs of an organization.

-- The service that spoke, as in tropeiro_step.uses; empty for what the platform says itself.
ALTER TABLE tropeiro_log ADD COLUMN uses text NOT NULL DEFAULT '';

-- By time, across jobs. It ends with the level, so that rare levels are found, and lines are counted by level, in the
-- index alone. New lines of an organization go to its right end: one page is written to, whatever the table has grown to.
CREATE INDEX tropeiro_log_recent ON tropeiro_log (organization_id, at, id, level);
