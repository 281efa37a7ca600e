"""What a publiccode.yml may say: one whole valid file, then one thing broken at a time."""

import json
from datetime import date

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.publiccode import Problem, Report, validate
from workflows.publiccode.vocabulary import COUNTRIES, LANGUAGES, MISTAKEN_LANGUAGES, VERSIONS

LONG = (
    "申請を受け付けてから結果を知らせるまでの手順を一つの画面で追えるようにし、職員が迷わずに次の作業へ進めるための道具です。"
    * 3
)
VALID = f"""\
publiccodeYmlVersion: '0.4'
name: 申請進行表
url: https://git.example.jp/kumoi/shinsei
softwareVersion: 1.2.0
releaseDate: 2026-04-01
platforms: [web]
categories: [workflow-management]
developmentStatus: stable
softwareType: standalone/web
description:
  ja:
    localisedName: 申請の進行表
    shortDescription: 申請の進み具合を一目で示す
    longDescription: {LONG}
    features: [進行の表示, 滞りの通知]
  en:
    shortDescription: Shows how far an application has come
legal:
  license: MIT
maintenance:
  type: contract
  contractors:
    - name: 株式会社くもい
      until: '2029-03-31'
localisation:
  localisationReady: true
  availableLanguages: [ja]
"""
CONTACTS = "maintenance:\n  type: community\n  contacts: [{name: 保守係, email: hoshu@example.jp}]"
CONTRACT = VALID[VALID.index("maintenance:") : VALID.index("\nlocalisation:")]


def changed(old: str, new: str) -> Report:
    """The verdict on the valid file with one thing changed."""
    assert VALID.count(old) == 1, f"{old!r} must stand in the valid file once"
    return validate(VALID.replace(old, new))


def added(line: str) -> Report:
    return validate(VALID + line + "\n")


def test_a_valid_file_is_valid_and_its_facts_are_read() -> None:
    report = validate(VALID)
    assert report.valid
    assert report.errors == ()
    # The second language says less than the first: the standard allows it, its parser does not.
    assert {w.key for w in report.warnings} == {"description.en.longDescription", "description.en.features"}
    assert (report.version, report.licence, report.name) == ("0.4", "MIT", "申請進行表")
    assert (report.url, report.software_version) == ("https://git.example.jp/kumoi/shinsei", "1.2.0")
    assert report.names == (("ja", "申請の進行表"),)
    assert validate(VALID.encode()) == report
    assert validate("\ufeff" + VALID) == report


def test_a_report_goes_into_json_as_it_is() -> None:
    told = json.loads(json.dumps(changed("license: MIT", "license: MITT").as_dict()))
    assert told["valid"] is False
    assert told["names"] == {"ja": "申請の進行表"}
    (error,) = told["errors"]
    assert error["key"] == "legal.license"
    assert error["line"] == 19
    assert error["message"]
    assert "MIT" in error["mend"]


