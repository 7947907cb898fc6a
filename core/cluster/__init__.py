"""The cluster: runs of this machine that others train, through a PostgreSQL that all of them reach.

At home, where a run is wanted::

    address      where the database is, and how it is reached safely
    certificate  the one that its server must show
    faults       what may be wrong with the connection, in a sentence each
    errand       the mark in a run's folder: it trains elsewhere
    sending      whether runs can be sent, and the start of the mirror
    mirror       the process that sends such runs, and keeps their folders as others write them
    sent         one of these runs, as its home has it

Where it trains::

    machine      ``python -m core work``: takes runs, as many at a time as it has places
    trainer      one run on another machine: a home of its own, `core.worker`, the way to and fro

Between them::

    connection   to the database, and its tables, ``schema.sql``
    line         who is next: procrastinate's jobs
    ledger       each run's state, one row: who may do what with it
    pieces       the files of a run on their way
    parcels      data, corrections and models, by their digest
    own_model    a model of a person's own that a run starts from

A database for a room that has none::

    server       ``python -m core cluster serve``
    programs     PostgreSQL's own programs, wherever they are
    database     PostgreSQL with its data in a folder
    listener     lets others come, by TLS

Nothing but data travels: a configuration, arrays, the files of a run folder, each of a known name
and a bounded size. Without an address, nothing here is used. Only this room names psycopg and
procrastinate, the optional extra ``cluster``.
"""
