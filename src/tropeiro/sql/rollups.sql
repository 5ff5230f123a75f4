-- name: roll
-- Add to the rollups what happened since; see schema/090_rollups.sql.
SELECT tropeiro_roll(%(limit)s) AS taken

-- name: recount
-- Count whole days again from the jobs; see schema/090_rollups.sql.
SELECT tropeiro_recount(%(organization)s, %(from)s, %(to)s)

-- name: forget
-- Forget what is older than each grain is kept for.
SELECT tropeiro_forget_rollups(now() - %(minutes)s * interval '1 hour', now() - %(hours)s * interval '1 day',
    now() - %(days)s * interval '1 day') AS gone
