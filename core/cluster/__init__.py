"""The cluster: runs that other machines train, by way of a PostgreSQL that all of them reach.

`address` reads where it is and explains why it does not answer; `certificate` has the certificates
of TLS. Only this room names psycopg and procrastinate, the optional extra ``cluster``.
"""
