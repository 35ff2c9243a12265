-- The record. Rows are only ever added, in the order of batches.

CREATE TABLE writer (
    -- Number of claims of the record; only the last claimant may write.
    epoch bigint NOT NULL
);
INSERT INTO writer VALUES (0);

-- The writer's connection that may write. Statements of an abandoned connection find another number
-- here and write nothing.
CREATE TABLE writer_connection (
    number bigint NOT NULL
);
INSERT INTO writer_connection VALUES (0);

-- The lease of the writer, with the time of its last renewal. It decides which process may claim
-- the record without the operator's request. Hashes do not cover it.
CREATE TABLE lease (
    singleton boolean PRIMARY KEY CHECK (singleton),
    holder text NOT NULL,
    process text NOT NULL,          -- known to others on the same machine
    epoch bigint NOT NULL,
    renewed timestamptz             -- null when it was given up
);
INSERT INTO lease VALUES (true, 'nobody', '', 0, NULL);

CREATE TABLE journal (
    batch bigint PRIMARY KEY,
    kind smallint NOT NULL,
    time bigint NOT NULL,           -- microseconds since 1970
    requests integer NOT NULL,      -- numbers of elements in the tables below
    commands integer NOT NULL,
    events integer NOT NULL,
    runs integer NOT NULL,
    postings integer NOT NULL,
    balances integer NOT NULL,
    link_statements integer NOT NULL,
    body text NOT NULL,
    previous_hash bytea NOT NULL UNIQUE,
    content bytea NOT NULL,         -- SHA-256 of header and content
    hash bytea NOT NULL UNIQUE,
    signature bytea NOT NULL
);

CREATE INDEX journal_by_time ON journal (time);

CREATE TABLE snapshot (
    batch bigint PRIMARY KEY,       -- the last batch that it contains
    state bytea NOT NULL
);
-- Compressed, a state of a million orders takes a second to write, and four times less as it is.
ALTER TABLE snapshot ALTER COLUMN state SET STORAGE EXTERNAL;

-- The content of batches: one row for each batch, one array for each column, all arrays of a row
-- equally long. A batch without elements of a kind has no row there. An array of times is empty
-- where all elements have the time of the batch, as is usual. An array is also empty where all
-- elements have the default named with it. The views below show the elements as rows.

-- Requests and their senders, one element for each request.
CREATE TABLE request (
    batch bigint PRIMARY KEY,
    participant integer[] NOT NULL, -- number in the directory; -1 for the operator and the clock
    person bytea[] NOT NULL,        -- SHA-256 of who signed
    key bytea[] NOT NULL,           -- SHA-256 of the client's request id
    content bytea[] NOT NULL,       -- SHA-256 of what was asked
    first_command integer[] NOT NULL,-- position of its first command
    commands integer[] NOT NULL     -- how many it has
);

-- Orders and requests as received.
CREATE TABLE command (
    batch bigint PRIMARY KEY,
    kind smallint[] NOT NULL,
    acceptance smallint[] NOT NULL,  -- 0 (default) to the engine, -1 warehoused, else the reason
                                    -- code of a rejection, or its negative where the order is held
    time bigint[] NOT NULL,         -- microseconds since 1970, or empty
    payer integer[] NOT NULL,       -- account numbers
    payee integer[] NOT NULL,
    amount bigint[] NOT NULL,       -- minor units
    payment_class smallint[] NOT NULL,
    payment_type smallint[] NOT NULL,
    order_number bigint[] NOT NULL,        -- number of the order meant; default -1
    earliest bigint[] NOT NULL,     -- microseconds since 1970; default -2^62
    latest bigint[] NOT NULL,       -- default 2^62
    value_date integer[] NOT NULL,  -- days since 1970; default 0, the running day
    uetr uuid[] NOT NULL,
    counterleg uuid[] NOT NULL,     -- of a leg, the order that it is linked with; default all zeros
    counterleg_payer integer[] NOT NULL, -- terms stated for it: account numbers; default -1
    counterleg_payee integer[] NOT NULL,
    counterleg_amount bigint[] NOT NULL, -- minor units; default 0
    details bytea[] NOT NULL,       -- SHA-256 of parties, references, remittance; default all zeros
    screening smallint[] NOT NULL,  -- 0 (default) not screened, 1 passed, 2 held, 3 rejected, 4 released
    travel_rule smallint[] NOT NULL,-- 1 where the details have what the Travel Rule asks for; default 0
    evidence bytea[] NOT NULL,      -- SHA-256 of the evidence of screening; default all zeros
    customer bytea[] NOT NULL,      -- SHA-256 of the debtor's account, identifier or name; default all zeros
    purpose integer[] NOT NULL      -- code of ISO 20022, ASCII as a number; -1 proprietary, default 0
);

