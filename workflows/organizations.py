"""Organizations: registering one, claiming a listed one, and what is known about it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError
from sqlmodel import col, or_, select

from stages.local_government import INVENTED_PREFECTURE, is_valid_lgcode, prefecture_of, size_class_of_name
from workflows.runtime.commands import DOMAIN, Command, Count, LgCode, Line, Ref, Slug, Version, lower
from workflows.runtime.refusal import Refused, invalid
from workflows.runtime.verbs import verb
from workflows.runtime.work import Work
from workflows.tables.people import Organization

INVENTED_PREFECTURE_NAME = "架空の県"
"""What invented municipalities (prefecture 99) are grouped under."""

OrgKind = Literal["municipality", "vendor", "agency", "association"]
Network = Literal["alpha", "alpha_prime", "beta", "beta_prime", "lgwan_asp"]
SizeClass = Literal["prefecture", "designated_city", "core_city", "city", "special_ward", "town", "village"]


def _existing_prefecture(code: str) -> str:
    if prefecture_of(code) is None and not code.startswith(INVENTED_PREFECTURE):
        raise PydanticCustomError("lgcode", "上 2 桁は都道府県の番号（01〜47）にしてください。")
    return code


Code = Annotated[LgCode, AfterValidator(_existing_prefecture)]
MailDomain = Annotated[
    str,
    BeforeValidator(lower),
    Field(max_length=253, pattern=f"^{DOMAIN}$"),
]
MailDomains = Annotated[list[MailDomain], Field(max_length=50)]


class RegisterOrg(Command):
    """A new organization, or the claim of a listed local government by its code."""

    slug: Slug
    kind: OrgKind
    name: Line
    kana: Line | None = None
    lgcode: Code | None = None
    mail_domains: MailDomains | None = None
    network_model: Network | None = None
    population: Count | None = None
    has_ai_rules: bool | None = None
    size_class: SizeClass | None = None


class ReviseOrg(Command):
    """Any field of an organization but slug, kind and lgcode."""

    org: Ref
    seen_version: Version | None = None
    name: Line | None = None
    kana: Line | None = None
    mail_domains: MailDomains | None = None
    network_model: Network | None = None
    population: Count | None = None
    has_ai_rules: bool | None = None
    size_class: SizeClass | None = None


def _check_code(command: RegisterOrg) -> None:
    """What the command alone shows to be wrong about its code and slug. Refused `invalid`."""
    if command.kind == "municipality" and command.lgcode is None:
        raise invalid(
            "lgcode", "地方公共団体には全国地方公共団体コードが必要です。6 桁のコードを入れてください。"
        )
    if command.kind != "municipality" and command.lgcode is not None:
        raise invalid("lgcode", "全国地方公共団体コードは地方公共団体だけのものです。空にしてください。")
    if command.kind != "municipality" and command.size_class is not None:
        raise invalid("size_class", "規模は地方公共団体だけのものです。空にしてください。")
    if is_valid_lgcode(command.slug) and command.slug != command.lgcode:
        # An organization is found by slug or code: a slug that is another's code would be found instead of it.
        raise invalid(
            "slug",
            "ほかの団体の全国地方公共団体コードは、アドレスに使う名前にできません。別の名前にしてください。",
        )


def _size_class(command: RegisterOrg, listed: Organization | None) -> str | None:
    """As given, else as listed, else by the name's last character. Refused `invalid` where that tells nothing."""
    if command.kind != "municipality":
        return None
    size = command.size_class or (listed.size_class if listed else None)
    size = size or size_class_of_name(command.name, command.lgcode)
    if size is None:
        raise invalid("size_class", "名前の最後の字から規模が分かりません。規模を選んでください。")
    return size


def _claimable(org: Organization, command: RegisterOrg) -> bool:
    """Whether a listed row waits for just this claim: a local government's by its code, the agency's by its kind."""
    open_to_claim = org.listed and org.claimed_at is None and org.closed_on is None
    same = org.lgcode == command.lgcode if command.lgcode is not None else org.kind == "agency"
    return open_to_claim and org.kind == command.kind and same


@verb("org.register", RegisterOrg)
def register_org(work: Work, command: RegisterOrg) -> Organization:
    """団体を登録する。同じ内容なら登録済みの団体を返し、slug かコードだけが同じなら duplicate。"""
    _check_code(command)
    work.allow("org.register")
    said = command.model_dump(mode="json")
    alike = [col(Organization.slug) == command.slug]
    if command.lgcode is not None:
        alike.append(col(Organization.lgcode) == command.lgcode)
    if command.kind == "agency":
        unclaimed = col(Organization.listed) & col(Organization.claimed_at).is_(None)
        alike.append((col(Organization.kind) == "agency") & unclaimed)
    found = [
        work.lock(Organization, i)
        for i in work.session.exec(
            select(Organization.id).where(or_(*alike)).order_by(col(Organization.id))
        ).all()
    ]
    if len(found) == 1 and found[0].registered == said:
        return found[0]
    listed = found[0] if len(found) == 1 and _claimable(found[0], command) else None
    if found and listed is None:
        other = found[0]
        what = "slug" if other.slug == command.slug else "全国地方公共団体コード"
        message = f"同じ{what}の団体「{other.name}」が登録されています。登録済みの団体を使うか、{what}を確かめてください。"
        raise Refused("duplicate", message)
    fields = command.model_dump(exclude={"size_class"}, exclude_none=True) | {
        "size_class": _size_class(command, listed),
        "registered": said,
    }
    if listed is None:
        if command.lgcode is not None:
            fields["prefecture"] = prefecture_of(command.lgcode) or INVENTED_PREFECTURE_NAME
        org = work.add(Organization(**fields, claimed_at=work.now))
        work.record("org.registered", org, kind=org.kind, lgcode=org.lgcode)
        return org
    work.change(listed, **fields, claimed_at=work.now)
    work.record("org.claimed", listed, lgcode=listed.lgcode)
    return listed


@verb("org.revise", ReviseOrg)
def revise_org(work: Work, command: ReviseOrg) -> Organization:
    """団体の情報を直す。規模区分は地方公共団体だけが持つ。"""
    org = work.lock(Organization, work.org(command.org).id)
    work.allow("org.revise", own={org.slug})
    work.match(command.seen_version, org.version, "この団体の情報")
    if command.size_class is not None and org.kind != "municipality":
        raise invalid("size_class", "規模は地方公共団体だけのものです。空にしてください。")
    may_be_empty = {"kana", "network_model", "population", "has_ai_rules"}
    given = command.model_dump(exclude={"org", "seen_version"}, exclude_unset=True)
    if "mail_domains" in given:
        given["mail_domains"] = given["mail_domains"] or []
    changed = {
        name: value
        for name, value in given.items()
        if (value is not None or name in may_be_empty) and getattr(org, name) != value
    }
    work.change(org, **changed)
    work.record("org.revised", org, fields=sorted(changed), version=org.version)
    return org
