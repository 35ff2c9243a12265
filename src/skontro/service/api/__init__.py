"""The HTTP interface: routes, schemas, errors as problem documents."""
