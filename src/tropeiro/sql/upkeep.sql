-- name: move_front
SELECT tropeiro_move_front(%(most)s, %(everything)s) AS last

-- name: swollen
-- The queue's tables of which more than so many rows are dead, where we may clean them up.
SELECT c.relname AS table, pg_stat_get_dead_tuples(c.oid) AS dead
FROM pg_class c
WHERE c.oid IN ('tropeiro_packet'::regclass, 'tropeiro_join'::regclass, 'tropeiro_arrival'::regclass)
  AND pg_stat_get_dead_tuples(c.oid) > %(dead)s AND pg_has_role(c.relowner, 'USAGE')
