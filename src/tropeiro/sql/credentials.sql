-- name: used_by
-- Who names these credentials: workflows and automations in their newest version, and services that sign with one. Where
-- a project has a credential of its own by a name, the organization's by the same name is not used.
WITH wanted AS (
    SELECT c.id, c.name, c.project_id FROM tropeiro_credential c
    WHERE c.organization_id = %(organization)s AND c.id = ANY (%(ids)s)
), named AS (
    SELECT CASE WHEN w.automation THEN 'automation' ELSE 'workflow' END AS kind, coalesce(a.id, w.id) AS id, w.project_id,
        w.name, n.credential
    FROM tropeiro_workflow_version v
    JOIN tropeiro_workflow w ON w.id = v.workflow_id AND w.removed_at IS NULL
    LEFT JOIN tropeiro_service a ON w.automation AND a.project_id = w.project_id AND a.name = w.name
    CROSS JOIN LATERAL unnest(tropeiro_named_credentials(v.pinned)) AS n(credential)
    WHERE v.organization_id = %(organization)s
      AND tropeiro_named_credentials(v.pinned) && ARRAY(SELECT name::text FROM wanted)
      AND a.removed_at IS NULL
      AND v.version = (SELECT max(o.version) FROM tropeiro_workflow_version o WHERE o.workflow_id = w.id)
    UNION ALL
    SELECT 'service', s.id, s.project_id, s.name, v.implementation ->> 'signing_credential'
    FROM tropeiro_service s
    JOIN LATERAL (
        SELECT o.implementation FROM tropeiro_service_version o WHERE o.service_id = s.id
        ORDER BY o.version DESC, o.revision DESC LIMIT 1) v ON true
    WHERE s.organization_id = %(organization)s AND s.kind = 'http' AND s.removed_at IS NULL
)
SELECT w.id, n.kind, n.id, coalesce(p.slug, ''), n.name
FROM wanted w
JOIN named n ON n.credential = w.name
LEFT JOIN tropeiro_project p ON p.id = n.project_id
WHERE n.project_id = w.project_id OR w.project_id IS NULL AND NOT EXISTS (
    SELECT FROM tropeiro_credential o
    WHERE o.organization_id = %(organization)s AND o.name = w.name AND o.project_id = n.project_id)
ORDER BY w.id, 4, n.name, n.kind LIMIT %(limit)s
