"""Running a prompt's test case: a person pastes the answer, and each expected property is looked for in it."""

from typing import Annotated

from pydantic import Field

from workflows.assets import asset_of, not_retired, org_of_user
from workflows.prompt_cases import MOST_CASES, checked
from workflows.runtime.commands import Command, Count, Line, Ref, Text, Version
from workflows.runtime.refusal import invalid
from workflows.runtime.verbs import Outcome, verb
from workflows.runtime.work import Work
from workflows.tables.assets import AssetRun, AssetVersion


class RecordRun(Command):
    """`case` counts from one. Without `version` it is the current one's case that was run."""

    asset: Ref
    version: Version | None = None
    case: Annotated[Count, Field(ge=1, le=MOST_CASES)]
    model: Line
    output: Text
    org: Ref | None = None


@verb("asset.record_run", RecordRun)
def record_run(work: Work, command: RecordRun) -> Outcome:
    """プロンプトを試した出力を残す。期待することの一つ一つを、そろっているか確かめる。AI は呼ばない。"""
    asset, idea = asset_of(work, command.asset)
    org = org_of_user(work, "asset.record_run", idea, command.org)
    not_retired(asset)
    number = asset.current_version if command.version is None else command.version
    version = work.find(AssetVersion, asset_id=asset.id, number=number)
    if version is None:
        raise invalid("version", f"第 {number} 版はありません。")
    cases = version.test_cases or []
    if command.case > len(cases):
        raise invalid("case", f"第 {number} 版には、{command.case} 番目の試す例はありません。")
    results = checked(cases[command.case - 1], command.output)
    work.add(
        AssetRun(
            asset_id=asset.id or 0,
            version=number,
            case_number=command.case,
            org_id=org.id or 0,
            model=command.model,
            output=command.output,
            results=results,
            run_by_id=work.user_id,
            run_at=work.now,
        )
    )
    held = sum(result["held"] for result in results)
    facts = {"org": org.slug, "version": number, "case": command.case, "model": command.model}
    work.record("asset.run_recorded", asset, **facts, held=held, of=len(results))
    return Outcome("asset", asset.ref, asset.current_version, facts={"held": held, "of": len(results)})
