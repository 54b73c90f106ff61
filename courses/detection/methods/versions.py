"""What Sysmon copies from a program's file: its version information and its digests.

Programs of Windows say what Windows' own say; those of the fictive vendor Sahel name him. A copy
under a false path keeps what its file says, so none of this tells where a file has no business.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache

_WINDOWS = {
    "calc.exe": "Windows Calculator",
    "certutil.exe": "CertUtil.exe",
    "cmd.exe": "Windows Command Processor",
    "explorer.exe": "Windows Explorer",
    "gpupdate.exe": "Microsoft® Group Policy Update Utility",
    "ipconfig.exe": "IP Configuration Utility",
    "lsass.exe": "Local Security Authority Process",
    "mmc.exe": "Microsoft Management Console",
    "mshta.exe": "Microsoft (R) HTML Application host",
    "net.exe": "Net Command",
    "net1.exe": "Net Command",
    "notepad.exe": "Notepad",
    "powershell.exe": "Windows PowerShell",
    "reg.exe": "Registry Console Tool",
    "robocopy.exe": "Microsoft Robocopy",
    "rundll32.exe": "Windows host process (Rundll32)",
    "sc.exe": "Service Control Manager Configuration Tool",
    "schtasks.exe": "Task Scheduler Configuration Tool",
    "services.exe": "Services and Controller app",
    "snippingtool.exe": "Snipping Tool",
    "spoolsv.exe": "Spooler SubSystem App",
    "svchost.exe": "Host Process for Windows Services",
    "taskhostw.exe": "Host Process for Windows Tasks",
    "taskmgr.exe": "Task Manager",
    "tiworker.exe": "Windows Modules Installer Worker",
    "wevtutil.exe": "Eventing Command Line Utility",
    "wscript.exe": "Microsoft ® Windows Based Script Host",
    "wuauclt.exe": "Windows Update",
}
_PRODUCT = re.compile(r"\\(Sahel \w+)\\")


def version_of(image: str, original: str = "") -> dict[str, str]:
    """The fields of Sysmon's event 1 that come from the version information of *image*.

    A field that a file does not state is ``-``, as Sysmon writes it.
    """
    name = original or image.rsplit("\\", 1)[-1]
    product = _PRODUCT.search(image)
    if name.lower() in _WINDOWS:
        stated = (
            "10.0.26100.1 (WinBuild.160101.0800)",
            _WINDOWS[name.lower()],
            "Microsoft® Windows® Operating System",
            "Microsoft Corporation",
        )
    elif product:
        stated = ("4.2 (Sahel)", product[1], product[1], "Sahel")
    else:
        stated = ("-", "-", "-", "-")
    fields = dict(zip(("FileVersion", "Description", "Product", "Company"), stated, strict=True))
    return {**fields, "OriginalFileName": name}


@cache
def digests_of(image: str) -> str:
    """Sysmon's ``Hashes`` of the file at the path *image*: invented, always the same."""
    text = image.lower().encode()
    kinds = {"MD5": hashlib.md5, "SHA256": hashlib.sha256}
    found = {kind: make(text, usedforsecurity=False).hexdigest() for kind, make in kinds.items()}
    found["IMPHASH"] = hashlib.md5(b"imports " + text, usedforsecurity=False).hexdigest()
    return ",".join(f"{kind}={digest.upper()}" for kind, digest in found.items())
