-- Who names a credential: asked before one is deleted, and shown beside it.

-- The credentials that the steps of a workflow's document name. A step is what has an id and calls something: what only
-- looks like one inside the data of a call may be counted too, and then says that it is used where it is not.
CREATE FUNCTION tropeiro_named_credentials(p_document json) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(
        SELECT DISTINCT name FROM jsonb_array_elements_text(jsonb_path_query_array(
            p_document::jsonb, '$.** ? (exists (@.id) && exists (@.uses)).credential ? (@.type() == "string")')) AS name
        ORDER BY name);

CREATE INDEX tropeiro_workflow_version_credentials ON tropeiro_workflow_version
    USING gin (tropeiro_named_credentials(pinned));
