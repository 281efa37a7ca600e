"""What lies beside the database: the files that people handed in. A database restored without them is told, with how many."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from app import setting_values
from app.commands.console import Console
from app.files import files_of
from workflows.files.not_now import NotNow
from workflows.files.sweeping import missing


def where(console: Console) -> str:
    return setting_values.bucket_without_secret(console.config.bucket) or str(console.config.home / "files")


def look_for_files(console: Console, engine: Engine) -> tuple[str, str]:
    """The level of `kyoso check` (ok, warning, error), and the sentence."""
    try:
        named, gone = missing(engine, files_of(console.config).store, datetime.now(UTC))
    except (NotNow, OSError) as error:
        said = error.message if isinstance(error, NotNow) else f"読めません（{error.strerror}）。"
        return "error", f"{where(console)}: {said}"
    if gone:
        return (
            "error",
            f"データベースにある {named:,} 件のうち {gone:,} 件のファイルが {where(console)} にありません。"
            "控えから、そこへ戻してください（置き場所の設定は KYOSO_HOME と KYOSO_FILES）。",
        )
    return "ok", f"{named:,} 件、すべて {where(console)} にあります" if named else "まだありません"
