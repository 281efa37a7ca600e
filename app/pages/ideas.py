"""`/ideas` and `/ideas/<number>`: where is it, what is next, who must move, since when."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.pages.forms import given, whole_number
from app.route import Said, act, page
from workflows.queries.idea_page import SeenIdea, idea_page
from workflows.queries.ideas_list import Filters, ideas_list
from workflows.queries.looks import Eyes

Form = Mapping[str, str]


@page("/ideas", reads="public.read")
def ideas(eyes: Eyes) -> ResponseReturnValue:
    names = ("stage", "status", "field", "owner", "q")
    asked = {name: request.args.get(name, "").strip()[:200] or None for name in names}
    found = ideas_list(eyes, Filters(**asked), request.args.get("after") or None)
    return render_template("ideas/list.html", found=found, asked=asked)


@page("/ideas/<number>", reads="idea.read")
def idea(eyes: Eyes, seen: SeenIdea) -> ResponseReturnValue:
    return render_template("ideas/idea.html", page=idea_page(eyes, seen))


@act("/ideas/<number>/follow", verb="idea.follow", back="idea")
def follow(form: Form, number: str) -> Said:
    return Said({"idea": number}, "見守りを始めました。コメントがあれば、お知らせします。")


@act("/ideas/<number>/unfollow", verb="idea.unfollow", back="idea")
def unfollow(form: Form, number: str) -> Said:
    return Said({"idea": number}, "見守りをやめました。")


@act("/ideas/<number>/comments", verb="comment.post", back="idea")
def comment(form: Form, number: str) -> Said:
    return Said({"idea": number, **given(form, "body_md")}, "コメントを書き込みました。", "discussion")


@act("/ideas/<number>/demand", verb="idea.demand", back="idea")
def demand(form: Form, number: str) -> Said:
    return Said(demand_command(form, idea=number), "「うちも使いたい」を伝えました。", "demand")


@act("/ideas/<number>/submit", verb="idea.submit", back="idea")
def submit(form: Form, number: str) -> Said:
    return Said({"idea": number}, "アイデアを提出しました。")


@act("/ideas/<number>/review", verb="review.request", back="idea")
def request_review(form: Form, number: str) -> Said:
    return Said({"idea": number}, "ゲート審査を申請しました。結果が決まるまで、内容は変えられません。")


def demand_command(form: Form, **about: Any) -> dict[str, Any]:
    """A demand as its form says it, for an idea or for a product."""
    return {**about, **given(form, "need", "constraints", "org"), **whole_number(form, "budget_year")}
