-- The tables of a cluster, beside those of procrastinate, in a schema of their own.

-- Which version of Digit Lab made them; every other one is refused.
CREATE TABLE about (version text NOT NULL);

CREATE SEQUENCE stamp;

-- One row for each run that its home has sent and not yet taken back.
CREATE TABLE run (
    key text PRIMARY KEY,                  -- "home/id"
    home text NOT NULL,                    -- which asked for it
    owner text NOT NULL,                   -- a sweep or a person there: fair between them
    config jsonb NOT NULL,                 -- a TrainConfig
    parcels jsonb NOT NULL,                -- what it needs besides: {kind: digest}
    turn integer NOT NULL,                 -- its place in line, the lowest first
    entered bigint NOT NULL DEFAULT nextval('stamp'),
    front boolean NOT NULL DEFAULT false,  -- before all others
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'training', 'over', 'lost', 'withdrawn')),
    attempt integer NOT NULL DEFAULT 0,    -- of the machine that has it: an earlier one is refused
    failures integer NOT NULL DEFAULT 0,   -- machines or trainers that were lost with it
    machine text NOT NULL DEFAULT '',
    contact timestamptz,                   -- when that machine was last heard of
    requests jsonb NOT NULL DEFAULT '{}',  -- from home: see ledger.Requests
    status jsonb,                          -- a store.Status, the last one
    wants text NOT NULL DEFAULT ''         -- a parcel that the machine asks the home for
);
CREATE INDEX run_home ON run (home);
CREATE INDEX run_state ON run (state);

-- The files of a run, as they grow and change.
CREATE TABLE piece (
    key text NOT NULL REFERENCES run ON DELETE CASCADE,
    name text NOT NULL,
    start bigint NOT NULL,                 -- of a file that only grows: the position; else 0
    content bytea NOT NULL,
    stamp bigint NOT NULL DEFAULT nextval('stamp'),
    PRIMARY KEY (key, name, start)
);
CREATE INDEX piece_stamp ON piece (key, stamp);

-- What several runs need, sent once.
CREATE TABLE parcel (
    digest text PRIMARY KEY,               -- SHA-256 of its content, in hex
    content bytea NOT NULL,
    used timestamptz NOT NULL DEFAULT now()
);

-- The machines that take runs.
CREATE TABLE machine (
    id text PRIMARY KEY,                   -- of the process: a machine may have several
    name text NOT NULL,
    places integer NOT NULL,
    contact timestamptz NOT NULL DEFAULT now()
);
