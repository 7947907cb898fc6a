"""The cluster: runs that other machines train, by way of a PostgreSQL that all of them reach.

`address` reads where it is, and explains with `faults` why it does not answer; `certificate` keeps
the one that a fingerprint names. `server` runs a PostgreSQL for a room: `programs` finds it,
`database` starts it, `listener` lets others come by TLS. Only this room names psycopg and
procrastinate, the optional extra ``cluster``.
"""
