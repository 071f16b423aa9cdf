"""`python -m portal.demo set-up | play NAME...`: what needs the demo's database and sandbox."""

import sys

import django

django.setup()

from portal.demo.names import SCENARIOS as NAMES  # noqa: E402  # models need Django set up
from portal.demo.scenarios import SCENARIOS  # noqa: E402
from portal.demo.setup import set_up  # noqa: E402
from portal.demo.stage import ExpectationFailedError, Stage  # noqa: E402


def main(arguments: list[str]) -> int:
    """0 when everything asked for was done and every expectation held."""
    if arguments == ["set-up"]:
        set_up()
        return 0
    if arguments[:1] == ["play"] and set(arguments[1:]) <= set(NAMES):
        failed = [name for name in arguments[1:] if not play(name)]
        return 1 if failed else 0
    sys.stderr.write(f"{__doc__}\n")
    return 2


def play(name: str) -> bool:
    """Play one scenario; anything that goes wrong is a line of it."""
    stage = Stage(name)
    try:
        SCENARIOS[name](stage)
    except ExpectationFailedError:
        return False
    except Exception as error:  # noqa: BLE001  # the other scenarios go on
        stage.report(False, "the scenario can be played", f"{type(error).__name__}: {error}")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
