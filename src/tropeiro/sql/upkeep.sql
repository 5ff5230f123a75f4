-- name: move_front
SELECT tropeiro_move_front(%(most)s, %(everything)s) AS last

-- name: swollen
-- The queue's tables of which more than so many rows are dead, where we may clean them up.
SELECT c.relname AS table, pg_stat_get_dead_tuples(c.oid) AS dead
FROM pg_class c
WHERE c.oid IN ('tropeiro_packet'::regclass, 'tropeiro_join'::regclass, 'tropeiro_arrival'::regclass)
  AND pg_stat_get_dead_tuples(c.oid) > %(dead)s AND pg_has_role(c.relowner, 'USAGE')

-- name: sweep_sessions
-- Delete some sessions that have run out, and what lists them to their users; also lists of sessions that are no more,
-- but none so young that the session may still be about to be written. Returns how many rows there were.
WITH ended AS (
    DELETE FROM django_session s WHERE s.session_key IN (
        SELECT e.session_key FROM django_session e WHERE e.expire_date < now() ORDER BY e.expire_date LIMIT %(rows)s
        FOR UPDATE SKIP LOCKED)
    RETURNING s.session_key
), listed AS (
    DELETE FROM usersessions_usersession u WHERE u.id IN (
        SELECT o.id FROM usersessions_usersession o
        WHERE o.session_key IN (SELECT e.session_key FROM ended e)
           OR (o.created_at < now() - interval '1 hour'
               AND NOT EXISTS (SELECT FROM django_session s WHERE s.session_key = o.session_key))
        LIMIT 2 * %(rows)s)
    RETURNING u.id
)
SELECT (SELECT count(*) FROM ended) + (SELECT count(*) FROM listed) AS swept
