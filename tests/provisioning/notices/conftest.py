from tests.support.worlds import session_sandbox, world

__all__ = ["session_sandbox", "world"]