-- The texts whose digests orders have: details and evidence as canonical JSON, once in each batch.
-- The digests are hashed with the orders, so a text that was changed has another digest.
CREATE TABLE attachment (
    batch bigint NOT NULL,          -- in which the order came
    digest bytea NOT NULL,          -- SHA-256 of the content
    content bytea NOT NULL,
    PRIMARY KEY (batch, digest)
);

-- Events.
CREATE TABLE event (
    batch bigint PRIMARY KEY,
    subject bigint[] NOT NULL,      -- number of the order, account, run or liquidity transfer
    time bigint[] NOT NULL,         -- microseconds since 1970, or empty
    kind integer[] NOT NULL,
    reason integer[] NOT NULL
);

-- Offsetting runs.
CREATE TABLE run (
    batch bigint PRIMARY KEY,
    number bigint[] NOT NULL,
    time bigint[] NOT NULL,         -- microseconds since 1970, or empty
    algorithm integer[] NOT NULL,
    currency integer[] NOT NULL,
    considered bigint[] NOT NULL,
    settled bigint[] NOT NULL,
    value bigint[] NOT NULL,
    posted bigint[] NOT NULL,
    freed bigint[] NOT NULL
);

-- Postings.
CREATE TABLE posting (
    batch bigint PRIMARY KEY,
    subject bigint[] NOT NULL,      -- number of the order or liquidity transfer
    time bigint[] NOT NULL,         -- microseconds since 1970, or empty
    debit integer[] NOT NULL,       -- account numbers; -1 for what is outside the system
    credit integer[] NOT NULL,
    amount bigint[] NOT NULL        -- minor units
);

-- Balances of all accounts, where a batch seals a day.
CREATE TABLE closing_balance (
    batch bigint PRIMARY KEY,
    balance bigint[] NOT NULL,      -- minor units; the position is the account number
    credit_line bigint[] NOT NULL
);

-- Statements to other systems about links, in the order in which they were made.
CREATE TABLE link_statement (
    batch bigint PRIMARY KEY,
    content bytea[] NOT NULL        -- SHA-256 of the statement's bytes
);

-- Messages of participants as received, each with its answer as sent. They are next to the record:
-- hashes do not cover them, nothing is replayed from them, and old ones may be deleted.
CREATE TABLE message (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time bigint NOT NULL,           -- of the answer, microseconds since 1970
    participant integer NOT NULL,   -- number of its sender in the directory
    key bytea NOT NULL,             -- SHA-256 of sender and message id, as in a request
    digest bytea NOT NULL,          -- SHA-256 of message and answer: the same again is kept once
    name text NOT NULL,             -- for example pacs.008.001.08; empty if it cannot be read
    message_id text NOT NULL,
    answer_name text NOT NULL,
    status smallint NOT NULL,       -- of HTTP
    uetrs uuid[] NOT NULL,          -- orders that it names without instructing them
    content_bytes integer NOT NULL,
    answer_bytes integer NOT NULL,
    content bytea NOT NULL,         -- both compressed (zlib)
    answer bytea NOT NULL
);
ALTER TABLE message ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE message ALTER COLUMN answer SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX message_once ON message (key, digest);
CREATE INDEX message_of_participant ON message (participant, number);
CREATE INDEX message_of_order ON message USING gin (uetrs) WHERE uetrs <> '{}';

-- Long arrays are stored out of line and uncompressed: compression would take four times as long.
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT attrelid::regclass AS name, attname FROM pg_attribute
        WHERE attndims > 0 AND attrelid IN (
            'request'::regclass, 'command'::regclass, 'event'::regclass,
            'run'::regclass, 'posting'::regclass, 'closing_balance'::regclass,
            'link_statement'::regclass)
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER %I SET STORAGE EXTERNAL', one.name, one.attname);
    END LOOP;
END $$;

-- The same content as rows, each with its position in the batch, counted from 0.

CREATE VIEW requests AS
SELECT
    one.batch, (item.ordinal - 1)::integer AS position, item.participant, item.person, item.key,
    item.content, item.first_command, item.commands
