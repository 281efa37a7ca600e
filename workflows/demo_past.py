"""A road of the demo for ideas of which only the answers matter: the history that a forecast is made from and judged by."""

from datetime import datetime, timedelta

from workflows.demo_cast import Cast, Facts, Steps, agency, do, moment
from workflows.demo_gates import gate


def answered(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """An idea handed in, and what the first gate said to it: `asked` lists [day of the request, days, decision, rationale] and,
    of a hold, the day to look again; `withdrawn` is [day, reason]."""
    kept = ("title", "field", "challenge", "as_is", "to_be", "cases_per_year", "minutes_each")
    yield do(cast.submitter, "idea.draft", save, **{key: told[key] for key in kept})
    yield do(cast.approver, "idea.submit", on=at + timedelta(days=1), idea=f"${save}")
    for number, (day, days, decision, rationale, *until) in enumerate(told["asked"]):
        facts = {"gate": "G1", "days": days, "decision": decision, "rationale": rationale}
        if until:
            facts |= {"hold_until": until[0]}
        on = moment(day)
        for step in gate(cast, on, facts, f"{save}_{number}"):
            if "idea" in step["with"]:
                step["with"]["idea"] = f"${save}"
            yield {"on": on} | step
        if until:
            said = "見直しの日が来たため、検討を再開する。"
            yield do(agency("kettei"), "idea.resume", on=moment(until[0]), idea=f"${save}", because=said)
    if "withdrawn" in told:
        day, reason = told["withdrawn"]
        yield do(cast.submitter, "idea.withdraw", on=moment(day), idea=f"${save}", reason=reason)
