"`python -m genmodels` is the command `genmodels`"

import os
import sys

try:
    from genmodels.cli import main
except KeyboardInterrupt:
    sys.exit(os.write(2, b"stopped\n") and 130)

if __name__ == "__main__":
    sys.exit(main())
