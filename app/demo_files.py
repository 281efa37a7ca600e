"""Files of the demo: made here, handed in and attached on their day by whoever would, as any other file (decision 0017)."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import Engine
from sqlmodel import select

from app.db import reading
from app.typesetting.sheet import FACE, Sheet
from workflows.calendar import TOKYO
from workflows.files.receiving import Files, receive
from workflows.runtime.verbs import perform
from workflows.tables.ideas import Idea

IDEA = "農地の現地確認の順路づくり"
WHO = "tanto@kirisawa.example.jp"
DAYS_AGO = 24
"""After its other evidence was attached, before its review was asked for (workflows/stories/31-nouchi-junro.yaml)."""
MINUTES = {"一日目": (212, 96), "二日目": (188, 101), "三日目": (240, 88), "四日目": (176, 92)}
"""Minutes to settle a day's route: before, and with the draft."""


def report_pdf(on: datetime) -> bytes:
    """The report of an accessibility test, as an agent of the town would file it."""
    sheet = Sheet("アクセシビリティ検査の報告書", "霧沢町 農地の現地確認の順路づくり（架空）", on)
    sheet.heading("アクセシビリティ検査の報告書", 1)
    sheet.pairs(
        [
            ("対象", "順路の案を見る画面、地図の画面、記録の画面"),
            ("基準", "JIS X 8341-3:2016 レベル AA"),
            ("検査日", f"{on:%Y-%m-%d}"),
            ("方法", "自動の検査、キーボードだけの操作、画面の読み上げ、屋外での見え方"),
        ]
    )
    sheet.heading("結果")
    sheet.paragraph(
        "三つの画面のすべてで、レベル AA の達成基準を満たした。地図の画面は、同じことを一覧でも行える。"
    )
    sheet.heading("直したところ")
    sheet.paragraph(
        "順番の数字と地の色の差が足りず（2.9 対 1）、直した後に 5.4 対 1 となった。晴れた日の畑で読めることも確かめた。"
    )
    return bytes(sheet.output())


def chart_png(on: datetime) -> bytes:
    """A picture of the minutes before and after."""
    picture = Image.new("RGB", (900, 420), "white")
    draw, face = ImageDraw.Draw(picture), ImageFont.truetype(str(FACE), 22)
    draw.text((24, 14), "順路を決めるまでの時間（分） 灰: これまで 青: 案を使って", "#1a1a1a", face)
    for row, (day, both) in enumerate(MINUTES.items()):
        top = 70 + row * 86
        draw.text((24, top + 14), day, "#1a1a1a", face)
        for line, (minutes, colour) in enumerate(zip(both, ("#8c8c8c", "#0017c1"), strict=True)):
            draw.rectangle((130, top + line * 32, 130 + minutes * 2.8, top + line * 32 + 24), colour)
            draw.text((140 + minutes * 2.8, top + line * 32 - 4), str(minutes), "#1a1a1a", face)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def table_csv(on: datetime) -> bytes:
    """What stands in which column of a town's own ledger of farmland, in the encoding that a spreadsheet opens by itself."""
    rows = (
        "筆の番号,地番,文字,はい",
        "面積,現況面積,数（平方メートル）,はい",
        "作付け,作物名,文字,いいえ",
        "水路,備考,文字,いいえ",
    )
    return "\r\n".join(["順路づくりの項目,霧沢町の台帳の列,形,必ず要るか", *rows, ""]).encode("utf-8-sig")


HANDED_IN: tuple[tuple[str, str, str, Callable[[datetime], bytes]], ...] = (
    ("accessible", "アクセシビリティ検査の報告書（原本）", "アクセシビリティ検査報告書.pdf", report_pdf),
    ("portable", "台帳の列の対応表", "台帳の列の対応表.csv", table_csv),
    ("affordable", "順路を決めるまでの時間の図", "順路の時間.png", chart_png),
)
"""Criterion, title, name of the file, how it is made."""


@dataclass
class HandedIn:
    """Hands the files in as soon as the stories have come to their day."""

    engine: Engine
    files: Files
    today: date
    done: bool = False

    def come_to(self, at: datetime) -> None:
        """At the time of a step of the stories: attaches everything once, if its day has come."""
        due = datetime.combine(self.today - timedelta(days=DAYS_AGO), time(10), TOKYO)
        if self.done or at < due:
            return
        self.done = True
        refs = list(self._attach(at))
        self._say(at, criterion="targets_met", reuses=refs[-1])

    def _attach(self, at: datetime) -> Iterator[str]:
        for criterion, title, name, made in HANDED_IN:
            file = receive(self.engine, self.files, WHO, name, made(at), at)
            yield self._say(at, criterion=criterion, kind="file", title=title, file=file)

    def _say(self, at: datetime, **command: str) -> str:
        with reading(self.engine) as session:
            idea = session.exec(select(Idea.number).where(Idea.title == IDEA)).one()
        return perform(self.engine, "evidence.attach", {"idea": idea} | command, WHO, at).ref