FROM request AS one,
    unnest(
        one.participant, one.person, one.key, one.content, one.first_command, one.commands
    ) WITH ORDINALITY AS item (
        participant, person, key, content, first_command, commands, ordinal
    );

CREATE VIEW commands AS
SELECT
    one.batch, (item.ordinal - 1)::integer AS position,
    coalesce(item.time, journal.time) AS time, item.kind,
    coalesce(item.acceptance, 0::smallint) AS acceptance, item.payer, item.payee, item.amount,
    item.payment_class, item.payment_type, coalesce(item.order_number, -1) AS order_number,
    coalesce(item.earliest, -4611686018427387904) AS earliest, coalesce(item.latest, 4611686018427387904) AS latest,
    coalesce(item.value_date, 0) AS value_date, item.uetr,
    coalesce(item.counterleg, '00000000-0000-0000-0000-000000000000'::uuid) AS counterleg,
    coalesce(item.counterleg_payer, -1) AS counterleg_payer,
    coalesce(item.counterleg_payee, -1) AS counterleg_payee,
    coalesce(item.counterleg_amount, 0) AS counterleg_amount,
    coalesce(item.details, decode(repeat('00', 32), 'hex')) AS details,
    coalesce(item.screening, 0::smallint) AS screening,
    coalesce(item.travel_rule, 0::smallint) AS travel_rule,
    coalesce(item.evidence, decode(repeat('00', 32), 'hex')) AS evidence,
    coalesce(item.customer, decode(repeat('00', 32), 'hex')) AS customer,
    coalesce(item.purpose, 0) AS purpose
FROM command AS one JOIN journal USING (batch),
    unnest(
        one.kind, one.acceptance, one.time, one.payer, one.payee, one.amount, one.payment_class,
        one.payment_type, one.order_number, one.earliest, one.latest, one.value_date, one.uetr,
        one.counterleg, one.counterleg_payer, one.counterleg_payee, one.counterleg_amount,
        one.details, one.screening, one.travel_rule, one.evidence, one.customer, one.purpose
    ) WITH ORDINALITY AS item (
        kind, acceptance, time, payer, payee, amount, payment_class, payment_type, order_number, earliest,
        latest, value_date, uetr, counterleg, counterleg_payer, counterleg_payee,
        counterleg_amount, details, screening, travel_rule, evidence, customer, purpose, ordinal
    );

CREATE VIEW events AS
SELECT
    one.batch, (item.ordinal - 1)::integer AS position,
    coalesce(item.time, journal.time) AS time, item.subject, item.kind, item.reason
FROM event AS one JOIN journal USING (batch),
    unnest(
        one.subject, one.time, one.kind, one.reason
    ) WITH ORDINALITY AS item (
        subject, time, kind, reason, ordinal
    );

CREATE VIEW runs AS
SELECT
    one.batch, (item.ordinal - 1)::integer AS position,
    coalesce(item.time, journal.time) AS time, item.number, item.algorithm, item.currency,
    item.considered, item.settled, item.value, item.posted, item.freed
FROM run AS one JOIN journal USING (batch),
    unnest(
        one.number, one.time, one.algorithm, one.currency, one.considered, one.settled, one.value,
        one.posted, one.freed
    ) WITH ORDINALITY AS item (
        number, time, algorithm, currency, considered, settled, value, posted, freed, ordinal
    );

CREATE VIEW postings AS
SELECT
    one.batch, (item.ordinal - 1)::integer AS position,
    coalesce(item.time, journal.time) AS time, item.subject, item.debit, item.credit,
    item.amount
FROM posting AS one JOIN journal USING (batch),
    unnest(
        one.subject, one.time, one.debit, one.credit, one.amount
    ) WITH ORDINALITY AS item (
        subject, time, debit, credit, amount, ordinal
    );

CREATE VIEW closing_balances AS
SELECT
    one.batch, (item.ordinal - 1)::integer AS position, item.balance, item.credit_line
FROM closing_balance AS one,
    unnest(
        one.balance, one.credit_line
    ) WITH ORDINALITY AS item (
        balance, credit_line, ordinal
    );

CREATE VIEW link_statements AS
SELECT one.batch, (item.ordinal - 1)::integer AS position, item.content
FROM link_statement AS one, unnest(one.content) WITH ORDINALITY AS item (content, ordinal);
