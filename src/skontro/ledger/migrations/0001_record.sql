-- The record. Rows are only ever added; their order is batch, then position.

CREATE TABLE writer (
    -- How many processes have taken over the record; only the last of them may write.
    epoch bigint NOT NULL
);
INSERT INTO writer VALUES (0);

CREATE TABLE journal (
    batch bigint PRIMARY KEY,
    kind smallint NOT NULL,
    time bigint NOT NULL,           -- microseconds since 1970
    requests integer NOT NULL,      -- numbers of rows in the tables below
    commands integer NOT NULL,
    events integer NOT NULL,
    runs integer NOT NULL,
    postings integer NOT NULL,
    balances integer NOT NULL,
    body text NOT NULL,
    previous_hash bytea NOT NULL UNIQUE,
    content bytea NOT NULL,         -- SHA-256 of header and rows
    hash bytea NOT NULL UNIQUE,
    signature bytea NOT NULL
);

CREATE TABLE request (
    batch bigint NOT NULL,
    position integer NOT NULL,
    participant integer NOT NULL,   -- number in the directory; -1 for the operator and the clock
    person bytea NOT NULL,          -- SHA-256 of who signed
    key bytea NOT NULL,             -- SHA-256 of the client's request id
    content bytea NOT NULL,         -- SHA-256 of what was asked
    first_command integer NOT NULL, -- position of its first command
    commands integer NOT NULL
);

CREATE TABLE command (
    batch bigint NOT NULL,
    position integer NOT NULL,
    kind smallint NOT NULL,
    admission smallint NOT NULL,    -- 0 to the engine, -1 warehoused, else the reason code
    time bigint NOT NULL,
    payer integer NOT NULL,         -- account numbers
    payee integer NOT NULL,
    amount bigint NOT NULL,         -- minor units
    payment_class smallint NOT NULL,
    purpose smallint NOT NULL,
    about bigint NOT NULL,          -- number of the order meant
    earliest bigint NOT NULL,
    latest bigint NOT NULL,
    value_date integer NOT NULL,    -- days since 1970
    uetr uuid NOT NULL
);

CREATE TABLE event (
    batch bigint NOT NULL,
    position integer NOT NULL,
    subject bigint NOT NULL,        -- number of the order, account, run or liquidity transfer
    time bigint NOT NULL,
    kind integer NOT NULL,
    reason integer NOT NULL
);

CREATE TABLE run (
    batch bigint NOT NULL,
    position integer NOT NULL,
    number bigint NOT NULL,
    time bigint NOT NULL,
    algorithm integer NOT NULL,
    currency integer NOT NULL,
    considered bigint NOT NULL,
    settled bigint NOT NULL,
    value bigint NOT NULL,
    posted bigint NOT NULL,
    freed bigint NOT NULL
);

CREATE TABLE posting (
    batch bigint NOT NULL,
    position integer NOT NULL,
    subject bigint NOT NULL,        -- number of the order or liquidity transfer
    time bigint NOT NULL,
    debit integer NOT NULL,         -- account numbers; -1 for what is outside the system
    credit integer NOT NULL,
    amount bigint NOT NULL
);

CREATE TABLE closing_balance (
    batch bigint NOT NULL,
    position integer NOT NULL,      -- account number
    balance bigint NOT NULL,
    credit_line bigint NOT NULL
);

CREATE TABLE snapshot (
    batch bigint PRIMARY KEY,       -- the last batch that it contains
    state bytea NOT NULL
);

CREATE INDEX journal_by_time ON journal (time);

-- Block ranges suffice: rows lie in the order of batches, and a bloom filter finds a UETR.
CREATE INDEX request_by_batch ON request USING brin (batch);
CREATE INDEX command_by_batch ON command USING brin (batch);
CREATE INDEX command_by_uetr ON command USING brin (uetr uuid_bloom_ops);
CREATE INDEX event_by_batch ON event USING brin (batch);
CREATE INDEX run_by_batch ON run USING brin (batch);
CREATE INDEX posting_by_batch ON posting USING brin (batch);
CREATE INDEX closing_balance_by_batch ON closing_balance USING brin (batch);
