"""The shell: ``python -m core COMMAND``.

`main` holds the group of commands and its exit codes. The other modules hold the commands by
subject; `output` prints, and `follow` watches a run.
"""
