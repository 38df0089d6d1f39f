"""The areas of a catalogue: what the first words of a requirement's id stand for."""

from __future__ import annotations

_TITLES = {
    "PENS-CONF": "Conformance as a whole",
    "PENS-MSG": "Messages: how a command travels",
    "PENS-COLLECT": "The elements of a collect",
    "PENS-VAL": "Validation: which code answers which fault",
    "PENS-RESP": "The answer to a command",
    "PENS-ERR": "Error codes in general",
    "PENS-DL": "Fetching the package",
    "PENS-RCPT": "The receipt",
    "PENS-ALERT": "Alerts",
    "PENS-MAIL": "Receipts and alerts by mail",
    "PENS-SEC": "Security",
    "ENGINE-PENS": "PENS on Rustici Engine",
    "CLOUD-EP": "The endpoint: addresses, verbs, forms of a call",
    "CLOUD-AUTH": "Authentication: signature and timestamp",
    "CLOUD-ENV": "The envelope of answers, and errors",
    "CLOUD-IMPORT": "Importing courses",
    "CLOUD-COURSE": "Courses",
    "CLOUD-UPLOAD": "Uploading files",
    "CLOUD-TAG": "Tags",
    "CLOUD-REG": "Registrations and their results",
    "CLOUD-LAUNCH": "Launching a registration",
    "CLOUD-POSTBACK": "Sending registration postbacks",
    "CLOUD-RECV": "Receiving registration postbacks",
    "PNS-CLAIM": "The claim of the notification service, and its scope",
    "LTI-TOKEN": "Access tokens",
    "PNS-HANDLER": "Notice handlers: listing, setting, removing",
    "PNS-NOTICE": "Delivery of notices",
    "PNS-JWT": "The JWT of a notice",
    "PNS-RECV": "Verifying a notice",
    "PNS-TYPE": "Notice types",
    "LTI-LAUNCH": "LTI launches",
    "LTI-JWKS": "Key sets",
    "LTI-DR": "Dynamic registration",
    "LTI-DEP": "Deployments",
    "D2L-PNS": "The notification service on Brightspace",
}


def area_of(requirement: str) -> str:
    """Return the area of a requirement: ``PENS-RESP`` of ``PENS-RESP-01/T``."""
    return requirement.rpartition("-")[0] or requirement


def title_of(area: str) -> str:
    """Return the title of an area; one without a title is called by its name."""
    return _TITLES.get(area, area)
