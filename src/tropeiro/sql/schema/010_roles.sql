-- The role under which the web side works for one organization. It owns nothing, so row-level security binds it.
DO $$
BEGIN
    CREATE ROLE tropeiro_tenant NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN
    -- An administrator may have made it for a role that cannot; whoever migrates has looked whether it is there.
    NULL;
END
$$;

-- Being a member lets the login role become it with SET LOCAL ROLE.
DO $$
BEGIN
    EXECUTE format('GRANT tropeiro_tenant TO %I', current_user);
EXCEPTION WHEN invalid_grant_operation OR insufficient_privilege THEN
    NULL;
END
$$;

GRANT USAGE ON SCHEMA public TO tropeiro_tenant;

-- The organization that the transaction works for; null outside one, which matches no row.
CREATE FUNCTION tropeiro_organization() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('tropeiro.organization', true), '')::uuid;

-- What runs with the owner's rights goes past row-level security, so it asks itself: a tenant acts on its own alone.
CREATE FUNCTION tropeiro_only_own(p_organization uuid) RETURNS void
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF current_setting('role') = 'tropeiro_tenant' AND p_organization IS DISTINCT FROM tropeiro_organization() THEN
        RAISE insufficient_privilege USING MESSAGE = 'the transaction works for another organization';
    END IF;
END
$$;

-- Put a table under the tenant's eyes: only rows of its organization, in both directions.
CREATE FUNCTION tropeiro_protect(p_table regclass, p_privileges text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
    EXECUTE format(
        'CREATE POLICY tenant ON %s TO tropeiro_tenant '
        'USING (organization_id = tropeiro_organization()) WITH CHECK (organization_id = tropeiro_organization())',
        p_table);
    EXECUTE format('GRANT %s ON %s TO tropeiro_tenant', p_privileges, p_table);
END
$$;
