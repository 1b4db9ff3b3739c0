-- The right to do what one process at a time shall do, time-bounded on the database's clock.
CREATE TABLE leases (
    name       text PRIMARY KEY,
    owner      text NOT NULL,
    expires_at timestamptz NOT NULL
);
