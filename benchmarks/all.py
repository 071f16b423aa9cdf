"""All benchmarks, one after the other; their tables on standard output, progress beside.

    python -m benchmarks.all [--data DIR]

Takes about half an hour, most of it for the reference data of `lists` where DIR has none.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.figures import say


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__))
    parser.add_argument("--data", type=Path, help="folder with the reference data of `lists`")
    chosen = parser.parse_args()
    folder = ["--data", str(chosen.data)] if chosen.data else []
    failed = []
    for name in ("accepting", "processing", "auditing", "starting", "backtest", "lists"):
        say(f"{name} …")
        extra = folder if name == "lists" else []
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *extra], check=False)
        if done.returncode:
            failed.append(name)
        print(flush=True)
    if failed:
        say(f"These did not come to an end: {', '.join(failed)}.")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
