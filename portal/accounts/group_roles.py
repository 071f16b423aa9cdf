"""Reading OIDC_GROUP_ROLES. Imports no models: the checks at start read it before there are any."""

#: The values of `portal.roles.Role`; a test compares.
ROLES = ("admin", "operator", "approver", "auditor")


def parse(text: str) -> dict[str, str]:
    """`group:role,group:role` as a mapping. Raises ValueError naming the part that is wrong."""
    found: dict[str, str] = {}
    for pair in text.split(","):
        if not pair.strip():
            continue
        group, _, role = (part.strip() for part in pair.rpartition(":"))
        if not group or role not in ROLES or group in found:
            raise ValueError(pair.strip())
        found[group] = role
    return found
