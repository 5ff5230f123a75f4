-- How many requests each API token has left: a bucket that fills evenly, and from which every request takes one.
-- Unlogged: a crash of the database fills them all, and no request waits for a disk. Rows of tokens that are no more are
-- few, and mean nothing.
CREATE UNLOGGED TABLE tropeiro_token_rate (
    token_id uuid PRIMARY KEY,
    -- How many are left; when it would fall below nothing the request is refused, and takes none.
    left_over double precision NOT NULL,
    refused boolean NOT NULL DEFAULT false,
    filled_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- What a bucket holds by now. A clock that was put back takes nothing out of it.
CREATE FUNCTION tropeiro_filled(p_rate tropeiro_token_rate, p_gain double precision, p_most double precision)
    RETURNS double precision LANGUAGE sql STABLE AS $$
    SELECT least(p_most, p_rate.left_over
        + greatest(0, extract(epoch FROM clock_timestamp() - p_rate.filled_at))::double precision * p_gain)
$$;

-- Take one from a token's bucket, which gains p_gain a second and holds p_most. Returns after how many seconds there is
-- one again for a request that is refused, and 0 for one that is let in.
CREATE FUNCTION tropeiro_take_request(p_token uuid, p_gain double precision, p_most double precision)
    RETURNS double precision LANGUAGE sql AS $$
    INSERT INTO tropeiro_token_rate AS r (token_id, left_over, filled_at) VALUES (p_token, p_most - 1, clock_timestamp())
    ON CONFLICT (token_id) DO UPDATE SET
        left_over = tropeiro_filled(r, p_gain, p_most) - (tropeiro_filled(r, p_gain, p_most) >= 1)::integer,
        refused = tropeiro_filled(r, p_gain, p_most) < 1,
        filled_at = clock_timestamp()
    RETURNING CASE WHEN r.refused THEN greatest(0.001, (1 - r.left_over) / p_gain) ELSE 0 END
$$;

REVOKE EXECUTE ON FUNCTION tropeiro_take_request(uuid, double precision, double precision) FROM PUBLIC;