ERRORS = [
    # what is changed, into what, the key and the line complained of
    ("publiccodeYmlVersion: '0.4'", "# nothing", "publiccodeYmlVersion", None),
    ("'0.4'", "'0.1'", "publiccodeYmlVersion", 1),
    ("'0.4'", "'1.0'", "publiccodeYmlVersion", 1),
    ("'0.4'", "[0.4]", "publiccodeYmlVersion", 1),
    ("name: 申請進行表", "", "name", None),
    ("name: 申請進行表", "name:", "name", 2),
    ("name: 申請進行表", "name: '　'", "name", 2),
    ("name: 申請進行表", "name: {ja: 表}", "name", 2),
    ("name: 申請進行表", 'name: "申請\\0進行表"', "name", 2),
    ("name: 申請進行表", "name: 表\nname: 表", "name", 3),
    ("https://git.example.jp/kumoi/shinsei", "git.example.jp/kumoi", "url", 3),
    ("https://git.example.jp/kumoi/shinsei", "git@git.example.jp:kumoi/shinsei.git", "url", 3),
    ("https://git.example.jp/kumoi/shinsei", "file:///etc/passwd", "url", 3),
    ("https://git.example.jp/kumoi/shinsei", "https:///kumoi", "url", 3),
    ("https://git.example.jp/kumoi/shinsei", "https://git.example.jp:99999/", "url", 3),
    ("https://git.example.jp/kumoi/shinsei", "https://git example.jp/", "url", 3),
    ("https://git.example.jp/kumoi/shinsei", "'http://[::1'", "url", 3),
    ("releaseDate: 2026-04-01", "releaseDate: 2026-4-1", "releaseDate", 5),
    ("releaseDate: 2026-04-01", "releaseDate: 2026-02-30", "releaseDate", 5),
    ("releaseDate: 2026-04-01", "releaseDate: 2026-04-01T00:00:00Z", "releaseDate", 5),
    ("releaseDate: 2026-04-01", "releaseDate: ２０２６-04-01", "releaseDate", 5),
    ("platforms: [web]", "", "platforms", None),
    ("platforms: [web]", "platforms: []", "platforms", 6),
    ("platforms: [web]", "platforms: [web, '']", "platforms[1]", 6),
    ("[workflow-management]", "[Workflow-Management]", "categories[0]", 7),
    ("[workflow-management]", "workflow-management", "categories", 7),
    ("developmentStatus: stable", "developmentStatus: released", "developmentStatus", 8),
    ("standalone/web", "standalone", "softwareType", 9),
    ("    shortDescription: 申請の進み具合を一目で示す\n", "", "description.ja.shortDescription", 11),
    ("申請の進み具合を一目で示す", "あ" * 151, "description.ja.shortDescription", 13),
    (f"longDescription: {LONG}", f"longDescription: {'あ' * 149}", "description.ja.longDescription", 14),
    (f"longDescription: {LONG}", f"longDescription: {'あ' * 10_001}", "description.ja.longDescription", 14),
    ("features: [進行の表示, 滞りの通知]", "features: []", "description.ja.features", 15),
    ("features: [進行の表示, 滞りの通知]", "features: 進行の表示", "description.ja.features", 15),
    ("    features:", f"    genericName: {'表' * 36}\n    features:", "description.ja.genericName", 15),
    ("    features:", "    documentation: 手引\n    features:", "description.ja.documentation", 15),
    (
        "    features:",
        "    screenshots: [img/a.png, img/b.gif]\n    features:",
        "description.ja.screenshots[1]",
        15,
    ),
    ("    features:", "    videos: [動画]\n    features:", "description.ja.videos[0]", 15),
    ("  ja:\n", "  jp:\n", "description.jp", 11),
    ("  ja:\n", "  ja_JP:\n", "description.ja_JP", 11),
    ("  en:\n", "  eng:\n", "description.eng", 16),
    ("  en:\n", "  x-en:\n", "description.x-en", 16),
    ("  en:\n", "  en-UK:\n", "description.en-UK", 16),
    ("license: MIT", "license:", "legal.license", 19),
    ("license: MIT", "license: Proprietary", "legal.license", 19),
    ("license: MIT", "license: MIT License", "legal.license", 19),
    ("license: MIT", "license: gpl", "legal.license", 19),
    ("license: MIT", "license: MIT OR", "legal.license", 19),
    ("license: MIT", "license: MIT/Apache-2.0", "legal.license", 19),
    ("license: MIT", "license: MIT Apache-2.0", "legal.license", 19),
    ("license: MIT", "license: (MIT", "legal.license", 19),
    ("license: MIT", "license: MIT WITH Apache-2.0", "legal.license", 19),
    ("license: MIT", "license: Classpath-exception-2.0", "legal.license", 19),
    ("license: MIT", f"license: {'MIT OR ' * 100}MIT", "legal.license", 19),
    ("license: MIT", "license: MIT OR FOO", "legal.license", 19),
    ("legal:\n  license: MIT", "legal: MIT", "legal", 18),
    (VALID[VALID.index("description:") : VALID.index("legal:")], "description: {}\n", "description", 10),
    (VALID[VALID.index("description:") : VALID.index("legal:")], "description: なし\n", "description", 10),
    ("  en:\n    shortDescription: Shows how far an application has come\n", "  en:\n", "description.en", 16),
    ("type: contract", "type: vendor", "maintenance.type", 21),
    ("type: contract", "type: none", "maintenance.contractors", 22),
    (CONTRACT, "maintenance:\n  type: contract", "maintenance.contractors", 20),
    (CONTRACT, "maintenance:\n  type: internal", "maintenance.contacts", 20),
    (CONTRACT, "maintenance:\n  type: community", "maintenance.contacts", 20),
    (CONTRACT, "maintenance:\n  type: community\n  contacts: []", "maintenance.contacts", 22),
    (CONTRACT, CONTACTS.replace("name: 保守係, ", ""), "maintenance.contacts[0].name", 22),
    (
        CONTRACT,
        CONTACTS.replace("hoshu@example.jp", "hoshu at example.jp"),
        "maintenance.contacts[0].email",
        22,
    ),
    (CONTRACT, CONTACTS.replace("hoshu@example.jp", "hoshu@localhost"), "maintenance.contacts[0].email", 22),
    ("    - name: 株式会社くもい\n      until", "    - until", "maintenance.contractors[0].name", 23),
    ("      until: '2029-03-31'\n", "", "maintenance.contractors[0].until", 23),
    ("'2029-03-31'", "令和11年3月末", "maintenance.contractors[0].until", 24),
    ("localisationReady: true", "localisationReady: はい", "localisation.localisationReady", 26),
    ("localisationReady: true", "localisationReady: 'true'", "localisation.localisationReady", 26),
    ("availableLanguages: [ja]", "availableLanguages: []", "localisation.availableLanguages", 27),
    ("availableLanguages: [ja]", "availableLanguages: [jp]", "localisation.availableLanguages[0]", 27),
    ("softwareVersion:", "softwareversion:", "softwareversion", 4),
    ("  type: contract", "  kind: contract\n  type: contract", "maintenance.kind", 21),
]


