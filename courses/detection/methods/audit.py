"""The fields of logons in Windows' security audit, as Microsoft publishes them for each event.

Source: *Advanced security audit policy settings*, the pages of the events 4624, 4625, 4634, 4647.
"""

from __future__ import annotations

import hashlib
from typing import Any

_NULL_GUID = "00000000-0000-0000-0000-000000000000"
_YES, _NO = "%%1842", "%%1843"
_NOBODY = {
    "SubjectUserSid": "S-1-0-0",
    "SubjectUserName": "-",
    "SubjectDomainName": "-",
    "SubjectLogonId": "0x0",
}
_KERBEROS, _USER32, _NTLM = ("Kerberos", "Kerberos"), ("User32 ", "Negotiate"), ("NtLmSsp ", "NTLM")
Fields = dict[str, Any]


def target(sid: str, name: str, domain: str, logon_id: str) -> Fields:
    """Whose session it is: all that 4647 says, and the beginning of 4634."""
    return {
        "TargetUserSid": sid,
        "TargetUserName": name,
        "TargetDomainName": domain,
        "TargetLogonId": logon_id,
    }


def _subject(host: str, domain: str) -> Fields:
    """The machine itself, which lets a person in at its keyboard or by remote desktop."""
    return {
        "SubjectUserSid": "S-1-5-18",
        "SubjectUserName": f"{host}$",
        "SubjectDomainName": domain,
        "SubjectLogonId": "0x3e7",
    }


def _means(means: tuple[str, str], workstation: str) -> Fields:
    process, package = means
    return {
        "LogonProcessName": process,
        "AuthenticationPackageName": package,
        "WorkstationName": workstation,
    }


def began(
    owner: Fields, kind: int, host: str, source: tuple[str, int | str], *, elevated: bool, pid: int
) -> Fields:
    """4624: a session of logon type *kind* on *host*, from *source* (address and port).

    *pid* is the process that let the person in, if one of the host did.
    """
    network, domain = kind == 3, owner["TargetDomainName"]
    mixed = f"{host} {owner['TargetLogonId']}".encode()
    digest = hashlib.sha256(mixed).hexdigest().upper()
    guid = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
    return {
        **(_NOBODY if network else _subject(host, domain)),
        **owner,
        "LogonType": kind,
        **_means(_KERBEROS if network else _USER32, "-" if network else host),
        "LogonGuid": guid if network else _NULL_GUID,
        "TransmittedServices": "-",
        "LmPackageName": "-",
        "KeyLength": 0,
        "ProcessId": "0x0" if network else f"0x{pid:x}",
        "ProcessName": "-" if network else "C:\\Windows\\System32\\svchost.exe",
        "IpAddress": source[0],
        "IpPort": source[1],
        "ImpersonationLevel": "%%1833",
        "RestrictedAdminMode": _NO if kind == 10 else "-",
        "TargetOutboundUserName": "-",
        "TargetOutboundDomainName": "-",
        "VirtualAccount": _NO,
        "TargetLinkedLogonId": "0x0",
        "ElevatedToken": _YES if elevated else _NO,
    }


def refused(name: str, domain: str, workstation: str, source: tuple[str, int]) -> Fields:
    """4625: a logon over the network with a wrong password."""
    return {
        **_NOBODY,
        "TargetUserSid": "S-1-0-0",
        "TargetUserName": name,
        "TargetDomainName": domain,
        "Status": "0xc000006d",
        "FailureReason": "%%2313",
        "SubStatus": "0xc000006a",
        "LogonType": 3,
        **_means(_NTLM, workstation),
        "TransmittedServices": "-",
        "LmPackageName": "-",
        "KeyLength": 0,
        "ProcessId": "0x0",
        "ProcessName": "-",
        "IpAddress": source[0],
        "IpPort": source[1],
    }
