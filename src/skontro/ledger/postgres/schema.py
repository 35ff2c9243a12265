"""Comparison of a record's schema, tables and views, with that of this program.

The record's hashes do not cover the schema, and a changed view, trigger or rule makes SQL differ
from the rows. Each version of PostgreSQL prints definitions differently. So the same migrations are
applied to temporary tables of the same server, and the two catalogues are compared.
"""

import re
from typing import Final

import psycopg

from skontro.ledger.postgres.connection import VERSIONS_TABLE, Connection, migrations

#: Each object of the catalogue: kind, name and all relevant properties.
Schema = dict[tuple[str, str], str]

#: Kinds named before their parts.
_WHOLE: Final = ("table", "view")

#: Kinds of relation as the catalogue abbreviates them.
_KINDS: Final = """
CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'i' THEN 'index'
    WHEN 'S' THEN 'sequence' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
    WHEN 'p' THEN 'partitioned table' WHEN 'c' THEN 'type' ELSE 'relation' END
"""

#: Kind, name and description of everything in a schema (%(schema)s is its number), except members
#: of an extension. Owners and grants are left to each installation.
_CATALOGUE: Final = (
    f"""
    SELECT {_KINDS}, c.relname, concat_ws(' ', c.relrowsecurity, c.relforcerowsecurity,
        (SELECT string_agg(o, ',' ORDER BY o) FROM unnest(c.reloptions) AS o
            WHERE c.relkind <> 'r'),
        (SELECT count(*) FROM pg_inherits WHERE c.oid IN (inhparent, inhrelid)),
        CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, false) END,
        CASE WHEN c.relkind = 'i' THEN pg_get_indexdef(c.oid) END)
    FROM pg_class AS c WHERE c.relnamespace = %(schema)s AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid
            AND deptype = 'e')
    """,
    """
    SELECT 'column', c.relname || '.' || a.attname, concat_ws(' ',
        row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),
        format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
        a.attstorage, a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = %(schema)s AND c.relkind IN ('r', 'v') AND a.attnum > 0
        AND NOT a.attisdropped AND NOT EXISTS (
            SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid
                AND deptype = 'e')
    """,
    """
    SELECT 'constraint', conrelid::regclass || '.' || conname,
        concat_ws(' ', contype, convalidated, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = %(schema)s AND conrelid <> 0
    """,
    """
    SELECT 'trigger', tgrelid::regclass || '.' || tgname,
        concat_ws(' ', tgenabled, pg_get_triggerdef(t.oid))
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid
    WHERE c.relnamespace = %(schema)s
    """,
    """
    SELECT 'rule', ev_class::regclass || '.' || rulename,
        concat_ws(' ', ev_enabled, pg_get_ruledef(r.oid))
    FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = ev_class
    WHERE c.relnamespace = %(schema)s AND NOT (rulename = '_RETURN' AND relkind IN ('v', 'm'))
    """,
    """
    SELECT 'policy', polrelid::regclass || '.' || polname, concat_ws(' ', polcmd, polpermissive,
        pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
    FROM pg_policy AS p JOIN pg_class AS c ON c.oid = polrelid
    WHERE c.relnamespace = %(schema)s
    """,
    """
    SELECT 'function', p.oid::regprocedure::text,
        CASE WHEN prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) ELSE prokind::text END
    FROM pg_proc AS p WHERE pronamespace = %(schema)s AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid
            AND deptype = 'e')
    """,
    """
    SELECT 'operator', o.oid::regoperator::text, oprcode::text
    FROM pg_operator AS o WHERE oprnamespace = %(schema)s AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_operator'::regclass AND objid = o.oid
            AND deptype = 'e')
    """,
    """
    SELECT 'type', t.typname, concat_ws(' ', typtype, format_type(typbasetype, typtypmod))
    FROM pg_type AS t WHERE typnamespace = %(schema)s AND typrelid = 0 AND typcategory <> 'A'
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_type'::regclass
            AND objid = t.oid AND deptype = 'e')
    """,
)

#: Errors when temporary tables are impossible: no privilege, or a read-only replica.
_NOT_ALLOWED: Final = ("42501", "25006", "0A000")


def expected_schema(connection: Connection) -> Schema | None:
    """The schema that this program's migrations create on this server.

    Args:
        connection: outside of a transaction; it leaves no traces.

    Returns:
        None where the server does not allow temporary tables.
    """
    try:
        connection.execute("BEGIN READ WRITE")
        connection.execute("SET LOCAL search_path = pg_temp")
        connection.execute(VERSIONS_TABLE)
        for _, sql in migrations():
            connection.execute(sql.encode())
        row = connection.execute("SELECT pg_my_temp_schema()::bigint").fetchone()
        return _read_schema(connection, 0 if row is None else int(str(row[0])))
    except psycopg.Error as error:
        if error.sqlstate in _NOT_ALLOWED:
            return None
        raise
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")


def schema_difference(connection: Connection, expected: Schema) -> str | None:
    """The first difference between the schema of a record and the one expected.

    Args:
        connection: to the record.
        expected: from `expected_schema` on the same server.

    Returns:
        None where they agree.
    """
    row = connection.execute(
        "SELECT relnamespace::bigint, relnamespace::regnamespace::text FROM pg_class "
        "WHERE oid = 'journal'::regclass"
    ).fetchone()
    schema, name = (0, "") if row is None else (int(str(row[0])), str(row[1]))
    for kind, relation in [key for key in expected if key[0] in _WHOLE]:
        found = connection.execute(
            "SELECT relnamespace::bigint, relpersistence FROM pg_class WHERE oid = to_regclass(%s)",
            [relation],
        ).fetchone()
        if found != (schema, "p"):
            return f"{kind} {relation}: it is not in the schema {name}, or not kept durably"
    connection.execute(f"SET LOCAL search_path = {name}".encode())
    recorded = _read_schema(connection, schema)
    keys = sorted(expected.keys() | recorded.keys(), key=lambda key: (key[0] not in _WHOLE, key))
    for key in keys:
        one, other = recorded.get(key), expected.get(key)
        if one != other:
            kind, name = key
            if other is None:
                return f"{kind} {name}: the record has no such {kind}"
            if one is None:
                return f"{kind} {name}: it is missing"
            return f"{kind} {name}: it is not as this program makes it"
    return None


def _read_schema(connection: Connection, schema: int) -> Schema:
    """All objects of a schema, which is the only one on the search path."""
    row = connection.execute("SELECT %s::oid::regnamespace::text", [schema]).fetchone()
    own = re.compile(rf"\b(pg_temp(_\d+)?|{re.escape(str(row[0] if row else ''))})\.")
    found: Schema = {}
    for query in _CATALOGUE:
        rows = connection.execute(query.encode(), {"schema": schema}).fetchall()
        for kind, name, text in rows:
            found[str(kind), own.sub("", str(name))] = own.sub("", str(text))
    return found
