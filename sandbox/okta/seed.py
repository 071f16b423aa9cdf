"""Acme: a dozen people, some groups, an app, tokens. Written without events."""

from sandbox.okta import apps, groups, users
from sandbox.okta.events import SYSTEM, user_target
from sandbox.okta.state import Operation, Org
from sandbox.web import Json

#: The token of the product, and that of the admin console behind the page and the client.
API_TOKEN = "00sandbox-token"
CONSOLE_TOKEN = "00sandbox-console"
ADMIN = "ada.admin@acme.example"
#: first name, last name, department, title
PEOPLE = (
    ("Ada", "Admin", "IT", "Okta administrator"),
    ("Maya", "Lindqvist", "Sales", "Account executive"),
    ("Joshua", "Dominguez", "Sales", "Sales engineer"),
    ("Zoë", "Müller", "Sales", "Regional manager"),
    ("Łukasz", "Żak", "Marketing", "Brand designer"),
    ("Ines", "Ferreira", "Marketing", "Content lead"),
    ("Haruto", "田中", "Engineering", "Platform engineer"),
    ("Siobhán", "O'Neill", "Engineering", "Staff engineer"),
    ("Amara", "Okafor", "Support", "Contact centre agent"),
    ("Dmitri", "Петров", "Support", "Contact centre supervisor"),
    ("Noor", "al-Hashimi", "Finance", "Controller"),
    ("Grace", "Whitfield", "People", "HR partner"),
)
LOGINS = {
    "Zoë": "zoe.mueller",
    "Łukasz": "lukasz.zak",
    "Haruto": "haruto.tanaka",
    "Siobhán": "siobhan.oneill",
    "Dmitri": "dmitri.petrov",
    "Noor": "noor.alhashimi",
}
GROUPS = (
    ("Sales", "Everybody who sells"),
    ("Marketing", "Everybody in marketing"),
    ("Engineering", "Everybody in engineering"),
    ("Support", "Everybody in support"),
    ("amazon_connect", "Agents with an Amazon Connect account"),
    ("aws_admins", "Administrators of the AWS organisation"),
)
CONNECT_AGENTS = ("Amara", "Dmitri")


def fill(org: Org) -> None:
    """Into an empty org; the lock is taken."""
    with org.lock:
        operation = Operation(actor=SYSTEM, uri="")
        groups.create_group(org, operation, {"name": "Everyone"}, "BUILT_IN")
        by_name = {
            name: groups.create_group(org, operation, {"name": name, "description": text})
            for name, text in GROUPS
        }
        app = apps.create_app(org, operation, "Acme CRM")
        for person in PEOPLE:
            _add(org, operation, person, by_name, app)
        org.admin.update(user_target(org.user(ADMIN)))
        add_tokens(org)
        org.log.clear()


def add_tokens(org: Org) -> None:
    admin = org.admin["id"]
    org.api_tokens[API_TOKEN] = {"id": "00TsandboxProduct001", "user": admin}
    org.api_tokens[CONSOLE_TOKEN] = {"id": "", "user": admin, "console": True}


def _add(
    org: Org,
    operation: Operation,
    person: tuple[str, str, str, str],
    by_name: dict[str, Json],
    app: Json,
) -> None:
    first, last, department, title = person
    login = LOGINS.get(first, f"{first}.{last}".lower())
    address = f"{login}@acme.example"
    profile = {"login": address, "email": address, "firstName": first, "lastName": last}
    profile |= {"displayName": f"{first} {last}", "department": department, "title": title}
    body: Json = {"profile": profile, "credentials": {"password": {"value": "set"}}}
    user = users.create_user(org, operation, body, activate=True)
    if department in by_name:
        groups.add_member(org, operation, by_name[department]["id"], user["id"])
    if first in CONNECT_AGENTS:
        groups.add_member(org, operation, by_name["amazon_connect"]["id"], user["id"])
    if department == "Sales":
        apps.assign(org, operation, app, user, {"role": "seller"})
