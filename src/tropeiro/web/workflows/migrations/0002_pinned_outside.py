from __future__ import annotations

from django.db import migrations

# How many workflows of how many other organizations pin revisions of a service in their newest version. Only its owner
# is told, and only numbers.
PINNED_OUTSIDE = """
CREATE FUNCTION tropeiro_pinned_outside(p_service uuid) RETURNS TABLE (organizations bigint, workflows bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(DISTINCT w.organization_id), count(DISTINCT w.id)
    FROM tropeiro_service s
    JOIN tropeiro_workflow_version v
        ON v.pins && ARRAY(SELECT r.id FROM tropeiro_service_version r WHERE r.service_id = s.id)
    JOIN tropeiro_workflow w ON w.id = v.workflow_id AND w.removed_at IS NULL
    WHERE s.id = p_service AND s.organization_id = tropeiro_organization()
      AND w.organization_id <> s.organization_id
      AND v.version = (SELECT max(n.version) FROM tropeiro_workflow_version n WHERE n.workflow_id = w.id)
$$;
REVOKE EXECUTE ON FUNCTION tropeiro_pinned_outside(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tropeiro_pinned_outside(uuid) TO tropeiro_tenant;
"""


class Migration(migrations.Migration):
    dependencies = (("workflows", "0001_initial"), ("services", "0001_initial"))

    operations = (migrations.RunSQL(PINNED_OUTSIDE, "DROP FUNCTION tropeiro_pinned_outside(uuid)"),)