@pytest.mark.parametrize(("old", "new", "key", "line"), ERRORS)
def test_one_thing_broken_is_one_error_at_its_place(old: str, new: str, key: str, line: int | None) -> None:
    (error,) = changed(old, new).errors
    assert (error.key, error.line) == (key, line)
    assert error.message
    assert error.mend


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("landingURL: www.example.jp", "landingURL"),
        ("roadmap: ftp://example.jp/roadmap", "roadmap"),
        ("isBasedOn: [https://git.example.jp/a/b, '???']", "isBasedOn[1]"),
        ("logo: /img/logo.svg", "logo"),
        ("logo: ../logo.svg", "logo"),
        ("logo: img/logo.gif", "logo"),
        ("inputTypes: [text]", "inputTypes[0]"),
        ("fundedBy: [{uri: 'https://example.jp'}]", "fundedBy[0].name"),
        ("organisation: {name: 雲居市}", "organisation.uri"),
        ("organisation: {uri: 雲居市}", "organisation.uri"),
        ("organisation: 雲居市", "organisation"),
        ("supports: [{id: gdpr}]", "supports[0].id"),
        ("supports: [gdpr]", "supports[0]"),
        ("intendedAudience: {countries: [JPN]}", "intendedAudience.countries[0]"),
        ("intendedAudience: {countries: [Jp]}", "intendedAudience.countries[0]"),
        ("intendedAudience: {scope: [local]}", "intendedAudience.scope[0]"),
        ("dependsOn: {open: [{version: '16'}]}", "dependsOn.open[0].name"),
        ("dependsOn: {open: [{name: PostgreSQL, optional: maybe}]}", "dependsOn.open[0].optional"),
        ("dependsOn: {open: PostgreSQL}", "dependsOn.open"),
        ("it: {countryExtensionVersion: '9'}", "it.countryExtensionVersion"),
        ("JP: {lgwan: true}", "JP"),
        ("x-ours: true", "x-ours"),
        ("? [a, b]\n: c", "publiccode.yml"),
        ("? \n: c", "publiccode.yml"),
        ("landingURL: [https://example.jp]", "landingURL"),
        (f"landingURL: https://example.jp/{'a' * 2_000}", "landingURL"),
        ("logo: ftp://example.jp/logo.png", "logo"),
        ("logo: [img/logo.svg]", "logo"),
        ("supports: [{id: [gdpr]}]", "supports[0].id"),
        ("intendedAudience: {countries: [[JP]]}", "intendedAudience.countries[0]"),
    ],
)
def test_an_optional_key_must_be_right_where_it_is_written(line: str, key: str) -> None:
    (error,) = added(line).errors
    assert error.key == key
    assert error.line == VALID.count("\n") + 1


