-- name: set_limit
-- Set a limit, or change the numbers of the one that its organization has for the same. A new bucket is full; a changed
-- one keeps what it has. Workers are told at commit.
INSERT INTO tropeiro_limit (
    id, organization_id, kind, subject, everyone, project_id, concurrency, calls, period_ms, burst, tokens, filled_at)
VALUES (
    %(id)s, %(organization)s, %(kind)s, %(subject)s, %(everyone)s, %(project)s, %(concurrency)s, %(calls)s,
    %(period_ms)s, %(burst)s, coalesce(%(burst)s, 0), clock_timestamp())
ON CONFLICT (organization_id, kind, subject, project_id) DO UPDATE
SET concurrency = excluded.concurrency, calls = excluded.calls, period_ms = excluded.period_ms, burst = excluded.burst,
    tokens = CASE WHEN tropeiro_limit.calls IS NULL THEN excluded.tokens
        ELSE coalesce(least(excluded.burst, tropeiro_tokens(tropeiro_limit, excluded.filled_at)), 0) END,
    filled_at = excluded.filled_at, updated_at = excluded.filled_at
RETURNING id

-- name: remove_limit
-- Limit no longer; what waits for it may begin. Workers are told at commit.
DELETE FROM tropeiro_limit WHERE id = %(id)s

-- name: limit_use
-- How many calls are under way and how many wait, for each limit of an organization.
SELECT id, running, waiting FROM tropeiro_limit_use(%(organization)s)

-- name: list_limits
-- The limits of an organization with their use. A tenant's.
SELECT l.id, l.kind, l.subject, l.everyone, p.slug, l.concurrency, l.calls, l.period_ms, l.burst, u.running, u.waiting,
    l.updated_at
FROM tropeiro_limit l
JOIN tropeiro_limit_use(%(organization)s) u ON u.id = l.id
LEFT JOIN tropeiro_project p ON p.id = l.project_id
WHERE l.organization_id = %(organization)s
ORDER BY array_position(ARRAY['organization', 'service', 'credential'], l.kind), l.subject, p.slug
