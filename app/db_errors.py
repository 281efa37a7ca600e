"""What the database's own errors mean: a Japanese sentence on what happened and one on what to do."""

import re

import psycopg
import sqlalchemy.exc


class UnfitDatabase(Exception):
    """The database cannot be used as it is; the message is Japanese and says why and how to mend it."""


BUSY = (
    "データベースが混み合っていて、待っても順番が来ませんでした。少し待ってから、もう一度実行してください。"
)
READ_ONLY = "データベースに書き込めません（読み取り専用です）。ファイルとフォルダーの権限、または接続先を確かめてください。"
FULL = "ディスクの空きがなく、書き込めませんでした。空きを作ってから、もう一度実行してください。"
NOT_MIGRATED = (
    "データベースの準備ができていないか、プログラムと版が合っていません。kyoso migrate を実行してください。"
)
CORRUPT = "データベースのファイルが壊れています。これ以上書き込まず、控えから戻してください（docs/operating.md の「控えと復元」）。"
UNREACHABLE = "PostgreSQL につながりません。動いているか、KYOSO_DATABASE_URL のホストとポートが正しいかを確かめてください。"
NO_SUCH_DATABASE = (
    "PostgreSQL に、そのデータベースがありません。createdb で作るか、"
    "KYOSO_DATABASE_URL のデータベース名を直してください。"
)
NOT_LET_IN = (
    "PostgreSQL に入れません（利用者名かパスワードが違うか、許可されていません）。"
    "KYOSO_DATABASE_URL の利用者名とパスワードを確かめてください。"
)

# By SQLite's primary result code (the second word of SQLITE_BUSY_SNAPSHOT). https://www.sqlite.org/rescode.html
SQLITE = {
    "BUSY": BUSY,
    "LOCKED": BUSY,
    "READONLY": READ_ONLY,
    "FULL": FULL,
    "CORRUPT": CORRUPT,
    "CANTOPEN": (
        "データベースのファイルを開けません。KYOSO_DATABASE_URL の場所と、フォルダーの権限を確かめてください。"
    ),
    "PERM": "データベースのファイルを開く権限がありません。ファイルとフォルダーの権限を確かめてください。",
    "NOTADB": (
        "指定されたファイルはデータベースではありません。KYOSO_DATABASE_URL が指すファイルを確かめてください。"
    ),
    "IOERR": "データベースのファイルを読み書きできません。ディスクの状態を確かめてください。",
}

# By SQLSTATE. https://www.postgresql.org/docs/current/errcodes-appendix.html
POSTGRESQL = {
    "3D000": NO_SUCH_DATABASE,
    "28000": NOT_LET_IN,
    "28P01": NOT_LET_IN,
    "53300": "PostgreSQL の接続数が上限に達しています。少し待つか、max_connections を増やしてください。",
    "57P01": UNREACHABLE,
    "57P02": UNREACHABLE,
    "57P03": "PostgreSQL はまだ起動の途中です。少し待ってから、もう一度実行してください。",
    "55P03": BUSY,
    "40P01": BUSY,
    "40001": BUSY,
    "25006": READ_ONLY,
    "42501": "データベースの利用者に、その操作の権限がありません。PostgreSQL の権限（GRANT）を確かめてください。",
    "53100": FULL,
    "42P01": NOT_MIGRATED,
    "42703": NOT_MIGRATED,
}

# While connecting there is no SQLSTATE, only the server's words, in the server's language.
REFUSALS = (
    (re.compile(r'database "[^"]*" does not exist|データベース"[^"]*"は存在しません'), NO_SUCH_DATABASE),
    (
        re.compile(
            r"authentication failed|no password supplied|no pg_hba\.conf entry|is not permitted to log in"
            r'|role "[^"]*" does not exist|認証に失敗|pg_hba\.conf に.*エントリがありません|ロール"[^"]*"は存在しません'
        ),
        NOT_LET_IN,
    ),
    (
        re.compile(r"too many clients|remaining connection slots|クライアントの数が多すぎ"),
        POSTGRESQL["53300"],
    ),
    (re.compile(r"is starting up|起動しています"), POSTGRESQL["57P03"]),
)


def explain(error: BaseException) -> str | None:
    """What to tell the person whose work failed on this database error; None when it is no such error (a bug, then)."""
    if isinstance(error, UnfitDatabase):
        return str(error)
    if isinstance(error, sqlalchemy.exc.TimeoutError):  # every connection of the pool is in use
        return BUSY
    cause = error.orig if isinstance(error, sqlalchemy.exc.DBAPIError) and error.orig is not None else error
    if isinstance(cause, psycopg.Error):
        return _explain_postgresql(cause)
    return _explain_sqlite(cause)


def _explain_sqlite(cause: BaseException) -> str | None:
    """By the code that both drivers, Python's own and pysqlite3, write on their errors."""
    code: str = getattr(cause, "sqlite_errorname", None) or ""
    if code.startswith("SQLITE_ERROR"):
        return (
            NOT_MIGRATED if re.match(r"no such (table|column)|.* has no column named", str(cause)) else None
        )
    return SQLITE.get(code.removeprefix("SQLITE_").split("_")[0])


def _explain_postgresql(cause: psycopg.Error) -> str | None:
    if cause.sqlstate is not None:
        return POSTGRESQL.get(cause.sqlstate)
    if not isinstance(cause, psycopg.OperationalError):
        return None
    text = str(cause)
    return next((sentence for words, sentence in REFUSALS if words.search(text)), UNREACHABLE)
