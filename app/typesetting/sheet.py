"""A4 sheets in one Japanese face: headings, paragraphs, pairs of name and value, and panels that stay whole.

A file says its title and language, has an outline, and is tagged: whoever has it read out hears headings and paragraphs in order, and
neither rules nor what runs at the foot. fpdf2 builds the tree of tags; a flat one, so names and values are paragraphs, not cells.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from unicodedata import category, normalize

from fpdf import FPDF, ViewerPreferences
from fpdf.enums import TextMode
from fpdf.fonts import TTFFont

from app.typesetting.lines import lines_of

FACE = Path(__file__).parent / "NotoSansJP-Regular.ttf"
INK, SOFT, LINE, GROUND = (26, 26, 26), (89, 89, 89), (178, 178, 178), (242, 242, 242)
LEADING = 1.65
"""Height of a line in sizes of its type."""
MM = 25.4 / 72
"""Millimetres of a point."""
MISSING = "〓"
"""Stands for a character that the face does not have, as in Japanese print."""


class Sheet(FPDF):
    """Sheets with `running` (what they are) and their number at the foot. Close ones hold about half as much again."""

    def __init__(self, title: str, running: str, made_at: datetime, is_close: bool = False) -> None:
        super().__init__(format="A4")
        self.running = running
        self.is_close = is_close
        self.leading, self.air, self.of_pairs = (1.4, 0.5, 9.0) if is_close else (LEADING, 1.0, 9.5)
        self.set_margins(18 if is_close else 20, 12 if is_close else 18, 18 if is_close else 20)
        self.c_margin = 0.0
        self.set_auto_page_break(True, 15 if is_close else 20)
        self.add_font("noto", "", FACE)
        self.set_font("noto", size=10)
        face = self.fonts["noto"]
        assert isinstance(face, TTFFont)
        self.face = face
        self.set_title(title)
        self.set_lang("ja")
        self.set_creator("共創パイプライン")
        self.set_creation_date(made_at)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.add_page()

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("noto", size=8)
        self.set_text_color(*SOFT)
        with self.passed_over():
            self.cell(self.epw / 2, 5, self.shown(self.running))
            self.cell(self.epw / 2, 5, f"{self.page_no()} / {{nb}}", align="R")

    def _begin(self, kind: str) -> None:
        """What is written until `_end`, on this sheet, is one element: P, H1, H2, H3 (ISO 32000-1, 14.8.4)."""
        mcid = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=f"/{kind}", mcid=mcid)
        self._out(f"/{kind} <</MCID {mcid}>> BDC")

    def _end(self) -> None:
        self._out("EMC")

    @contextmanager
    def passed_over(self) -> Iterator[None]:
        """What is drawn within is ornament, and not read out."""
        self._out("/Artifact BMC")
        yield
        self._end()

    def shown(self, text: str) -> str:
        """The text as the face can print it: composed, without marks that only steer a screen, and with 〓 for what it lacks."""
        composed = normalize("NFC", text.replace("\t", " "))
        seen = [c for c in composed if c == "\n" or category(c) not in ("Cc", "Cf")]
        return "".join(c if c == "\n" or ord(c) in self.face.cmap else MISSING for c in seen)

    def fit(self, text: str, size: float, room: float | None = None) -> list[str]:
        """The lines of a text in so much room, by default the whole breadth."""
        widths, scale = self.face.cw, size * MM / 1000
        return lines_of(
            self.shown(text), room or self.epw, lambda part: sum(widths[ord(c)] for c in part) * scale
        )

    def keep(self, height: float) -> None:
        """A new sheet where so much does not fit on this one any more."""
        if self.will_page_break(height):
            self.add_page()

    def write_lines(
        self,
        lines: list[str],
        size: float,
        colour: tuple[int, int, int] = INK,
        indent: float = 0,
        bold: bool = False,
        kind: str = "P",
    ) -> None:
        """Lines of one element; where they go on upon the next sheet, of another one there."""
        height, is_begun = size * MM * self.leading, False
        for line in lines:
            if is_begun and self.will_page_break(height):
                self._end()
                is_begun = False
            self.keep(height)
            if not is_begun:
                self._begin(kind)
                is_begun = True
            self.set_font("noto", size=size)
            self.set_text_color(*colour)
            self.set_x(self.l_margin + indent)
            with self.local_context(
                text_mode=TextMode.FILL_STROKE if bold else TextMode.FILL, line_width=0.12, draw_color=colour
            ):
                self.cell(0, height, line)
            self.ln(height)
        if is_begun:
            self._end()

    def paragraph(
        self,
        text: str,
        size: float = 10,
        colour: tuple[int, int, int] = INK,
        indent: float = 0,
        bold: bool = False,
    ) -> None:
        """A paragraph."""
        self.write_lines(self.fit(text, size, self.epw - indent), size, colour, indent, bold)

    def heading(self, text: str, level: int = 2) -> None:
        size = {1: 16.0 if self.is_close else 18.0, 2: 11.5 if self.is_close else 13.0, 3: 10.5}[level]
        above = {1: 0.0, 2: 6.0, 3: 3.0}[level] * self.air
        lines = self.fit(text, size)
        self.keep(
            above + len(lines) * size * MM * self.leading + (6 if self.is_close else 18 if level == 2 else 12)
        )
        if self.get_y() > self.t_margin:
            self.ln(above)
        if level > 1:
            self.start_section(self.shown(text), level=level - 2)
        self.write_lines(lines, size, bold=True, kind=f"H{level}")
        if level == 2:
            self.set_draw_color(*LINE)
            with self.passed_over():
                self.line(self.l_margin, self.get_y(), self.l_margin + self.epw, self.get_y())
            self.ln(2 * self.air)

    def pairs(self, pairs: list[tuple[str, str]], names: float = 36) -> None:
        """Names to the left, values to the right of them."""
        height = self.of_pairs * MM * self.leading
        for name, value in pairs:
            called = self.fit(name, self.of_pairs, names - 2)
            lines = self.fit(value, self.of_pairs, self.epw - names)
            self.keep(max(min(len(lines), 3), len(called)) * height)
            top = self.get_y()
            self.write_lines(called, self.of_pairs, SOFT)
            below, sheet = self.get_y(), self.page_no()
            self.set_y(top)
            self.write_lines(lines, self.of_pairs, indent=names)
            if self.page_no() == sheet:
                self.set_y(max(below, self.get_y()))
            self.ln(0.8 * self.air)

    def panel(self, text: str, size: float = 10) -> None:
        """A paragraph on a ground: a notice. One that is longer than a sheet goes on upon the next."""
        lines = self.fit(text, size, self.epw - 6)
        height = size * MM * self.leading
        most = int((self.eph - 8) / height)
        for first in range(0, len(lines), most):
            part = lines[first : first + most]
            self.keep(height * len(part) + 4)
            self.set_fill_color(*GROUND)
            with self.passed_over():
                self.rect(self.l_margin, self.get_y(), self.epw, height * len(part) + 4, "F")
            self.ln(2)
            self.write_lines(part, size, indent=3)
            self.ln(2 + 2 * self.air)
