"""Priority and routing: what the desk's policy makes of a class, an urgency and a repetition.

The policy orders desks and reading; it decides nothing about a person. Law 09-08 (article 11) lets
no decision with legal effects on a person rest on automated processing alone, and a report accuses
nobody until somebody has read it.
"""

from collections.abc import Mapping

UNITS = ("duty", "fraud", "victims", "station", "front_desk", "attach")
DESKS: Mapping[str, str] = {
    "fraud": "fraud",  # the brigade for economic cybercrime
    "blackmail": "victims",  # the unit that receives victims, with the cybercrime brigade
    "insult": "station",
    "violence": "station",
    "other": "front_desk",
}


def route(label: str, *, urgent: bool, repeated: bool) -> str:
    """The first desk of a report: "duty" before all, then "attach", then the desk of its class.

    *repeated*: an earlier report tells the same incident, to whose file this one is attached.
    Raises KeyError for an unknown class.
    """
    if urgent:
        return "duty"
    return "attach" if repeated else DESKS[label]
