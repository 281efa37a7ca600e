"""`kyoso do` and `kyoso user add`: a verb said from the command line; `kyoso user lost-keys`: help for who cannot sign in."""

import argparse
import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.commands.console import Console
from app.files import files_of
from app.identity import set_password
from app.passwords import insist_on_a_good_password
from app.second_factors import forget_all
from stages.permissions import ROLE_NAMES
from workflows.files.from_disk import with_file
from workflows.registry import perform


def add(commands: Any) -> None:
    text = "操作を一つ行う"
    parser = commands.add_parser(
        "do", help=text, description=f"{text}。画面や API と同じ操作で、同じ確認を受ける。"
    )
    parser.add_argument("verb", metavar="VERB", help="操作の名前（idea.submit など）")
    parser.add_argument(
        "--as", dest="who", metavar="MAIL", required=True, help="行う人のメールアドレス、または system"
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="項目と値（JSON か YAML）のファイル。- は標準入力。file には、そのフォルダーの中のファイルのパスを書く",
    )
    parser.set_defaults(run=do)

    text = "利用者"
    user = commands.add_parser("user", help=text, description=text).add_subparsers(
        required=True, metavar="add|lost-keys", dest="what", title=text
    )
    text = "利用者を団体に招く（すでにいれば、その団体での役割を置き換える）"
    parser = user.add_parser("add", help=text, description=text)
    parser.add_argument("mail", metavar="MAIL", help="メールアドレス")
    parser.add_argument("--name", required=True, help="名前（または係の名）")
    parser.add_argument("--org", required=True, help="団体の識別名か団体コード")
    roles = "、".join(f"{role}（{name}）" for role, name in ROLE_NAMES.items())
    parser.add_argument(
        "--role",
        dest="roles",
        action="append",
        required=True,
        metavar="ROLE",
        help=f"役割。繰り返して複数。{roles}",
    )
    parser.add_argument(
        "--password",
        action="store_true",
        help="サインインのパスワードも決める（端末では見えないように尋ね、それ以外では標準入力の一行目を読む）",
    )
    parser.set_defaults(run=add_user)
    text = (
        "認証アプリ・パスキー・回復用コードをすべて失くした人の、二段階目の確認を外す（本人を確かめてから）"
    )
    parser = user.add_parser("lost-keys", help=text, description=f"{text}。サインインはすべて終わる。")
    parser.add_argument("mail", metavar="MAIL", help="メールアドレス")
    parser.set_defaults(run=lost_keys)


def do(options: argparse.Namespace, console: Console) -> None:
    """Says the verb now; prints what it made. A `file` is a path from the folder of the command file (from here, for `-`)."""
    command = console.read_mapping(options.file)
    engine, now = console.current_engine(), datetime.now(UTC)
    folder = Path() if options.file == "-" else Path(options.file).parent
    command = with_file(engine, files_of(console.config), options.verb, command, folder, options.who, now)
    outcome = perform(engine, options.verb, command, options.who, now)
    version = f"（版 {outcome.version}）" if outcome.version is not None else ""
    console.say(f"行いました: {options.verb} → {outcome.ref}{version}")
    console.report(verb=options.verb, kind=outcome.kind, ref=outcome.ref, version=outcome.version)
    if outcome.facts:
        console.report(facts=dict(outcome.facts))


def add_user(options: argparse.Namespace, console: Console) -> None:
    """Invites as the system does at the start; with --password the person can sign in at once."""
    password = _ask_password(console) if options.password else None
    if password is not None:
        insist_on_a_good_password(password, [options.mail, options.name, options.org])
    command = {"email": options.mail, "name": options.name, "org": options.org, "roles": options.roles}
    outcome = perform(console.current_engine(), "user.invite", command, "system", datetime.now(UTC))
    if password is not None:
        set_password(console.current_engine(), outcome.ref, password)
    roles = "、".join(ROLE_NAMES[role] for role in options.roles)
    console.say(f"{outcome.ref} を {options.org} に招きました（{roles}）。")
    console.report(email=outcome.ref, org=options.org, roles=options.roles, password=password is not None)


def lost_keys(options: argparse.Namespace, console: Console) -> None:
    """Takes away every second factor of a person and ends their sign-ins; they are told by mail."""
    forget_all(console.current_engine(), options.mail, datetime.now(UTC))
    console.say(
        f"{options.mail} の二段階目の確認を外しました。パスワードでサインインして、付け直してもらってください。"
    )
    console.report(email=options.mail)


def _ask_password(console: Console) -> str:
    if console.stdin.isatty():
        return getpass.getpass("パスワード: ", stream=console.stderr)
    return console.stdin.readline().rstrip("\r\n")