WARNINGS = [
    ("license: MIT", "license: mit", "legal.license"),
    ("license: MIT", "license: MIT or Apache-2.0", "legal.license"),
    ("license: MIT", "license: AGPL-3.0", "legal.license"),
    ("license: MIT", "license: LicenseRef-kumoi", "legal.license"),
    ("https://git.example.jp/kumoi/shinsei", "ssh://git.example.jp/kumoi/shinsei", "url"),
    ("https://git.example.jp/kumoi/shinsei", "https://kumoi:himitsu@git.example.jp/shinsei", "url"),
    ("platforms: [web]", "platforms: web", "platforms"),
    ("categories: [workflow-management]", "", "categories"),
    ("localisationReady: true", "localisationReady: yes", "localisation.localisationReady"),
    ("license: MIT", "license: MIT\n  repoOwner: 雲居市", "legal.repoOwner"),
    ("license: MIT", "license: MIT\n  authorsFile: AUTHORS", "legal.authorsFile"),
    ("    features:", "    genericName: 進行表\n    features:", "description.ja.genericName"),
    ("releaseDate: 2026-04-01", "releaseDate:", "releaseDate"),
    ("platforms: [web]", "platforms: [web]\nlogo: https://example.jp/logo", "logo"),
    ("platforms: [web]", "platforms: [web]\nmonochromeLogo: img/logo.png", "monochromeLogo"),
    ("platforms: [web]", "platforms: [web]\ninputTypes: [text/plain]", "inputTypes"),
    (
        "platforms: [web]",
        "platforms: [web]\nintendedAudience: {countries: [jp]}",
        "intendedAudience.countries[0]",
    ),
    (
        "'0.4'",
        "'0.7'\nsupports: [{id: 'alias:gdpr'}, {id: 'alias:lgwan'}, {id: 'urn:x-kumoi:a'}]",
        "supports[1].id",
    ),
    ("platforms: [web]", "platforms: [web]\norganisation: {uri: 'urn:x-kumoi:it'}", "organisation"),
    ("platforms: [web]", "platforms: [web]\nIT: {countryExtensionVersion: '1.0'}", "IT"),
    ("legal:\n  license: MIT", "legal:\n  <<: {license: MIT}", "legal"),
]


@pytest.mark.parametrize(("old", "new", "key"), WARNINGS)
def test_what_is_outdated_or_doubtful_is_a_warning_and_the_file_stays_valid(
    old: str, new: str, key: str
) -> None:
    report = changed(old, new)
    assert report.errors == ()
    (warning,) = set(report.warnings) - set(validate(VALID).warnings) - moved(report)
    assert warning.key == key
    assert warning.mend


