"""The rules of the story, beside the two examples."""

BADGE_FOLDER = """\
name: badge-photo-folder
kind: event
title: A folder for badge photos
description: People in the field bring their own photo; it needs a place.
on: [user.lifecycle.create]
when: {field: user.profile.department, op: equals, value: Field}
do:
  - id: folder
    action: aws.s3.create_folder
    with:
      bucket: badge-photos
      key: "photos/{{ user.profile.firstName }} {{ user.profile.lastName }}/"
"""

ADMIN_NOTICE = """\
name: admin-role-notice
kind: event
title: Tell the alert channel about a new administrator
on: [user.account.privilege.grant]
do:
  - id: notice
    action: slack.post_message
    with:
      channel: "#it-alerts"
      text: "{{ event.target.User.displayName }} became an administrator."
"""

FACTOR_NOTICE = """\
name: factor-reset-notice
kind: event
title: Tell security when all factors of somebody are reset
on: [user.mfa.factor.reset_all]
do:
  - id: notice
    action: slack.post_message
    with:
      channel: "#security-alerts"
      text: "All factors of {{ event.target.User.alternateId }} were reset."
"""

WELCOME = """\
name: welcome-mail
kind: event
title: Welcome mail
on: [user.lifecycle.activate]
when:
  all:
    - {{field: event.outcome.result, op: equals, value: success, ignore_case: true}}
    - any:
        - {{field: event.target.User.alternateId, op: ends_with, value: "@acme.example"}}
        - {{field: event.target.User.alternateId, op: ends_with, value: .acme.test}}
do:
  - id: mail
    action: email.send
    with:
      to: "{{{{ event.target.User.alternateId }}}}"
      subject: "{subject}"
      body: "{body}"
"""
WELCOME_VERSIONS = (
    {"subject": "Welcome", "body": "Welcome to Acme."},
    {"subject": "Welcome to Acme", "body": "Welcome, {{ event.target.User.displayName }}."},
    {
        "subject": "Welcome to Acme",
        "body": "Welcome, {{ event.target.User.displayName }}. Your first day starts at 9.",
    },
)

CONTRACTORS = """\
name: contractor-farewell
kind: event
title: Farewell for contractors
on: [user.lifecycle.deactivate]
enabled: false
do:
  - id: alert
    action: slack.post_message
    with: {channel: "#offboarding", text: "Collect the badge."}
"""

CAUSE = """\
name: {name}
kind: event
title: A folder in {bucket}
on: [user.lifecycle.create]
when: {{field: user.profile.department, op: equals, value: {name}}}
do:
  - id: folder
    action: aws.s3.create_folder
    with: {{bucket: {bucket}, key: "{{{{ user.profile.firstName }}}}/"}}
  - id: mail
    action: email.send
    with:
      to: "{{{{ user.profile.email }}}}"
      subject: Your folder is ready
      body: "It is {{{{ steps.folder.output.url }}}}."
"""

SECRETIVE = """\
name: rule-with-a-secret
kind: event
title: A rule whose author pasted a token
on: [user.mfa.factor.deactivate]
do:
  - id: notice
    action: slack.post_message
    with: {{channel: "#it-operations", text: "Call with {secret} please."}}
"""

CAREFUL = """\
name: {name}
kind: event
title: A folder for {department}
on: [user.lifecycle.create]
approval: {{needed: 1, expires: 12h}}
when: {{field: user.profile.department, op: equals, value: {department}}}
do:
  - id: folder
    action: aws.s3.create_folder
    with: {{bucket: team-folders, key: "{name}-{{{{ user.profile.lastName }}}}/"}}
  - id: mail
    action: email.send
    with:
      to: "{{{{ user.profile.email }}}}"
      subject: Your folder is ready
      body: "It is {{{{ steps.folder.output.url }}}}."
"""
