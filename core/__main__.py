"""``python -m core``: see `core.cli.main`."""

import sys

try:
    from core.cli.main import main
except KeyboardInterrupt:  # There is half a second for it before `main` can answer.
    print("Interrupted: nothing was lost.", file=sys.stderr)
    sys.exit(2)

main()
