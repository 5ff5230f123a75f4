-- Projects that are archived: nothing of theirs starts anew. What is deleted is archived too, and hidden besides.

-- Few projects are archived, and mostly none is: who starts a job asks this index first.
CREATE INDEX tropeiro_project_archived ON tropeiro_project (id) WHERE archived_at IS NOT NULL;

-- What keeps something from starting: the first archived project among p_projects, or among those whose services
-- p_services (revisions) call, however deep inside the automations; one of another organization that is suspended counts
-- as archived. No row when nothing does.
-- project is its short name where it is the organization's own, else empty; service is what is called directly.
-- Promises: tells nothing of another organization that its public service does not.
CREATE FUNCTION tropeiro_archived(p_organization uuid, p_projects uuid[], p_services uuid[])
    RETURNS TABLE (project text, service text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM tropeiro_only_own(p_organization);
    IF NOT EXISTS (SELECT FROM tropeiro_project p WHERE p.archived_at IS NOT NULL)
       AND NOT EXISTS (SELECT FROM tropeiro_suspension) THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH RECURSIVE called (revision, direct) AS (
        SELECT s, s FROM unnest(p_services) AS s
        UNION
        SELECT inside, c.direct
        FROM called c
        JOIN tropeiro_service_version v ON v.id = c.revision
        JOIN tropeiro_workflow_version w ON w.id = (v.implementation ->> 'workflow_version')::uuid
        CROSS JOIN LATERAL unnest(w.pins) AS inside
    ), reached (id, direct) AS (
        SELECT p, NULL::uuid FROM unnest(p_projects) AS p
        UNION
        SELECT s.project_id, c.direct
        FROM called c
        JOIN tropeiro_service_version v ON v.id = c.revision
        JOIN tropeiro_service s ON s.id = v.service_id
    )
    SELECT CASE WHEN p.organization_id = p_organization THEN p.slug::text ELSE '' END,
        coalesce(dp.slug || '/' || d.name, '')
    FROM reached r
    JOIN tropeiro_project p ON p.id = r.id AND (p.archived_at IS NOT NULL OR p.organization_id <> p_organization
        AND EXISTS (SELECT FROM tropeiro_suspension s WHERE s.organization_id = p.organization_id))
    LEFT JOIN tropeiro_service_version dv ON dv.id = r.direct
    LEFT JOIN tropeiro_service d ON d.id = dv.service_id
    LEFT JOIN tropeiro_project dp ON dp.id = d.project_id
    ORDER BY r.direct NULLS FIRST, p.slug LIMIT 1;
END
$$;
REVOKE EXECUTE ON FUNCTION tropeiro_archived(uuid, uuid[], uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tropeiro_archived(uuid, uuid[], uuid[]) TO tropeiro_tenant;
