"""The shell: ``python -m core COMMAND``.

`main` holds the group of commands and its exit codes; the other modules hold the commands by
subject. `output` is how they print, and `follow` how they watch a run.
"""
