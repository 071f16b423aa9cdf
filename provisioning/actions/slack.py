"""`slack.post_message`: chat.postMessage with text or Block Kit.

Text in a rule is filled from Okta before it comes here, so nobody can tell any more which `<` the
rule's author wrote and which a person put into a display name. Slack reads `<!channel>`, `<@U…>`
and `<https://…|words>` as mentions and links. Therefore `&`, `<` and `>` are escaped (an entity
that is escaped already stays as it is), unless the rule asks for `mentions_and_links`.
`*bold*`, `_italic_` and line breaks work either way.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.conf import settings
from pydantic import Field, JsonValue
from slack_sdk.errors import SlackApiError
from slack_sdk.web.client import WebClient

from provisioning.actions import outgoing, secrets
from provisioning.actions.base import Action, Context, Effect, Look, Outcome, Params
from provisioning.actions.slack_errors import from_answer, translated

TIMEOUT = 10
#: Slack's limits, in characters and entries.
_MOST_TEXT = 40_000
_MOST_BLOCKS = 50
_MOST_FIELDS = 10
_MOST_BY_PLACE = {"header": 150, "section": 3000, "field": 2000, "context": 3000}
_BARE_AMPERSAND = re.compile(r"&(?!amp;|lt;|gt;)")


class PostMessageParams(Params):
    channel: str = Field(
        min_length=1,
        description="Id of the channel (C…) or its name with #. The app has to be a member.",
        examples=["#offboarding-okta-alerts"],
    )
    text: str = Field(
        default="",
        description="The message; with blocks, what notifications show.",
        examples=["User suspended: {{ user.profile.displayName }} ({{ user.profile.email }})"],
    )
    blocks: list[dict[str, JsonValue]] = Field(
        default_factory=list,
        description="Block Kit blocks, shown instead of the text.",
        examples=[
            [
                {"type": "header", "text": {"type": "plain_text", "text": "User suspended"}},
                {
                    "type": "section",
                    "fields": [
                        {"type": "mrkdwn", "text": "*User:*\n{{ user.profile.displayName }}"},
                        {"type": "mrkdwn", "text": "*Actor:*\n{{ actor.displayName }}"},
                    ],
                },
            ]
        ],
    )
    mentions_and_links: bool = Field(
        default=False,
        description="Let Slack read <…> in the text as mentions and links. Leave it off where "
        "the text holds names that people can choose.",
        examples=[False],
    )


class PostMessage(Action[PostMessageParams]):
    name: ClassVar[str] = "slack.post_message"
    title: ClassVar[str] = "Post a Slack message"
    summary: ClassVar[str] = "Posts a message to a channel as the configured app."
    effect: ClassVar[Effect] = Effect.NOTIFY
    target_kind: ClassVar[str] = "Slack channel"
    params = PostMessageParams
    outputs: ClassVar[Mapping[str, str]] = {
        "channel": "Id of the channel the message is in",
        "ts": "Slack's id of the message in its channel",
    }
    never_undone: ClassVar[str] = "A message that people may have read cannot be called back."
    read_back: ClassVar[str] = (
        "It cannot be read back; each message carries the step's key in its metadata, so that "
        "a person can find it."
    )

    def readable(self, params: PostMessageParams) -> bool:
        return False

    def look(self, params: PostMessageParams, context: Context) -> Look:
        return Look(done=False)

    def act(self, params: PostMessageParams, context: Context) -> Outcome:
        self.refuse_problems(params)
        slack = _client()
        with translated(params.channel):
            try:
                answer = slack.chat_postMessage(**_message(params, context))
            except SlackApiError as error:
                raise from_answer(error, params.channel) from error
        output = {"channel": answer.get("channel"), "ts": answer.get("ts")}
        request_id = answer.headers.get("x-slack-req-id", "")
        return Outcome(output, (request_id,) if request_id else (), answer.status_code)

    def longest(self, params: PostMessageParams) -> float:
        return TIMEOUT * 2.0

    def target(self, params: PostMessageParams) -> str:
        return f"slack:{params.channel}"

    def describe(self, params: PostMessageParams) -> str:
        return f"Post a message to the Slack channel {params.channel}."

    def problems(self, params: PostMessageParams) -> Sequence[str]:
        found = []
        if not params.text.strip() and not params.blocks:
            found.append("The message is empty; it needs text or blocks.")
        if re.search(r"\s", params.channel.strip()) or not params.channel.strip():
            found.append(f"The channel {params.channel[:80]!r} is not a channel's id or #name.")
        if len(params.text) > _MOST_TEXT:
            found.append(f"The text has {len(params.text)} characters; {_MOST_TEXT} are allowed.")
        if len(params.blocks) > _MOST_BLOCKS:
            found.append(f"There are {len(params.blocks)} blocks; {_MOST_BLOCKS} are allowed.")
        for number, block in enumerate(params.blocks, start=1):
            found.extend(_block_problems(block, f"Block {number}"))
        return found


def _block_problems(block: Mapping[str, JsonValue], where: str) -> list[str]:
    kind = block.get("type")
    if not isinstance(kind, str) or not kind:
        return [f"{where} has no type, such as section or header."]
    places = [(kind, block.get("text"))]
    fields = block.get("fields")
    found = []
    if isinstance(fields, list):
        places += [("field", item) for item in fields]
        if len(fields) > _MOST_FIELDS:
            found.append(f"{where} has {len(fields)} fields; {_MOST_FIELDS} are allowed.")
    for place, item in places:
        text = item.get("text") if isinstance(item, dict) else None
        most = _MOST_BY_PLACE.get(place)
        if isinstance(text, str) and most is not None and len(text) > most:
            found.append(f"{where}: a {place} has {len(text)} characters; {most} are allowed.")
    return found


def _client() -> WebClient:
    url = outgoing.check(str(settings.SLACK_BASE_URL))
    token = secrets.resolve(str(settings.SLACK_BOT_TOKEN), "the Slack bot token")
    # No retries by the SDK: whether to try again is decided where it can be seen.
    slack = WebClient(token=token, base_url=url, timeout=TIMEOUT, retry_handlers=[])
    if outgoing.is_loopback(url):
        slack.proxy = None
    return slack


def _message(params: PostMessageParams, context: Context) -> dict[str, Any]:
    message: dict[str, Any] = {
        "channel": params.channel.strip(),
        "text": params.text if params.mentions_and_links else escaped(params.text),
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {
            "event_type": "sluice_run",
            "event_payload": {"key": context.once_key, "rule": context.rule},
        },
    }
    if params.blocks:
        blocks: JsonValue = list(params.blocks)
        message["blocks"] = blocks if params.mentions_and_links else _escaped_blocks(blocks)
    return message


def escaped(text: str) -> str:
    """Text that Slack shows as it is: no mentions, no links with other words on them."""
    text = _BARE_AMPERSAND.sub("&amp;", text)
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _escaped_blocks(value: JsonValue) -> JsonValue:
    """The same blocks with the text of every `mrkdwn` object escaped; others show text as it is."""
    if isinstance(value, list):
        return [_escaped_blocks(item) for item in value]
    if not isinstance(value, dict):
        return value
    text = value.get("text")
    if value.get("type") == "mrkdwn" and isinstance(text, str):
        return {**value, "text": escaped(text)}
    return {name: _escaped_blocks(item) for name, item in value.items()}
