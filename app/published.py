"""What an agency publishes without touching code: checklists in the folder `policy` of KYOSO_HOME, and its own policy versions.

    policy/procurement-2.toml    a checklist, named by kind and version; never edited once it is there
    policy/versions.txt          for each publication a line: version, fingerprint

`kyoso policy publish` writes both. They are read once, when a program starts; every machine has the same folder, and whether it
has shows in the fingerprint that each review keeps.
"""

from pathlib import Path

import stages
from app.config import ConfigError

FOLDER, VERSIONS = "policy", "versions.txt"


def take_published(home: Path) -> None:
    """Lets the policy know what was published. Raises ConfigError naming the file that cannot stand beside the rest: by other
    rules than those that were published nothing is decided."""
    try:
        stages.publish(*in_folder(home / FOLDER))
    except (ValueError, OSError) as wrong:
        raise ConfigError([f"{home / FOLDER}: {wrong} 公表したときの内容に戻してください。"]) from None


def in_folder(folder: Path) -> tuple[dict[str, str], str]:
    """The checklists of a folder by file name, and the lines of its versions; nothing where there is no folder."""
    sheets = {file.name: file.read_text("utf-8") for file in sorted(folder.glob("*.toml"))}
    lines = folder / VERSIONS
    return sheets, lines.read_text("utf-8") if lines.is_file() else ""


def publish(home: Path, name: str, text: str, version: str) -> str:
    """Adds a checklist under its file name and publishes the policy with it as a version; the new fingerprint.

    Raises ValueError, and writes nothing, where it cannot stand beside the rest.
    """
    folder = home / FOLDER
    sheets, lines = in_folder(folder)
    if len(version.split()) != 1 or version.startswith("#") or version in stages.versions():
        raise ValueError(f"版の名 {version} は使えません。まだない名前を、空白なしで付けてください。")
    if name in sheets:
        raise ValueError(
            f"{name} はすでに公表されています。公表したものは書き換えず、新しい版にしてください。"
        )
    try:
        stages.publish({**sheets, name: text}, lines)
        fingerprint = stages.fingerprint()
        folder.mkdir(parents=True, exist_ok=True)
        # The checklist first: were the line lost, `kyoso policy check` says which one is missing.
        (folder / name).write_text(text, "utf-8")
        with (folder / VERSIONS).open("a", encoding="utf-8") as file:
            file.write(f"{version} {fingerprint}\n")
    finally:
        take_published(home)
    return fingerprint
