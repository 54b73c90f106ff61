"""Which events a Sigma rule's ``logsource`` speaks of: by channel and event id.

Sigma names a kind of event (``category: process_creation``) or a log (``service: security``) and
leaves it to the reader of the log where such events are written (Sigma specification, "log
sources"). Categories follow the event ids of Sysmon; a new process is recorded by Windows too, as
Security 4688, and a changed registry value as Security 4657.
"""

from __future__ import annotations

from collections.abc import Mapping

from dalil.courses.detection.methods.events import SECURITY, SYSMON, Event, EventLog

Source = tuple[str, tuple[int, ...]]
"""A channel, and the ids of its events; no id means all of them."""

_SYSMON_IDS: Mapping[str, tuple[int, ...]] = {
    "process_creation": (1,),
    "file_change": (2,),
    "network_connection": (3,),
    "sysmon_status": (4, 16),
    "process_termination": (5,),
    "driver_load": (6,),
    "image_load": (7,),
    "create_remote_thread": (8,),
    "raw_access_thread": (9,),
    "process_access": (10,),
    "file_event": (11,),
    "registry_add": (12,),
    "registry_delete": (12,),
    "registry_set": (13,),
    "registry_rename": (14,),
    "registry_event": (12, 13, 14),
    "create_stream_hash": (15,),
    "pipe_created": (17, 18),
    "wmi_event": (19, 20, 21),
    "dns_query": (22,),
    "file_delete": (23, 26),
    "clipboard_capture": (24,),
    "process_tampering": (25,),
    "file_block_executable": (27,),
    "file_block_shredding": (28,),
    "file_executable_detected": (29,),
    "sysmon_error": (255,),
}
_POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
_OTHER_CATEGORIES: Mapping[str, tuple[Source, ...]] = {
    "process_creation": ((SECURITY, (4688,)),),
    "process_termination": ((SECURITY, (4689,)),),
    "registry_set": ((SECURITY, (4657,)),),
    "registry_event": ((SECURITY, (4657,)),),
    "ps_module": ((_POWERSHELL, (4103,)),),
    "ps_script": ((_POWERSHELL, (4104,)),),
    "ps_classic_start": (("Windows PowerShell", (400,)),),
    "ps_classic_provider_start": (("Windows PowerShell", (600,)),),
    "ps_classic_script": (("Windows PowerShell", (800,)),),
}
_MICROSOFT = {
    "applocker": ("AppLocker/EXE and DLL", "AppLocker/MSI and Script"),
    "appmodel-runtime": ("AppModel-Runtime/Admin",),
    "appxdeployment-server": ("AppXDeploymentServer/Operational",),
    "appxpackaging-om": ("AppxPackaging/Operational",),
    "bits-client": ("Bits-Client/Operational",),
    "bitlocker": ("BitLocker/BitLocker Management",),
    "capi2": ("CAPI2/Operational",),
    "certificateservicesclient-lifecycle-system": (
        "CertificateServicesClient-Lifecycle-System/Operational",
    ),
    "codeintegrity-operational": ("CodeIntegrity/Operational",),
    "diagnosis-scripted": ("Diagnosis-Scripted/Operational",),
    "dhcp": ("DHCP-Server/Operational",),
    "dns-client": ("DNS Client Events/Operational",),
    "dns-server-analytic": ("DNS-Server/Analytical",),
    "driver-framework": ("DriverFrameworks-UserMode/Operational",),
    "firewall-as": ("Windows Firewall With Advanced Security/Firewall",),
    "hyper-v-worker": ("Hyper-V-Worker",),
    "kernel-event-tracing": ("Kernel-EventTracing",),
    "kernel-shimengine": ("Kernel-ShimEngine/Operational",),
    "ldap": ("LDAP-Client/Debug",),
    "lsa-server": ("LSA/Operational",),
    "ntfs": ("Ntfs/Operational",),
    "ntlm": ("NTLM/Operational",),
    "powershell": ("PowerShell/Operational",),
    "printservice-admin": ("PrintService/Admin",),
    "printservice-operational": ("PrintService/Operational",),
    "security-mitigations": ("Security-Mitigations/Kernel Mode", "Security-Mitigations/User Mode"),
    "shell-core": ("Shell-Core/Operational",),
    "smbclient-connectivity": ("SmbClient/Connectivity",),
    "smbclient-security": ("SmbClient/Security",),
    "smbserver-connectivity": ("SMBServer/Connectivity",),
    "sysmon": ("Sysmon/Operational",),
    "taskscheduler": ("TaskScheduler/Operational",),
    "terminalservices-localsessionmanager": ("TerminalServices-LocalSessionManager/Operational",),
    "vhdmp": ("VHDMP-Operational",),
    "windefend": ("Windows Defender/Operational",),
    "wmi": ("WMI-Activity/Operational",),
}
_SERVICES: Mapping[str, tuple[str, ...]] = {
    "application": ("Application",),
    "security": (SECURITY,),
    "system": ("System",),
    "dns-server": ("DNS Server",),
    "msexchange-management": ("MSExchange Management",),
    "openssh": ("OpenSSH/Operational",),
    "powershell-classic": ("Windows PowerShell",),
} | {name: tuple(f"Microsoft-Windows-{c}" for c in logs) for name, logs in _MICROSOFT.items()}


def sources(category: str | None, service: str | None) -> tuple[Source, ...] | None:
    """Where the events of a Windows logsource lie; None if nobody here knows such events.

    Without category and service every event is meant: an empty tuple.
    """
    found: list[Source] = []
    if category:
        found += [(SYSMON, ids) for ids in (_SYSMON_IDS.get(category),) if ids]
        found += _OTHER_CATEGORIES.get(category, ())
    if service:
        channels = _SERVICES.get(service, ())
        known = {channel for channel, _ in found}
        if category:  # both: of the category's events only those in the service's log
            found = [source for source in found if source[0] in channels]
        else:
            found = [(channel, ()) for channel in channels if channel not in known]
    if (category or service) and not found:
        return None
    return tuple(found)


def select(log: EventLog, where: tuple[Source, ...]) -> list[Event]:
    """The events of *log* that lie in one of the sources *where*; all of them if it is empty."""
    if not where:
        return list(log)
    return [event for channel, ids in where for event in log.of(channel, ids)]
