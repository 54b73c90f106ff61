"""Techniques that hide what is done: a false name, an emptied log, a program as proxy."""

from __future__ import annotations

from dalil.courses.detection.methods.traces import (
    AGENT,
    CMD,
    POWERSHELL,
    PROGRAMS,
    SERVICES,
    SHEET,
    SYSTEM32,
    WORD,
    Technique,
    Trace,
    by_admin,
    by_system,
)

_WEVTUTIL, _RUNDLL32 = f"{SYSTEM32}wevtutil.exe", f"{SYSTEM32}rundll32.exe"

DISGUISE = Technique(
    "T1036.005",
    "Masquerading: Match Legitimate Resource Name or Location",
    "process_creation",
    tactic="stealth",
    planted=(
        Trace("C:\\Users\\Public\\svchost.exe", "svchost.exe -k {word}", CMD),
        Trace("C:\\ProgramData\\lsass.exe", "C:\\ProgramData\\lsass.exe", POWERSHELL),
        Trace(
            "C:\\Users\\{user}\\AppData\\Local\\Temp\\taskhostw.exe",
            '"C:\\Users\\{user}\\AppData\\Local\\Temp\\taskhostw.exe" /{n}',
        ),
        Trace("C:\\Windows\\Temp\\svchost.exe", "C:\\Windows\\Temp\\svchost.exe -k {word}", WORD),
    ),
    unseen=(
        Trace("C:\\Windows\\svchost.exe", "C:\\Windows\\svchost.exe", CMD),
        Trace(
            "C:\\Users\\{user}\\Downloads\\SVCHOST.EXE", "C:\\Users\\{user}\\Downloads\\SVCHOST.EXE"
        ),
    ),
    harmless=(
        by_system(
            "C:\\Windows\\SysWOW64\\svchost.exe", "svchost.exe -k {word}Group -p -s {n}", SERVICES
        ),
        by_system(
            "C:\\Windows\\WinSxS\\amd64_sahel-hosts_{n}\\svchost.exe",
            "svchost.exe -k repair",
            f"{SYSTEM32}TiWorker.exe",
        ),
        by_system(
            "C:\\Windows\\SoftwareDistribution\\Download\\{n}\\taskhostw.exe",
            "taskhostw.exe /update",
            f"{SYSTEM32}wuauclt.exe",
        ),
        by_system(f"{SYSTEM32}taskhostw.exe", "taskhostw.exe {word}", f"{SYSTEM32}svchost.exe"),
        by_system(
            f"{SYSTEM32}svchost.exe", "C:\\Windows\\System32\\svchost.exe -k {word}", SERVICES
        ),
        by_admin(f"{PROGRAMS}Sahel Lab\\mysvchost.exe", "mysvchost.exe --config {word}"),
    ),
    draft="""\
  selection:
    Image|endswith: 'svchost.exe'
  filter:
    Image|startswith: 'C:\\Windows\\System32\\'
  condition: selection and not filter
""",
)
CLEAR = Technique(
    "T1685.005",
    "Disable or Modify Tools: Clear Windows Event Logs",
    "process_creation",
    tactic="defense impairment",
    planted=(
        Trace(_WEVTUTIL, "wevtutil cl Security", CMD),
        Trace(_WEVTUTIL, "wevtutil.exe clear-log System", POWERSHELL),
        Trace(_WEVTUTIL, '"{image}" cl Application', CMD),
        Trace(
            _WEVTUTIL,
            "wevtutil cl Microsoft-Windows-Sysmon/Operational /bu:C:\\Users\\Public\\{word}.evtx",
            CMD,
        ),
    ),
    unseen=(
        Trace(_WEVTUTIL, "WEVTUTIL CL Security /r:localhost", CMD),
        Trace(_WEVTUTIL, "wevtutil Clear-Log Microsoft-Windows-PowerShell/Operational", POWERSHELL),
    ),
    harmless=(
        by_system(
            _WEVTUTIL,
            "wevtutil.exe cl Sahel-Backup/Operational",
            f"{PROGRAMS}Sahel Backup\\backup.exe",
        ),
        by_admin(_WEVTUTIL, "wevtutil epl Security C:\\Admin\\{word}-{n}.evtx"),
        by_admin(_WEVTUTIL, "wevtutil qe Security /c:{n} /rd:true /f:text"),
        by_admin(_WEVTUTIL, "wevtutil gl Microsoft-Windows-Sysmon/Operational"),
        by_admin(_WEVTUTIL, "wevtutil sl Security /ms:{n}048576"),
        by_system(_WEVTUTIL, "wevtutil.exe clear-log Sahel-Agent/Debug"),
    ),
    draft="""\
  selection:
    Image|endswith: '\\wevtutil.exe'
    CommandLine|contains:
      - ' cl '
      - 'Security'
  condition: selection
""",
)
DLL = Technique(
    "T1218.011",
    "System Binary Proxy Execution: Rundll32",
    "process_creation",
    tactic="stealth",
    planted=(
        Trace(_RUNDLL32, "rundll32.exe C:\\Users\\Public\\{word}.dll,Start", CMD),
        Trace(_RUNDLL32, "rundll32 C:\\Users\\{user}\\AppData\\Local\\Temp\\{word}.tmp,#1", SHEET),
        Trace(_RUNDLL32, '"{image}" "C:\\ProgramData\\{word}.dll",Init', f"{SYSTEM32}wscript.exe"),
        Trace(_RUNDLL32, "rundll32.exe C:\\Users\\Public\\{word}.dat,Open {n}", WORD),
    ),
    unseen=(
        Trace(_RUNDLL32, "RUNDLL32 C:\\USERS\\PUBLIC\\{word}.DLL,Start", POWERSHELL),
        Trace(_RUNDLL32, "rundll32.exe %APPDATA%\\{word}.dll,Start", CMD),
    ),
    harmless=(
        Trace(_RUNDLL32, "rundll32.exe shell32.dll,Control_RunDLL timedate.cpl"),
        Trace(_RUNDLL32, "rundll32.exe printui.dll,PrintUIEntry /il"),
        by_system(
            _RUNDLL32, 'rundll32.exe "C:\\ProgramData\\Sahel Agent\\probe.dll",Collect {n}', AGENT
        ),
        Trace(
            _RUNDLL32,
            'rundll32.exe "C:\\Users\\{user}\\AppData\\Local\\Sahel Drive\\shell.dll",Sync',
            "C:\\Users\\{user}\\AppData\\Local\\Sahel Drive\\drive.exe",
        ),
        by_admin(_RUNDLL32, "rundll32.exe C:\\Windows\\System32\\{word}.dll,Install {n}"),
    ),
    draft="""\
  selection:
    Image|endswith: '\\rundll32.exe'
    CommandLine|contains:
      - '\\Users\\'
      - '\\ProgramData\\'
  condition: selection
""",
)
