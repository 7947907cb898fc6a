"""``python -m core``: see `core.cli.main`."""

import sys

try:
    from core.cli.main import main
except KeyboardInterrupt:  # Ctrl-C can come in the half second before `main` handles it.
    print("Interrupted: nothing was lost.", file=sys.stderr)
    sys.exit(2)

main()
