-- name: archived
-- What keeps something from starting; see schema/085_archiving.sql.
SELECT project, service FROM tropeiro_archived(%(organization)s, %(projects)s::uuid[], %(services)s::uuid[])

-- name: callers_outside
-- Who calls a project's services from outside of it, in the newest version of a workflow: one row a workflow of the
-- organization's, and one for all of other organizations.
SELECT b.own, b.own AND b.automation, b.workflow_id, max(b.project), max(b.name), array_agg(DISTINCT s.name ORDER BY s.name),
    count(*)
FROM tropeiro_pinned_by(ARRAY(
    SELECT v.id FROM tropeiro_service_version v JOIN tropeiro_service s ON s.id = v.service_id
    WHERE s.project_id = %(project)s)) b
JOIN tropeiro_service_version v ON v.id = b.service_version_id
JOIN tropeiro_service s ON s.id = v.service_id
LEFT JOIN tropeiro_workflow w ON w.id = b.workflow_id
WHERE w.project_id IS DISTINCT FROM %(project)s AND NOT (b.automation AND EXISTS (
    SELECT FROM tropeiro_service a WHERE a.project_id = w.project_id AND a.name = w.name AND a.removed_at IS NOT NULL))
GROUP BY b.own, b.own AND b.automation, b.workflow_id
ORDER BY b.own DESC, 4, 5 LIMIT %(limit)s

-- name: under_way
-- Jobs of a project that are not over: those that still have a packet.
SELECT j.id, j.name FROM tropeiro_job j WHERE j.id IN (
    SELECT p.job_id FROM tropeiro_packet p
    WHERE p.organization_id = %(organization)s AND p.project_id = %(project)s LIMIT 100)
ORDER BY j.id

-- name: going
-- What is deleted with a project, apart from its triggers.
SELECT kind, name FROM (
    SELECT CASE s.kind WHEN 'automation' THEN 'automation' ELSE 'service' END AS kind, s.name
    FROM tropeiro_service s WHERE s.project_id = %(project)s AND s.removed_at IS NULL
    UNION ALL
    SELECT 'workflow', w.name FROM tropeiro_workflow w
    WHERE w.project_id = %(project)s AND NOT w.automation AND w.removed_at IS NULL
    UNION ALL
    SELECT 'credential', c.name FROM tropeiro_credential c WHERE c.project_id = %(project)s
    UNION ALL
    SELECT 'limit', l.subject FROM tropeiro_limit l WHERE l.organization_id = %(organization)s
        AND (l.project_id = %(project)s OR l.kind = 'service' AND starts_with(l.subject, %(subjects)s))
) g ORDER BY kind, name LIMIT %(limit)s

-- name: documents_inside
-- The newest documents of a project's own workflows and automations that call something of the project.
SELECT w.id, w.name, w.automation, v.document FROM tropeiro_workflow w
JOIN LATERAL (
    SELECT n.document, n.pins FROM tropeiro_workflow_version n WHERE n.workflow_id = w.id ORDER BY n.version DESC LIMIT 1
) v ON true
WHERE w.project_id = %(project)s AND w.removed_at IS NULL AND EXISTS (
    SELECT FROM tropeiro_service_version sv JOIN tropeiro_service s ON s.id = sv.service_id
    WHERE sv.id = ANY (v.pins) AND s.project_id = %(project)s)
ORDER BY w.name LIMIT %(limit)s

-- name: trigger_targets
-- What the organization's triggers start, as they name it.
SELECT t.id, t.name, t.target FROM tropeiro_trigger t
WHERE t.organization_id = %(organization)s ORDER BY t.name LIMIT %(limit)s

-- name: limited_services
-- The services of a project that have a limit, which names them with their project.
SELECT l.subject FROM tropeiro_limit l
WHERE l.organization_id = %(organization)s AND l.kind = 'service' AND starts_with(l.subject, %(subjects)s)
ORDER BY l.subject LIMIT %(limit)s

-- name: remove_workflows
-- Hide a project's workflows, the insides of its automations too.
UPDATE tropeiro_workflow SET removed_at = now() WHERE project_id = %(project)s AND removed_at IS NULL

-- name: remove_services
-- Hide a project's services; their versions stay for the jobs that know them.
UPDATE tropeiro_service SET removed_at = now() WHERE project_id = %(project)s AND removed_at IS NULL

-- name: remove_limits
-- Forget the limits of a project's services, and of credentials in it.
DELETE FROM tropeiro_limit
WHERE project_id = %(project)s OR kind = 'service' AND starts_with(subject, %(subjects)s)