def moved(report: Report) -> set[Problem]:
    """The two warnings of the valid file, wherever a line added above has moved them."""
    return {w for w in report.warnings if w.key.startswith("description.en.")}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("MIT", "MIT"),
        ("apache-2.0", "Apache-2.0"),
        ("EUPL-1.2 OR (agpl-3.0-or-later AND MIT)", "EUPL-1.2 OR (AGPL-3.0-or-later AND MIT)"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("AFL-2.1+", "AFL-2.1+"),
        ("AGPL-3.0", "AGPL-3.0"),
        ("MIT OR LicenseRef-kumoi", "MIT OR LicenseRef-kumoi"),
        ("MITT", None),
    ],
)
def test_the_licence_is_read_in_the_case_of_spdx(written: str, read: str | None) -> None:
    assert changed("license: MIT", f"license: {written}").licence == read


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_of_0_x_is_judged_alike(version: str) -> None:
    report = changed(
        "'0.4'", f"{version}"
    )  # unquoted 0.4 is a number in YAML, and meant as a version all the same
    assert report.valid
    assert report.version == version


@pytest.mark.parametrize(
    "tag", ["ja", "ja-JP", "JA", "zh-Hant-TW", "es-419", "sl-IT-nedis", "de-CH-1901", "ain", "en-x-kumoi"]
)
def test_a_language_may_be_any_tag_of_bcp_47(tag: str) -> None:
    assert changed("availableLanguages: [ja]", f"availableLanguages: [{tag}]").valid


def test_the_version_of_the_standard_is_no_other_version_in_the_file() -> None:
    assert changed("softwareVersion: 1.2.0", "softwareVersion: '0.2'").version == "0.4"


def test_a_key_is_warned_of_only_in_versions_before_its_own() -> None:
    funded = "\nfundedBy: [{name: 雲居市}]"
    assert "fundedBy" in {w.key for w in changed("'0.4'", "'0.4'" + funded).warnings}
    assert "fundedBy" not in {w.key for w in changed("'0.4'", "'0.5.0'" + funded).warnings}
    assert "fundedBy" not in {w.key for w in changed("'0.4'", "'0'" + funded).warnings}


def test_two_spellings_of_one_country_section_are_an_error() -> None:
    (error,) = added("IT: {riuso: {codiceIPA: x_000}}\nit: {riuso: {codiceIPA: x_000}}").errors
    assert error.key == "it"


APART = "か\u3099"  # one character to a reader, two code points


def test_characters_are_counted_not_bytes_nor_combining_marks() -> None:
    assert not changed(f"longDescription: {LONG}", f"longDescription: {APART * 100}").valid
    assert changed(f"longDescription: {LONG}", f"longDescription: {APART * 150}").valid
    assert changed("申請の進み具合を一目で示す", "𠮷" * 150).valid


def test_a_long_description_in_no_language_is_an_error_in_each() -> None:
    report = changed(f"    longDescription: {LONG}\n", "")
    assert [e.key for e in report.errors] == [
        "description.ja.longDescription",
        "description.en.longDescription",
    ]


