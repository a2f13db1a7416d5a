"`python -m genmodels` is the command `genmodels`"

import sys

from genmodels.cli import main

if __name__ == "__main__":
    sys.exit(main())