def test_a_day_is_asked_of_the_dates_only_when_given() -> None:
    assert {w.key for w in validate(VALID).warnings} == {
        w.key for w in validate(VALID, today=date(2026, 4, 1)).warnings
    }
    early = {w.key for w in validate(VALID, today=date(2026, 3, 31)).warnings}
    late = {w.key for w in validate(VALID, today=date(2029, 4, 1)).warnings}
    assert "releaseDate" in early
    assert "maintenance.contractors[0].until" in late
    assert "maintenance.contractors[0].until" not in {
        w.key for w in validate(VALID, today=date(2029, 3, 31)).warnings
    }


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("", None, "中身"),
        ("# ただの注釈\n", None, "中身"),
        ("- a\n- b\n", 1, "項目: 値"),
        ("ただの文", 1, "項目: 値"),
        ("name: a\n---\nname: b\n", 2, "二つ"),
        ("name: a\n\tb: c\n", 2, "タブ"),
        ("name: 'a\n", 2, "YAML"),
        ('name: "\\UFFFFFFFF"', None, "YAML"),
        ("name: a\nurl: a\0b\n", 2, "制御文字"),
        ("name: 窓口\n".encode("cp932"), 1, "UTF-8"),
        ("name: a\n".encode("utf-16"), 1, "UTF-8"),
        (BOMB, 5, "多すぎます"),
        ("".join(f"k{i}: v\n" for i in range(6_000)), 5_000, "多すぎます"),
        ("a: &a\n  b: *a\n", 2, "自分自身"),
        ("a: &a 1\nb: &a 2\n", 2, "YAML"),
        ("[" * 100_000, 1, "深すぎます"),
        ("- " * 100_000, 1, "深すぎます"),
        (
            "a: &a0 {x: y}\n" + "".join(f"k{i}: &a{i} {{<<: *a{i - 1}}}\n" for i in range(1, 500)),
            24,
            "深すぎます",
        ),
        ("x" * 300_000, None, "大きすぎます"),
        ("名" * 100_000, None, "大きすぎます"),
    ],
)
def test_what_is_no_yaml_mapping_is_one_error(source: str | bytes, line: int | None, said: str) -> None:
    report = validate(source)
    (error,) = report.errors
    assert (error.key, error.line) == ("publiccode.yml", line)
    assert said in error.message
    assert error.mend


def test_a_tag_of_python_builds_nothing() -> None:
    (error,) = changed("name: 申請進行表", "name: !!python/object/apply:os.system [exit 1]").errors
    assert error.key == "name"


def test_a_hundred_thousand_characters_in_one_field_are_one_short_error() -> None:
    for field, key in (
        ("申請の進み具合を一目で示す", "shortDescription"),
        ("standalone/web", "softwareType"),
    ):
        (error,) = changed(field, "x" * 100_000).errors
        assert error.key.endswith(key)
        assert len(error.message) < 200


def test_more_problems_than_a_person_reads_are_cut_and_counted() -> None:
    errors = changed("[workflow-management]", "[" + "x, " * 500 + "]").errors
    assert len(errors) == 101
    assert "400" in errors[-1].message


def test_the_code_lists_are_whole() -> None:
    assert (len(LANGUAGES), len(COUNTRIES)) == (184, 249)
    assert not LANGUAGES & set(MISTAKEN_LANGUAGES)
    assert set(MISTAKEN_LANGUAGES.values()) <= LANGUAGES


def require_sound(report: Report) -> None:
    """Whatever was read: every problem says what to do, and the report can be stored and sent."""
    assert report.valid == (not report.errors)
    for problem in (*report.errors, *report.warnings):
        assert problem.key
        assert problem.message
        assert problem.mend
    assert "\0" not in json.dumps(report.as_dict(), ensure_ascii=False).encode("utf-8").decode("utf-8")


@settings(deadline=None)
@given(st.text() | st.binary())
def test_no_text_and_no_bytes_raise(source: str | bytes) -> None:
    report = validate(source)
    assert not report.valid
    require_sound(report)


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, len(VALID)),
    st.integers(0, 40),
    st.text(max_size=30) | st.sampled_from(["&a ", "*a", "<<: ", "!!", '"\\uD800']),
)
def test_no_damage_to_a_valid_file_raises(at: int, removed: int, put: str) -> None:
    require_sound(validate(VALID[:at] + put + VALID[at + removed :]))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)
@given(
    st.sampled_from(
        [*sorted(yaml.safe_load(VALID)), "organisation", "supports", "dependsOn", "it", "isBasedOn"]
    ),
    ANYTHING,
)
def test_no_value_in_a_known_place_raises(key: str, value: object) -> None:
    require_sound(validate(yaml.safe_dump({**yaml.safe_load(VALID), key: value}, allow_unicode=True)))
