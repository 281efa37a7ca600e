CREATE TABLE action_item (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	review_id INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	criterion VARCHAR NOT NULL, 
	text TEXT NOT NULL, 
	owner_id INTEGER NOT NULL, 
	due_on DATE NOT NULL, 
	status VARCHAR NOT NULL, 
	closed_at DATETIME, 
	closed_by_id INTEGER, 
	note TEXT, 
	verified_at DATETIME, 
	verified_by_id INTEGER, 
	CONSTRAINT ck_action_item_closed_has_closer CHECK ((status = 'open') = (closed_at IS NULL)), 
	CONSTRAINT ck_action_item_closed_whole CHECK ((closed_at IS NULL AND closed_by_id IS NULL AND note IS NULL) OR (closed_at IS NOT NULL AND closed_by_id IS NOT NULL AND note IS NOT NULL)), 
	CONSTRAINT ck_action_item_status_known CHECK (status IN ('open', 'closed', 'verified')), 
	CONSTRAINT ck_action_item_verified_has_verifier CHECK ((status = 'verified') = (verified_at IS NOT NULL)), 
	CONSTRAINT ck_action_item_verified_whole CHECK ((verified_at IS NULL AND verified_by_id IS NULL) OR (verified_at IS NOT NULL AND verified_by_id IS NOT NULL)), 
	CONSTRAINT fk_action_item_closed_by_id FOREIGN KEY(closed_by_id) REFERENCES person (id), 
	CONSTRAINT fk_action_item_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_action_item_owner_id FOREIGN KEY(owner_id) REFERENCES organization (id), 
	CONSTRAINT fk_action_item_review_id FOREIGN KEY(review_id) REFERENCES review (id), 
	CONSTRAINT fk_action_item_verified_by_id FOREIGN KEY(verified_by_id) REFERENCES person (id), 
	CONSTRAINT pk_action_item PRIMARY KEY (id), 
	CONSTRAINT uq_action_item_ref UNIQUE (ref)
);
CREATE TABLE "adoption" (
	id INTEGER NOT NULL, 
	product_id INTEGER NOT NULL, 
	org_id INTEGER NOT NULL, 
	status VARCHAR NOT NULL, 
	since DATE, 
	note TEXT NOT NULL, 
	stated_by_id INTEGER, 
	stated_at DATETIME NOT NULL, 
	confirmed_at DATETIME NOT NULL, 
	lapse_told_at DATETIME, 
	replaced_at DATETIME, 
	survey_id INTEGER, 
	surveyed_lgcode VARCHAR, 
	by_link BOOLEAN NOT NULL, 
	CONSTRAINT ck_adoption_said_by_somebody CHECK ((stated_by_id IS NULL) = (survey_id IS NOT NULL)), 
	CONSTRAINT ck_adoption_status_known CHECK (status IN ('adopted', 'piloting', 'planned', 'considering', 'considered_not_adopted', 'no_plan', 'stopped')), 
	CONSTRAINT fk_adoption_org_id FOREIGN KEY(org_id) REFERENCES organization (id), 
	CONSTRAINT fk_adoption_product_id FOREIGN KEY(product_id) REFERENCES product (id), 
	CONSTRAINT fk_adoption_stated_by_id FOREIGN KEY(stated_by_id) REFERENCES person (id), 
	CONSTRAINT fk_adoption_survey_id FOREIGN KEY(survey_id) REFERENCES survey (id), 
	CONSTRAINT pk_adoption PRIMARY KEY (id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE "anchor" (
	id INTEGER NOT NULL, 
	taken_at DATETIME NOT NULL, 
	entries INTEGER NOT NULL, 
	digest VARCHAR NOT NULL, 
	chains INTEGER NOT NULL, 
	root VARCHAR NOT NULL, 
	previous VARCHAR NOT NULL, 
	CONSTRAINT pk_anchor PRIMARY KEY (id)
);
CREATE TABLE anchor_head (
	chain VARCHAR NOT NULL, 
	anchor_id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	hash VARCHAR NOT NULL, 
	CONSTRAINT fk_anchor_head_anchor_id FOREIGN KEY(anchor_id) REFERENCES anchor (id), 
	CONSTRAINT pk_anchor_head PRIMARY KEY (chain, anchor_id)
);
CREATE TABLE "asset" (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	idea_id INTEGER, 
	org_id INTEGER NOT NULL, 
	forked_from_id INTEGER, 
	current_version INTEGER NOT NULL, 
	published_at DATETIME NOT NULL, 
	retired_at DATETIME, 
	retired_by_id INTEGER, 
	forked_version INTEGER, 
	retired_because TEXT, 
	succeeded_by_id INTEGER, 
	CONSTRAINT ck_asset_kind_known CHECK (kind IN ('prompt', 'application', 'dataset', 'quality_rule', 'manual', 'usage_rules')), 
	CONSTRAINT ck_asset_not_its_own_successor CHECK (succeeded_by_id IS NULL OR succeeded_by_id <> id), 
	CONSTRAINT ck_asset_reason_of_a_retirement CHECK (retired_at IS NOT NULL OR (retired_because IS NULL AND succeeded_by_id IS NULL)), 
	CONSTRAINT ck_asset_retired_whole CHECK ((retired_at IS NULL AND retired_by_id IS NULL) OR (retired_at IS NOT NULL AND retired_by_id IS NOT NULL)), 
	CONSTRAINT fk_asset_forked_from_id FOREIGN KEY(forked_from_id) REFERENCES asset (id), 
	CONSTRAINT fk_asset_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_asset_org_id FOREIGN KEY(org_id) REFERENCES organization (id), 
	CONSTRAINT fk_asset_retired_by_id FOREIGN KEY(retired_by_id) REFERENCES person (id), 
	CONSTRAINT fk_asset_succeeded_by_id FOREIGN KEY(succeeded_by_id) REFERENCES asset (id), 
	CONSTRAINT pk_asset PRIMARY KEY (id), 
	CONSTRAINT uq_asset_ref UNIQUE (ref)
);
CREATE TABLE asset_run (
	id INTEGER NOT NULL, 
	asset_id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	case_number INTEGER NOT NULL, 
	org_id INTEGER NOT NULL, 
	model VARCHAR NOT NULL, 
	output TEXT NOT NULL, 
	results JSON NOT NULL, 
	run_by_id INTEGER NOT NULL, 
	run_at DATETIME NOT NULL, 
	CONSTRAINT ck_asset_run_case_counted CHECK (case_number >= 1), 
	CONSTRAINT fk_asset_run_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id), 
	CONSTRAINT fk_asset_run_org_id FOREIGN KEY(org_id) REFERENCES organization (id), 
	CONSTRAINT fk_asset_run_run_by_id FOREIGN KEY(run_by_id) REFERENCES person (id), 
	CONSTRAINT pk_asset_run PRIMARY KEY (id)
);
CREATE TABLE asset_use (
	id INTEGER NOT NULL, 
	asset_id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	org_id INTEGER NOT NULL, 
	effect_note TEXT NOT NULL, 
	minutes_saved_per_case FLOAT, 
	used_by_id INTEGER NOT NULL, 
	used_at DATETIME NOT NULL, 
	CONSTRAINT ck_asset_use_minutes_counted CHECK (minutes_saved_per_case IS NULL OR minutes_saved_per_case >= 0), 
	CONSTRAINT fk_asset_use_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id), 
	CONSTRAINT fk_asset_use_org_id FOREIGN KEY(org_id) REFERENCES organization (id), 
	CONSTRAINT fk_asset_use_used_by_id FOREIGN KEY(used_by_id) REFERENCES person (id), 
	CONSTRAINT pk_asset_use PRIMARY KEY (id)
);
CREATE TABLE "asset_version" (
	id INTEGER NOT NULL, 
	asset_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	title VARCHAR NOT NULL, 
	body_md TEXT NOT NULL, 
	body_html TEXT NOT NULL, 
	url VARCHAR, 
	licence VARCHAR NOT NULL, 
	model VARCHAR, 
	permitted_data_class VARCHAR, 
	published_by_id INTEGER NOT NULL, 
	published_at DATETIME NOT NULL, 
	upload_id INTEGER, test_cases JSON, 
	CONSTRAINT ck_asset_version_has_content CHECK (body_md <> '' OR url IS NOT NULL OR upload_id IS NOT NULL), 
	CONSTRAINT fk_asset_version_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id), 
	CONSTRAINT fk_asset_version_published_by_id FOREIGN KEY(published_by_id) REFERENCES person (id), 
	CONSTRAINT fk_asset_version_upload_id FOREIGN KEY(upload_id) REFERENCES upload (id), 
	CONSTRAINT pk_asset_version PRIMARY KEY (id)
);
CREATE TABLE assignment (
	id INTEGER NOT NULL, 
	review_id INTEGER NOT NULL, 
	reviewer_id INTEGER NOT NULL, 
	assigned_by_id INTEGER NOT NULL, 
	assigned_at DATETIME NOT NULL, 
	recused_at DATETIME, 
	recuse_because TEXT, 
	CONSTRAINT ck_assignment_recused_whole CHECK ((recused_at IS NULL AND recuse_because IS NULL) OR (recused_at IS NOT NULL AND recuse_because IS NOT NULL)), 
	CONSTRAINT fk_assignment_assigned_by_id FOREIGN KEY(assigned_by_id) REFERENCES person (id), 
	CONSTRAINT fk_assignment_review_id FOREIGN KEY(review_id) REFERENCES review (id), 
	CONSTRAINT fk_assignment_reviewer_id FOREIGN KEY(reviewer_id) REFERENCES person (id), 
	CONSTRAINT pk_assignment PRIMARY KEY (id)
);
CREATE TABLE board_report (
	id INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	reported_on DATE NOT NULL, 
	summary_md TEXT NOT NULL, 
	summary_html TEXT NOT NULL, 
	filed_by_id INTEGER NOT NULL, 
	filed_at DATETIME NOT NULL, 
	CONSTRAINT fk_board_report_filed_by_id FOREIGN KEY(filed_by_id) REFERENCES person (id), 
	CONSTRAINT fk_board_report_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT pk_board_report PRIMARY KEY (id)
);
CREATE TABLE challenge (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	event_id INTEGER NOT NULL, 
	org_id INTEGER NOT NULL, 
	title VARCHAR NOT NULL, 
	field VARCHAR NOT NULL, 
	body_md TEXT NOT NULL, 
	body_html TEXT NOT NULL, 
	posted_by_id INTEGER NOT NULL, 
	posted_at DATETIME NOT NULL, 
	CONSTRAINT fk_challenge_event_id FOREIGN KEY(event_id) REFERENCES event (id), 
	CONSTRAINT fk_challenge_org_id FOREIGN KEY(org_id) REFERENCES organization (id), 
	CONSTRAINT fk_challenge_posted_by_id FOREIGN KEY(posted_by_id) REFERENCES person (id), 
	CONSTRAINT pk_challenge PRIMARY KEY (id), 
	CONSTRAINT uq_challenge_ref UNIQUE (ref)
);
CREATE TABLE "checklist_answers" (
	id INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	checklist VARCHAR NOT NULL, 
	answers JSON NOT NULL, 
	notes JSON NOT NULL, 
	answered_by_id INTEGER NOT NULL, 
	answered_at DATETIME NOT NULL, 
	evidence_id INTEGER, 
	CONSTRAINT fk_checklist_answers_answered_by_id FOREIGN KEY(answered_by_id) REFERENCES person (id), 
	CONSTRAINT fk_checklist_answers_evidence_id FOREIGN KEY(evidence_id) REFERENCES evidence (id), 
	CONSTRAINT fk_checklist_answers_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT pk_checklist_answers PRIMARY KEY (id)
);
CREATE TABLE code_app (
	user_id INTEGER NOT NULL, 
	sealed_secret TEXT NOT NULL, 
	last_step INTEGER NOT NULL, 
	added_at DATETIME NOT NULL, 
	last_used_at DATETIME, 
	CONSTRAINT fk_code_app_user_id FOREIGN KEY(user_id) REFERENCES person (id), 
	CONSTRAINT pk_code_app PRIMARY KEY (user_id)
);
CREATE TABLE comment (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	idea_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	reply_to_id INTEGER, 
	body_md TEXT NOT NULL, 
	body_html TEXT NOT NULL, 
	posted_at DATETIME NOT NULL, 
	CONSTRAINT fk_comment_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_comment_reply_to_id FOREIGN KEY(reply_to_id) REFERENCES comment (id), 
	CONSTRAINT fk_comment_user_id FOREIGN KEY(user_id) REFERENCES person (id), 
	CONSTRAINT pk_comment PRIMARY KEY (id), 
	CONSTRAINT uq_comment_ref UNIQUE (ref)
);
CREATE TABLE comparison (
	id INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	other_id INTEGER NOT NULL, 
	verdict VARCHAR NOT NULL, 
	because TEXT NOT NULL, 
	compared_at DATETIME NOT NULL, 
	CONSTRAINT ck_comparison_verdict_known CHECK (verdict IN ('different', 'builds_on', 'merge')), 
	CONSTRAINT fk_comparison_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_comparison_other_id FOREIGN KEY(other_id) REFERENCES idea (id), 
	CONSTRAINT pk_comparison PRIMARY KEY (id)
);
CREATE TABLE counter (
	name VARCHAR NOT NULL, 
	value INTEGER NOT NULL, 
	CONSTRAINT pk_counter PRIMARY KEY (name)
);
CREATE TABLE data_profile (
	id INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	personal BOOLEAN NOT NULL, 
	confidential BOOLEAN NOT NULL, 
	legal_basis VARCHAR NOT NULL, 
	recurring BOOLEAN NOT NULL, 
	vendor_trains_on_input BOOLEAN NOT NULL, 
	region VARCHAR NOT NULL, 
	profiled_by_id INTEGER NOT NULL, 
	profiled_at DATETIME NOT NULL, 
	CONSTRAINT ck_data_profile_legal_basis_known CHECK (legal_basis IN ('not_personal', 'consent', 'law', '61-purpose-set', '69-1', '69-2', 'statistics')), 
	CONSTRAINT fk_data_profile_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_data_profile_profiled_by_id FOREIGN KEY(profiled_by_id) REFERENCES person (id), 
	CONSTRAINT pk_data_profile PRIMARY KEY (id)
);
CREATE TABLE decision_challenge (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	review_id INTEGER NOT NULL, 
	because TEXT NOT NULL, 
	challenged_by_id INTEGER NOT NULL, 
	challenged_at DATETIME NOT NULL, 
	answer TEXT, 
	upheld BOOLEAN, 
	answered_by_id INTEGER, 
	answered_at DATETIME, 
	CONSTRAINT ck_decision_challenge_answered_whole CHECK ((answered_at IS NULL AND answered_by_id IS NULL AND answer IS NULL AND upheld IS NULL) OR (answered_at IS NOT NULL AND answered_by_id IS NOT NULL AND answer IS NOT NULL AND upheld IS NOT NULL)), 
	CONSTRAINT fk_decision_challenge_answered_by_id FOREIGN KEY(answered_by_id) REFERENCES person (id), 
	CONSTRAINT fk_decision_challenge_challenged_by_id FOREIGN KEY(challenged_by_id) REFERENCES person (id), 
	CONSTRAINT fk_decision_challenge_review_id FOREIGN KEY(review_id) REFERENCES review (id), 
	CONSTRAINT pk_decision_challenge PRIMARY KEY (id), 
	CONSTRAINT uq_decision_challenge_ref UNIQUE (ref), 
	CONSTRAINT uq_decision_challenge_review_id UNIQUE (review_id)
);
CREATE TABLE demand (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	idea_id INTEGER NOT NULL, 
	org_id INTEGER NOT NULL, 
	need TEXT NOT NULL, 
	budget_year INTEGER, 
	constraints TEXT NOT NULL, 
	stated_by_id INTEGER NOT NULL, 
	stated_at DATETIME NOT NULL, 
	replaced_at DATETIME, 
	CONSTRAINT fk_demand_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_demand_org_id FOREIGN KEY(org_id) REFERENCES organization (id), 
	CONSTRAINT fk_demand_stated_by_id FOREIGN KEY(stated_by_id) REFERENCES person (id), 
	CONSTRAINT pk_demand PRIMARY KEY (id), 
	CONSTRAINT uq_demand_ref UNIQUE (ref)
);
CREATE TABLE event (
	id INTEGER NOT NULL, 
	slug VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	theme VARCHAR NOT NULL, 
	host_id INTEGER NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	submissions_close_at DATETIME NOT NULL, 
	description_md TEXT NOT NULL, 
	description_html TEXT NOT NULL, 
	closed_at DATETIME, 
	version INTEGER NOT NULL, 
	CONSTRAINT ck_event_ends_after_start CHECK (ends_at >= starts_at), 
	CONSTRAINT ck_event_kind_known CHECK (kind IN ('ideathon', 'hackathon')), 
	CONSTRAINT fk_event_host_id FOREIGN KEY(host_id) REFERENCES organization (id), 
	CONSTRAINT pk_event PRIMARY KEY (id), 
	CONSTRAINT uq_event_slug UNIQUE (slug)
);
CREATE TABLE "evidence" (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	idea_id INTEGER NOT NULL, 
	visit_id INTEGER NOT NULL, 
	criterion VARCHAR, 
	kind VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	url VARCHAR, 
	body_md TEXT NOT NULL, 
	body_html TEXT NOT NULL, 
	attached_by_id INTEGER NOT NULL, 
	attached_at DATETIME NOT NULL, 
	withdrawn_at DATETIME, 
	withdrawn_because TEXT, 
	upload_id INTEGER, 
	dated_on DATE, 
	reuses_id INTEGER, 
	CONSTRAINT ck_evidence_file_has_upload CHECK ((kind = 'file') = (upload_id IS NOT NULL)), 
	CONSTRAINT ck_evidence_kind_known CHECK (kind IN ('link', 'file', 'note', 'repository')), 
	CONSTRAINT ck_evidence_link_has_url CHECK (kind NOT IN ('link', 'repository') OR url IS NOT NULL), 
	CONSTRAINT ck_evidence_note_has_body CHECK (kind <> 'note' OR body_md <> ''), 
	CONSTRAINT ck_evidence_withdrawn_whole CHECK ((withdrawn_at IS NULL AND withdrawn_because IS NULL) OR (withdrawn_at IS NOT NULL AND withdrawn_because IS NOT NULL)), 
	CONSTRAINT fk_evidence_attached_by_id FOREIGN KEY(attached_by_id) REFERENCES person (id), 
	CONSTRAINT fk_evidence_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_evidence_reuses_id FOREIGN KEY(reuses_id) REFERENCES evidence (id), 
	CONSTRAINT fk_evidence_upload_id FOREIGN KEY(upload_id) REFERENCES upload (id), 
	CONSTRAINT fk_evidence_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id), 
	CONSTRAINT pk_evidence PRIMARY KEY (id), 
	CONSTRAINT uq_evidence_ref UNIQUE (ref)
);
CREATE TABLE flag_raised (
	id INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	about VARCHAR NOT NULL, 
	reason TEXT NOT NULL, 
	since DATE, 
	raised_at DATETIME NOT NULL, 
	cleared_at DATETIME, 
	CONSTRAINT fk_flag_raised_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT pk_flag_raised PRIMARY KEY (id)
);
CREATE TABLE follow (
	idea_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	since DATETIME NOT NULL, 
	CONSTRAINT fk_follow_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_follow_user_id FOREIGN KEY(user_id) REFERENCES person (id), 
	CONSTRAINT pk_follow PRIMARY KEY (idea_id, user_id)
);
CREATE TABLE forge_limit (
	"key" VARCHAR NOT NULL, 
	remaining INTEGER, 
	resets_at DATETIME, 
	blocked_until DATETIME, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_forge_limit PRIMARY KEY ("key")
);
CREATE TABLE forge_page (
	repository_id INTEGER NOT NULL, 
	path VARCHAR NOT NULL, 
	etag VARCHAR, 
	piece JSON NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT fk_forge_page_repository_id FOREIGN KEY(repository_id) REFERENCES repository (id), 
	CONSTRAINT pk_forge_page PRIMARY KEY (repository_id, path)
);
CREATE TABLE forge_state (
	repository_id INTEGER NOT NULL, 
	forge_id BIGINT, 
	looked_at DATETIME, 
	seen_at DATETIME, 
	outcome VARCHAR, 
	outcome_since DATETIME, 
	outcome_because VARCHAR NOT NULL, 
	look_after DATETIME, 
	failures INTEGER NOT NULL, 
	heard JSON, 
	CONSTRAINT ck_forge_state_failures_counted CHECK (failures >= 0), 
	CONSTRAINT ck_forge_state_outcome_known CHECK (outcome IN ('fresh', 'unchanged', 'gone', 'blocked', 'forbidden', 'limited', 'unavailable', 'malformed')), 
	CONSTRAINT fk_forge_state_repository_id FOREIGN KEY(repository_id) REFERENCES repository (id), 
	CONSTRAINT pk_forge_state PRIMARY KEY (repository_id)
);
CREATE TABLE former_name (
	"key" VARCHAR NOT NULL, 
	repository_id INTEGER NOT NULL, 
	until DATETIME NOT NULL, 
	CONSTRAINT fk_former_name_repository_id FOREIGN KEY(repository_id) REFERENCES repository (id), 
	CONSTRAINT pk_former_name PRIMARY KEY ("key")
);
CREATE TABLE gate_decision (
	id INTEGER NOT NULL, 
	review_id INTEGER NOT NULL, 
	decision VARCHAR NOT NULL, 
	rationale TEXT NOT NULL, 
	colours JSON NOT NULL, 
	resolutions JSON NOT NULL, 
	hold_until DATE, 
	withhold_because TEXT, 
	decided_by_id INTEGER NOT NULL, 
	decided_at DATETIME NOT NULL, 
	CONSTRAINT ck_gate_decision_decision_known CHECK (decision IN ('go', 'conditional_go', 'recycle', 'hold', 'kill')), 
	CONSTRAINT ck_gate_decision_has_rationale CHECK (rationale <> ''), 
	CONSTRAINT ck_gate_decision_hold_has_date CHECK ((decision = 'hold') = (hold_until IS NOT NULL)), 
	CONSTRAINT fk_gate_decision_decided_by_id FOREIGN KEY(decided_by_id) REFERENCES person (id), 
	CONSTRAINT fk_gate_decision_review_id FOREIGN KEY(review_id) REFERENCES review (id), 
	CONSTRAINT pk_gate_decision PRIMARY KEY (id), 
	CONSTRAINT uq_gate_decision_review_id UNIQUE (review_id)
);
CREATE TABLE hook_delivery (
	delivery VARCHAR NOT NULL, 
	repository_id INTEGER NOT NULL, 
	event VARCHAR NOT NULL, 
	received_at DATETIME NOT NULL, 
	body JSON NOT NULL, 
	handled_at DATETIME, 
	CONSTRAINT fk_hook_delivery_repository_id FOREIGN KEY(repository_id) REFERENCES repository (id), 
	CONSTRAINT pk_hook_delivery PRIMARY KEY (delivery, repository_id)
);
CREATE TABLE idea (
	id INTEGER NOT NULL, 
	number VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	owner_id INTEGER NOT NULL, 
	title VARCHAR NOT NULL, 
	field VARCHAR NOT NULL, 
	challenge TEXT NOT NULL, 
	as_is TEXT NOT NULL, 
	to_be TEXT NOT NULL, 
	users TEXT NOT NULL, 
	expected_effect TEXT NOT NULL, 
	data_classes JSON NOT NULL, 
	cases_per_year INTEGER, 
	minutes_each FLOAT, 
	event_id INTEGER, 
	challenge_id INTEGER, 
	stage VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	visit INTEGER NOT NULL, 
	stage_since DATETIME NOT NULL, 
	status_since DATETIME NOT NULL, 
	hold_until DATE, 
	drafted_at DATETIME NOT NULL, 
	submitted_at DATETIME, 
	touched_at DATETIME NOT NULL, 
	owner_acted_at DATETIME, 
	derived_from_id INTEGER, 
	derived_because TEXT NOT NULL, 
	merged_into_id INTEGER, 
	gate_decided BOOLEAN NOT NULL, 
	source VARCHAR, 
	imported_at DATETIME, 
	reported_as VARCHAR, 
	reported JSON, 
	CONSTRAINT ck_idea_draft_at_the_start CHECK (status <> 'draft' OR (stage = 'ideathon' AND visit = 1)), 
	CONSTRAINT ck_idea_hold_has_date CHECK ((status = 'on_hold') = (hold_until IS NOT NULL)), 
	CONSTRAINT ck_idea_merged_has_target CHECK ((status = 'merged') = (merged_into_id IS NOT NULL)), 
	CONSTRAINT ck_idea_not_its_own_parent CHECK (derived_from_id IS NULL OR derived_from_id <> id), 
	CONSTRAINT ck_idea_sizes_counted CHECK ((cases_per_year IS NULL OR cases_per_year >= 0) AND (minutes_each IS NULL OR minutes_each >= 0)), 
	CONSTRAINT ck_idea_stage_known CHECK (stage IN ('ideathon', 'pilot', 'evaluation', 'productization', 'rollout')), 
	CONSTRAINT ck_idea_status_known CHECK (status IN ('draft', 'active', 'in_review', 'on_hold', 'killed', 'withdrawn', 'merged', 'completed')), 
	CONSTRAINT ck_idea_submitted_has_time CHECK (submitted_at IS NOT NULL OR status IN ('draft', 'withdrawn')), 
	CONSTRAINT fk_idea_challenge_id FOREIGN KEY(challenge_id) REFERENCES challenge (id), 
	CONSTRAINT fk_idea_derived_from_id FOREIGN KEY(derived_from_id) REFERENCES idea (id), 
	CONSTRAINT fk_idea_event_id FOREIGN KEY(event_id) REFERENCES event (id), 
	CONSTRAINT fk_idea_merged_into_id FOREIGN KEY(merged_into_id) REFERENCES idea (id), 
	CONSTRAINT fk_idea_owner_id FOREIGN KEY(owner_id) REFERENCES organization (id), 
	CONSTRAINT pk_idea PRIMARY KEY (id), 
	CONSTRAINT uq_idea_number UNIQUE (number)
);
CREATE TABLE incident (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	idea_id INTEGER NOT NULL, 
	pilot_id INTEGER, 
	product_id INTEGER, 
	title VARCHAR NOT NULL, 
	severity VARCHAR NOT NULL, 
	stated_severity VARCHAR, 
	people_affected INTEGER NOT NULL, 
	sensitive BOOLEAN NOT NULL, 
	malicious BOOLEAN NOT NULL, 
	occurred_at DATETIME NOT NULL, 
	known_at DATETIME NOT NULL, 
	body_md TEXT NOT NULL, 
	body_html TEXT NOT NULL, 
	preliminary_due_on DATE NOT NULL, 
	final_due_on DATE NOT NULL, 
	filed_by_id INTEGER NOT NULL, 
	filed_org_id INTEGER NOT NULL, 
	filed_at DATETIME NOT NULL, 
	closed_at DATETIME, 
	closed_by_id INTEGER, 
	lesson_md TEXT, 
	lesson_html TEXT, reminded_on DATE, 
	CONSTRAINT ck_incident_closed_whole CHECK ((closed_at IS NULL AND closed_by_id IS NULL AND lesson_md IS NULL) OR (closed_at IS NOT NULL AND closed_by_id IS NOT NULL AND lesson_md IS NOT NULL)), 
	CONSTRAINT ck_incident_known_after_it_happened CHECK (known_at >= occurred_at), 
	CONSTRAINT ck_incident_one_subject CHECK ((pilot_id IS NULL) <> (product_id IS NULL)), 
	CONSTRAINT ck_incident_people_counted CHECK (people_affected >= 0), 
	CONSTRAINT ck_incident_severity_known CHECK (severity IN ('low', 'medium', 'high')), 
	CONSTRAINT fk_incident_closed_by_id FOREIGN KEY(closed_by_id) REFERENCES person (id), 
	CONSTRAINT fk_incident_filed_by_id FOREIGN KEY(filed_by_id) REFERENCES person (id), 
	CONSTRAINT fk_incident_filed_org_id FOREIGN KEY(filed_org_id) REFERENCES organization (id), 
	CONSTRAINT fk_incident_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_incident_pilot_id FOREIGN KEY(pilot_id) REFERENCES pilot (id), 
	CONSTRAINT fk_incident_product_id FOREIGN KEY(product_id) REFERENCES product (id), 
	CONSTRAINT pk_incident PRIMARY KEY (id), 
	CONSTRAINT uq_incident_ref UNIQUE (ref)
);
CREATE TABLE incident_report (
	id INTEGER NOT NULL, 
	incident_id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	filed_at DATETIME NOT NULL, 
	body_md TEXT NOT NULL, 
	body_html TEXT NOT NULL, 
	filed_by_id INTEGER NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	CONSTRAINT ck_incident_report_kind_known CHECK (kind IN ('preliminary', 'final')), 
	CONSTRAINT fk_incident_report_filed_by_id FOREIGN KEY(filed_by_id) REFERENCES person (id), 
	CONSTRAINT fk_incident_report_incident_id FOREIGN KEY(incident_id) REFERENCES incident (id), 
	CONSTRAINT pk_incident_report PRIMARY KEY (id)
);
CREATE TABLE insight (
	scope VARCHAR NOT NULL, 
	figure VARCHAR NOT NULL, 
	facts JSON NOT NULL, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT ck_insight_scope_known CHECK (scope IN ('published', 'whole')), 
	CONSTRAINT pk_insight PRIMARY KEY (scope, figure)
);
CREATE TABLE invitation (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	org_id INTEGER NOT NULL, 
	sent_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	used_at DATETIME, 
	voided_at DATETIME, 
	CONSTRAINT ck_invitation_expires_later CHECK (expires_at > sent_at), 
	CONSTRAINT ck_invitation_used_or_voided CHECK (used_at IS NULL OR voided_at IS NULL), 
	CONSTRAINT fk_invitation_org_id FOREIGN KEY(org_id) REFERENCES organization (id), 
	CONSTRAINT fk_invitation_user_id FOREIGN KEY(user_id) REFERENCES person (id), 
	CONSTRAINT pk_invitation PRIMARY KEY (id)
);
CREATE TABLE job_run (
	id INTEGER NOT NULL, 
	job VARCHAR NOT NULL, 
	slot DATETIME NOT NULL, 
	ran_at DATETIME NOT NULL, 
	done INTEGER NOT NULL, 
	CONSTRAINT pk_job_run PRIMARY KEY (id)
);
CREATE TABLE kept_form (
	digest VARCHAR NOT NULL, 
	sealed TEXT NOT NULL, 
	kept_at DATETIME NOT NULL, 
	CONSTRAINT pk_kept_form PRIMARY KEY (digest)
);
CREATE TABLE kpi (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	pilot_id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	type VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	unit VARCHAR NOT NULL, 
	direction VARCHAR NOT NULL, 
	target FLOAT NOT NULL, 
	min_n INTEGER NOT NULL, 
	defined_at DATETIME NOT NULL, 
	abandoned_at DATETIME, 
	abandoned_because TEXT, 
	CONSTRAINT ck_kpi_abandoned_whole CHECK ((abandoned_at IS NULL AND abandoned_because IS NULL) OR (abandoned_at IS NOT NULL AND abandoned_because IS NOT NULL)), 
	CONSTRAINT ck_kpi_direction_known CHECK (direction IN ('up', 'down')), 
	CONSTRAINT ck_kpi_min_n_counts CHECK (min_n >= 1), 
	CONSTRAINT ck_kpi_type_known CHECK (type IN ('time_saved', 'accuracy', 'answer_rate', 'self_resolution', 'active_user_rate', 'uses_per_user', 'satisfaction', 'cost_per_case', 'escalation_rate', 'incident_count')), 
	CONSTRAINT fk_kpi_pilot_id FOREIGN KEY(pilot_id) REFERENCES pilot (id), 
	CONSTRAINT pk_kpi PRIMARY KEY (id), 
	CONSTRAINT uq_kpi_ref UNIQUE (ref)
);
CREATE TABLE ledger_entry (
	id INTEGER NOT NULL, 
	chain VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	facts TEXT NOT NULL, 
	previous VARCHAR NOT NULL, 
	hash VARCHAR NOT NULL, 
	CONSTRAINT ck_ledger_entry_first_has_no_previous CHECK ((seq = 1) = (previous = '')), 
	CONSTRAINT ck_ledger_entry_seq_counts CHECK (seq >= 1), 
	CONSTRAINT pk_ledger_entry PRIMARY KEY (id), 
	CONSTRAINT uq_ledger_entry_hash UNIQUE (hash)
);
CREATE TABLE link_check (
	id INTEGER NOT NULL, 
	url VARCHAR NOT NULL, 
	reachable BOOLEAN NOT NULL, 
	since DATETIME NOT NULL, 
	checked_at DATETIME NOT NULL, 
	why TEXT, 
	CONSTRAINT ck_link_check_since_before CHECK (since <= checked_at), 
	CONSTRAINT ck_link_check_unreachable_has_why CHECK (reachable OR why IS NOT NULL), 
	CONSTRAINT pk_link_check PRIMARY KEY (id), 
	CONSTRAINT uq_link_check_url UNIQUE (url)
);
CREATE TABLE mail_choice (
	user_id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	wanted BOOLEAN NOT NULL, 
	chosen_at DATETIME NOT NULL, 
	CONSTRAINT fk_mail_choice_user_id FOREIGN KEY(user_id) REFERENCES person (id), 
	CONSTRAINT pk_mail_choice PRIMARY KEY (user_id, kind)
);
CREATE TABLE measurement (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	kpi_id INTEGER NOT NULL, 
	visit_id INTEGER NOT NULL, 
	arm VARCHAR NOT NULL, 
	period_from DATE NOT NULL, 
	period_to DATE NOT NULL, 
	method TEXT NOT NULL, 
	successes INTEGER, 
	n INTEGER NOT NULL, 
	mean FLOAT, 
	sd FLOAT, 
	samples JSON, 
	org_id INTEGER NOT NULL, 
	measured_by_id INTEGER NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	voided_at DATETIME, 
	void_because TEXT, 
	CONSTRAINT ck_measurement_arm_known CHECK (arm IN ('baseline', 'pilot')), 
	CONSTRAINT ck_measurement_n_counts CHECK (n >= 1), 
	CONSTRAINT ck_measurement_one_shape CHECK ((successes IS NULL) <> (mean IS NULL) AND (mean IS NULL) = (sd IS NULL)), 
	CONSTRAINT ck_measurement_period_in_order CHECK (period_to >= period_from), 
	CONSTRAINT ck_measurement_sd_not_negative CHECK (sd IS NULL OR sd >= 0), 
	CONSTRAINT ck_measurement_successes_within_n CHECK (successes IS NULL OR (successes >= 0 AND successes <= n)), 
	CONSTRAINT ck_measurement_voided_whole CHECK ((voided_at IS NULL AND void_because IS NULL) OR (voided_at IS NOT NULL AND void_because IS NOT NULL)), 
	CONSTRAINT fk_measurement_kpi_id FOREIGN KEY(kpi_id) REFERENCES kpi (id), 
	CONSTRAINT fk_measurement_measured_by_id FOREIGN KEY(measured_by_id) REFERENCES person (id), 
	CONSTRAINT fk_measurement_org_id FOREIGN KEY(org_id) REFERENCES organization (id), 
	CONSTRAINT fk_measurement_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id), 
	CONSTRAINT pk_measurement PRIMARY KEY (id), 
	CONSTRAINT uq_measurement_ref UNIQUE (ref)
);
CREATE TABLE membership (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	org_id INTEGER NOT NULL, 
	roles JSON NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	CONSTRAINT ck_membership_ends_after_start CHECK (ended_at IS NULL OR ended_at >= started_at), 
	CONSTRAINT fk_membership_org_id FOREIGN KEY(org_id) REFERENCES organization (id), 
	CONSTRAINT fk_membership_user_id FOREIGN KEY(user_id) REFERENCES person (id), 
	CONSTRAINT pk_membership PRIMARY KEY (id)
);
CREATE TABLE merge_proposal (
	id INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	into_id INTEGER NOT NULL, 
	org_id INTEGER NOT NULL, 
	proposed_at DATETIME NOT NULL, 
	CONSTRAINT fk_merge_proposal_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_merge_proposal_into_id FOREIGN KEY(into_id) REFERENCES idea (id), 
	CONSTRAINT fk_merge_proposal_org_id FOREIGN KEY(org_id) REFERENCES organization (id), 
	CONSTRAINT pk_merge_proposal PRIMARY KEY (id)
);
CREATE TABLE message (
	id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	about VARCHAR NOT NULL, 
	recipient VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	sent_at DATETIME, 
	attempts INTEGER NOT NULL, 
	try_after DATETIME, 
	last_error TEXT, 
	CONSTRAINT ck_message_attempts_counted CHECK (attempts >= 0), 
	CONSTRAINT pk_message PRIMARY KEY (id)
);
CREATE TABLE organization (
	id INTEGER NOT NULL, 
	slug VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	kana VARCHAR, 
	lgcode VARCHAR, 
	prefecture VARCHAR, 
	size_class VARCHAR, 
	network_model VARCHAR, 
	population INTEGER, 
	has_ai_rules BOOLEAN, 
	mail_domains JSON NOT NULL, 
	listed BOOLEAN NOT NULL, 
	claimed_at DATETIME, 
	registered JSON, 
	closed_on DATE, 
	successor_id INTEGER, 
	version INTEGER NOT NULL, 
	CONSTRAINT ck_organization_kind_known CHECK (kind IN ('municipality', 'vendor', 'agency', 'association')), 
	CONSTRAINT ck_organization_lgcode_six CHECK (lgcode IS NULL OR length(lgcode) = 6), 
	CONSTRAINT ck_organization_municipality_has_size CHECK (kind <> 'municipality' OR size_class IS NOT NULL), 
	CONSTRAINT ck_organization_network_known CHECK (network_model IS NULL OR network_model IN ('alpha', 'alpha_prime', 'beta', 'beta_prime', 'lgwan_asp')), 
	CONSTRAINT ck_organization_population_counted CHECK (population IS NULL OR population >= 0), 
	CONSTRAINT ck_organization_size_class_known CHECK (size_class IS NULL OR size_class IN ('prefecture', 'designated_city', 'core_city', 'city', 'special_ward', 'town', 'village')), 
	CONSTRAINT fk_organization_successor_id FOREIGN KEY(successor_id) REFERENCES organization (id), 
	CONSTRAINT pk_organization PRIMARY KEY (id), 
	CONSTRAINT uq_organization_lgcode UNIQUE (lgcode), 
	CONSTRAINT uq_organization_slug UNIQUE (slug)
);
CREATE TABLE outside_identity (
	id INTEGER NOT NULL, 
	issuer VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	user_id INTEGER NOT NULL, 
	bound_at DATETIME NOT NULL, 
	CONSTRAINT fk_outside_identity_user_id FOREIGN KEY(user_id) REFERENCES person (id), 
	CONSTRAINT pk_outside_identity PRIMARY KEY (id)
);
CREATE TABLE passkey (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	credential VARCHAR NOT NULL, 
	public_key TEXT NOT NULL, 
	sign_count INTEGER NOT NULL, 
	transports JSON NOT NULL, 
	added_at DATETIME NOT NULL, 
	last_used_at DATETIME, 
	CONSTRAINT ck_passkey_signs_counted CHECK (sign_count >= 0), 
	CONSTRAINT fk_passkey_user_id FOREIGN KEY(user_id) REFERENCES person (id), 
	CONSTRAINT pk_passkey PRIMARY KEY (id), 
	CONSTRAINT uq_passkey_credential UNIQUE (credential)
);
CREATE TABLE password_reset (
	id INTEGER NOT NULL, 
	user_id INTEGER, 
	digest VARCHAR NOT NULL, 
	asked_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	CONSTRAINT fk_password_reset_user_id FOREIGN KEY(user_id) REFERENCES person (id), 
	CONSTRAINT pk_password_reset PRIMARY KEY (id), 
	CONSTRAINT uq_password_reset_digest UNIQUE (digest)
);
CREATE TABLE person (
	id INTEGER NOT NULL, 
	email VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	password_hash VARCHAR, 
	invited_at DATETIME NOT NULL, 
	CONSTRAINT ck_person_email_lowercase CHECK (email = lower(email)), 
	CONSTRAINT pk_person PRIMARY KEY (id), 
	CONSTRAINT uq_person_email UNIQUE (email)
);
CREATE TABLE pilot (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	planned_in VARCHAR NOT NULL, 
	site_id INTEGER NOT NULL, 
	vendor_id INTEGER NOT NULL, 
	starts_on DATE NOT NULL, 
	ends_on DATE NOT NULL, 
	plan_md TEXT NOT NULL, 
	plan_html TEXT NOT NULL, 
	stop_rule TEXT NOT NULL, 
	cost_yen INTEGER NOT NULL, 
	budget_deadline DATE NOT NULL, 
	status VARCHAR NOT NULL, 
	planned_by_id INTEGER NOT NULL, 
	planned_at DATETIME NOT NULL, 
	frozen_at DATETIME, 
	frozen_by_id INTEGER, 
	started_at DATETIME, 
	finished_at DATETIME, 
	cancelled_at DATETIME, 
	closing_md TEXT NOT NULL, 
	closing_html TEXT NOT NULL, 
	CONSTRAINT ck_pilot_cost_counted CHECK (cost_yen >= 0), 
	CONSTRAINT ck_pilot_ends_after_start CHECK (ends_on >= starts_on), 
	CONSTRAINT ck_pilot_finished_has_end CHECK ((status = 'finished') = (finished_at IS NOT NULL)), 
	CONSTRAINT ck_pilot_frozen_whole CHECK ((frozen_at IS NULL AND frozen_by_id IS NULL) OR (frozen_at IS NOT NULL AND frozen_by_id IS NOT NULL)), 
	CONSTRAINT ck_pilot_planned_in_known CHECK (planned_in IN ('ideathon', 'pilot', 'evaluation', 'productization', 'rollout')), 
	CONSTRAINT ck_pilot_running_has_start CHECK (status IN ('planned', 'cancelled') OR started_at IS NOT NULL), 
	CONSTRAINT ck_pilot_started_is_frozen CHECK (started_at IS NULL OR frozen_at IS NOT NULL), 
	CONSTRAINT ck_pilot_status_known CHECK (status IN ('planned', 'running', 'finished', 'cancelled')), 
	CONSTRAINT fk_pilot_frozen_by_id FOREIGN KEY(frozen_by_id) REFERENCES person (id), 
	CONSTRAINT fk_pilot_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_pilot_planned_by_id FOREIGN KEY(planned_by_id) REFERENCES person (id), 
	CONSTRAINT fk_pilot_site_id FOREIGN KEY(site_id) REFERENCES organization (id), 
	CONSTRAINT fk_pilot_vendor_id FOREIGN KEY(vendor_id) REFERENCES organization (id), 
	CONSTRAINT pk_pilot PRIMARY KEY (id), 
	CONSTRAINT uq_pilot_ref UNIQUE (ref)
);
CREATE TABLE pilot_update (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	pilot_id INTEGER NOT NULL, 
	health VARCHAR NOT NULL, 
	progress INTEGER NOT NULL, 
	summary_md TEXT NOT NULL, 
	summary_html TEXT NOT NULL, 
	blockers JSON NOT NULL, 
	reported_by_id INTEGER NOT NULL, 
	reported_at DATETIME NOT NULL, 
	CONSTRAINT ck_pilot_update_health_known CHECK (health IN ('green', 'amber', 'red')), 
	CONSTRAINT ck_pilot_update_progress_percent CHECK (progress BETWEEN 0 AND 100), 
	CONSTRAINT fk_pilot_update_pilot_id FOREIGN KEY(pilot_id) REFERENCES pilot (id), 
	CONSTRAINT fk_pilot_update_reported_by_id FOREIGN KEY(reported_by_id) REFERENCES person (id), 
	CONSTRAINT pk_pilot_update PRIMARY KEY (id), 
	CONSTRAINT uq_pilot_update_ref UNIQUE (ref)
);
CREATE TABLE product (
	id INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	slug VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	summary_md TEXT NOT NULL, 
	summary_html TEXT NOT NULL, 
	requirements_md TEXT NOT NULL, 
	requirements_html TEXT NOT NULL, 
	networks JSON NOT NULL, 
	support_contact VARCHAR NOT NULL, 
	support_hours VARCHAR NOT NULL, 
	support_until DATE NOT NULL, 
	price_url VARCHAR, 
	dmp_url VARCHAR, 
	described_by_id INTEGER NOT NULL, 
	described_at DATETIME NOT NULL, 
	flag VARCHAR NOT NULL, 
	flagged_at DATETIME, 
	flag_since DATETIME, 
	suspended_because JSON, 
	CONSTRAINT ck_product_flag_known CHECK (flag IN ('none', 'nationwide', 'suspended')), 
	CONSTRAINT ck_product_flagged_has_time CHECK ((flag = 'none') = (flagged_at IS NULL)), 
	CONSTRAINT ck_product_suspended_has_cause CHECK ((flag = 'suspended') = (suspended_because IS NOT NULL)), 
	CONSTRAINT fk_product_described_by_id FOREIGN KEY(described_by_id) REFERENCES person (id), 
	CONSTRAINT fk_product_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT pk_product PRIMARY KEY (id), 
	CONSTRAINT uq_product_idea_id UNIQUE (idea_id), 
	CONSTRAINT uq_product_slug UNIQUE (slug)
);
CREATE TABLE rate_count (
	digest VARCHAR NOT NULL, 
	began_at DATETIME NOT NULL, 
	count INTEGER NOT NULL, 
	CONSTRAINT ck_rate_count_counted CHECK (count > 0), 
	CONSTRAINT pk_rate_count PRIMARY KEY (digest)
);
CREATE TABLE rating_sheet (
	id INTEGER NOT NULL, 
	review_id INTEGER NOT NULL, 
	reviewer_id INTEGER NOT NULL, 
	ratings JSON NOT NULL, 
	comment TEXT NOT NULL, 
	rated_at DATETIME NOT NULL, 
	replaced_at DATETIME, voided_because TEXT, 
	CONSTRAINT fk_rating_sheet_review_id FOREIGN KEY(review_id) REFERENCES review (id), 
	CONSTRAINT fk_rating_sheet_reviewer_id FOREIGN KEY(reviewer_id) REFERENCES person (id), 
	CONSTRAINT pk_rating_sheet PRIMARY KEY (id)
);
CREATE TABLE recovery_code (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	digest VARCHAR NOT NULL, 
	used_at DATETIME, 
	CONSTRAINT fk_recovery_code_user_id FOREIGN KEY(user_id) REFERENCES person (id), 
	CONSTRAINT pk_recovery_code PRIMARY KEY (id), 
	CONSTRAINT uq_recovery_code_digest UNIQUE (digest)
);
CREATE TABLE release (
	id INTEGER NOT NULL, 
	product_id INTEGER NOT NULL, 
	version VARCHAR NOT NULL, 
	tag VARCHAR NOT NULL, 
	released_on DATE NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	CONSTRAINT fk_release_product_id FOREIGN KEY(product_id) REFERENCES product (id), 
	CONSTRAINT pk_release PRIMARY KEY (id)
);
CREATE TABLE repository (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	full_name VARCHAR NOT NULL, 
	sync_asked_at DATETIME, 
	CONSTRAINT ck_repository_name_lowercase CHECK (key = lower(key)), 
	CONSTRAINT pk_repository PRIMARY KEY (id), 
	CONSTRAINT uq_repository_key UNIQUE ("key")
);
CREATE TABLE repository_link (
	id INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	repository_id INTEGER NOT NULL, 
	linked_by_id INTEGER NOT NULL, 
	linked_at DATETIME NOT NULL, 
	unlinked_at DATETIME, 
	CONSTRAINT fk_repository_link_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_repository_link_linked_by_id FOREIGN KEY(linked_by_id) REFERENCES person (id), 
	CONSTRAINT fk_repository_link_repository_id FOREIGN KEY(repository_id) REFERENCES repository (id), 
	CONSTRAINT pk_repository_link PRIMARY KEY (id)
);
CREATE TABLE review (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	visit_id INTEGER NOT NULL, 
	gate VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	policy_version VARCHAR NOT NULL, 
	policy_fingerprint VARCHAR NOT NULL, 
	dossier JSON NOT NULL, 
	questions JSON NOT NULL, 
	evidence_frozen JSON NOT NULL, 
	measurements_frozen JSON NOT NULL, 
	requested_by_id INTEGER NOT NULL, 
	requested_at DATETIME NOT NULL, 
	rate_by DATE NOT NULL, 
	decide_by DATE NOT NULL, 
	closed_at DATETIME, 
	returned_by_id INTEGER, 
	return_because TEXT, 
	CONSTRAINT ck_review_gate_known CHECK (gate IN ('G1', 'G2', 'G3', 'G4')), 
	CONSTRAINT ck_review_open_is_not_closed CHECK ((status = 'open') = (closed_at IS NULL)), 
	CONSTRAINT ck_review_returned_has_reason CHECK ((status = 'returned') = (return_because IS NOT NULL)), 
	CONSTRAINT ck_review_status_known CHECK (status IN ('open', 'returned', 'decided')), 
	CONSTRAINT fk_review_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_review_requested_by_id FOREIGN KEY(requested_by_id) REFERENCES person (id), 
	CONSTRAINT fk_review_returned_by_id FOREIGN KEY(returned_by_id) REFERENCES person (id), 
	CONSTRAINT fk_review_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id), 
	CONSTRAINT pk_review PRIMARY KEY (id), 
	CONSTRAINT uq_review_ref UNIQUE (ref)
);
CREATE TABLE risk_assessment (
	id INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	checklist_version VARCHAR NOT NULL, 
	answers JSON NOT NULL, 
	suggested VARCHAR NOT NULL, 
	assessed_by_id INTEGER NOT NULL, 
	assessed_at DATETIME NOT NULL, 
	level VARCHAR, 
	decided_as VARCHAR, 
	reason TEXT, 
	decided_by_id INTEGER, 
	decided_at DATETIME, 
	CONSTRAINT ck_risk_assessment_decided_as_known CHECK (decided_as IS NULL OR decided_as IN ('caio', 'agency')), 
	CONSTRAINT ck_risk_assessment_decided_whole CHECK ((level IS NULL AND decided_as IS NULL AND decided_by_id IS NULL AND decided_at IS NULL AND reason IS NULL) OR (level IS NOT NULL AND decided_as IS NOT NULL AND decided_by_id IS NOT NULL AND decided_at IS NOT NULL AND reason IS NOT NULL)), 
	CONSTRAINT ck_risk_assessment_level_known CHECK (level IS NULL OR level IN ('low', 'high')), 
	CONSTRAINT ck_risk_assessment_suggested_known CHECK (suggested IN ('low', 'high')), 
	CONSTRAINT fk_risk_assessment_assessed_by_id FOREIGN KEY(assessed_by_id) REFERENCES person (id), 
	CONSTRAINT fk_risk_assessment_decided_by_id FOREIGN KEY(decided_by_id) REFERENCES person (id), 
	CONSTRAINT fk_risk_assessment_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT pk_risk_assessment PRIMARY KEY (id)
);
CREATE TABLE rollout_target (
	id INTEGER NOT NULL, 
	product_id INTEGER NOT NULL, 
	org_id INTEGER NOT NULL, 
	offered BOOLEAN NOT NULL, 
	total INTEGER NOT NULL, 
	points JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT fk_rollout_target_org_id FOREIGN KEY(org_id) REFERENCES organization (id), 
	CONSTRAINT fk_rollout_target_product_id FOREIGN KEY(product_id) REFERENCES product (id), 
	CONSTRAINT pk_rollout_target PRIMARY KEY (id)
);
CREATE TABLE said_once (
	digest VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	ref VARCHAR NOT NULL, 
	version INTEGER, 
	said_at DATETIME NOT NULL, 
	CONSTRAINT pk_said_once PRIMARY KEY (digest)
);
CREATE TABLE search_text (
	id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	row_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	title TEXT NOT NULL, 
	brief TEXT NOT NULL, 
	rest TEXT NOT NULL, 
	CONSTRAINT ck_search_text_kind_known CHECK (kind IN ('idea', 'product', 'asset', 'decision')), 
	CONSTRAINT pk_search_text PRIMARY KEY (id)
);
CREATE VIRTUAL TABLE search_words USING fts5(title, brief, rest, content='search_text', content_rowid='id', tokenize='unicode61 remove_diacritics 0');
CREATE TABLE sign_in (
	id INTEGER NOT NULL, 
	digest VARCHAR NOT NULL, 
	user_id INTEGER NOT NULL, 
	csrf VARCHAR NOT NULL, 
	started_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	ended_at DATETIME, how VARCHAR DEFAULT 'password' NOT NULL, browser VARCHAR DEFAULT '' NOT NULL, kinds JSON, acting_org_id INTEGER, 
	CONSTRAINT fk_sign_in_user_id FOREIGN KEY(user_id) REFERENCES person (id), 
	CONSTRAINT pk_sign_in PRIMARY KEY (id), 
	CONSTRAINT uq_sign_in_digest UNIQUE (digest)
);
CREATE TABLE sign_in_failure (
	"key" VARCHAR NOT NULL, 
	count INTEGER NOT NULL, 
	last_at DATETIME NOT NULL, 
	CONSTRAINT ck_sign_in_failure_counted CHECK ((count IS NULL AND last_at IS NULL) OR (count IS NOT NULL AND last_at IS NOT NULL)), 
	CONSTRAINT pk_sign_in_failure PRIMARY KEY ("key")
);
CREATE TABLE snapshot (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	repository_id INTEGER NOT NULL, 
	taken_at DATETIME NOT NULL, 
	source VARCHAR NOT NULL, 
	facts JSON NOT NULL, 
	verdict JSON, 
	recorded_at DATETIME NOT NULL, seen JSON, 
	CONSTRAINT ck_snapshot_source_known CHECK (source IN ('import', 'sync', 'webhook')), 
	CONSTRAINT fk_snapshot_repository_id FOREIGN KEY(repository_id) REFERENCES repository (id), 
	CONSTRAINT pk_snapshot PRIMARY KEY (id), 
	CONSTRAINT uq_snapshot_ref UNIQUE (ref)
);
CREATE TABLE survey (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	answered_on DATE NOT NULL, 
	imported_by_id INTEGER, 
	imported_at DATETIME NOT NULL, 
	CONSTRAINT fk_survey_imported_by_id FOREIGN KEY(imported_by_id) REFERENCES person (id), 
	CONSTRAINT pk_survey PRIMARY KEY (id), 
	CONSTRAINT uq_survey_name UNIQUE (name)
);
CREATE TABLE team_member (
	id INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	org_id INTEGER NOT NULL, 
	asked_side VARCHAR NOT NULL, 
	message TEXT NOT NULL, 
	status VARCHAR NOT NULL, 
	asked_at DATETIME NOT NULL, 
	answered_at DATETIME, 
	left_at DATETIME, 
	CONSTRAINT ck_team_member_asked_side_known CHECK (asked_side IN ('owner', 'partner')), 
	CONSTRAINT ck_team_member_status_known CHECK (status IN ('asked', 'joined', 'declined', 'left')), 
	CONSTRAINT fk_team_member_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT fk_team_member_org_id FOREIGN KEY(org_id) REFERENCES organization (id), 
	CONSTRAINT pk_team_member PRIMARY KEY (id)
);
CREATE TABLE title_token (
	token VARCHAR NOT NULL, 
	idea_id INTEGER NOT NULL, 
	title_size INTEGER NOT NULL, 
	CONSTRAINT ck_title_token_title_counts CHECK (title_size >= 1), 
	CONSTRAINT fk_title_token_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT pk_title_token PRIMARY KEY (token, idea_id)
);
CREATE TABLE upload (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	size INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	taken_off JSON NOT NULL, 
	scanned BOOLEAN NOT NULL, 
	uploaded_by_id INTEGER NOT NULL, 
	uploaded_at DATETIME NOT NULL, 
	CONSTRAINT ck_upload_digest_whole CHECK (length(sha256) = 64), 
	CONSTRAINT ck_upload_size_counted CHECK (size > 0), 
	CONSTRAINT fk_upload_uploaded_by_id FOREIGN KEY(uploaded_by_id) REFERENCES person (id), 
	CONSTRAINT pk_upload PRIMARY KEY (id), 
	CONSTRAINT uq_upload_ref UNIQUE (ref)
);
CREATE TABLE visit (
	id INTEGER NOT NULL, 
	idea_id INTEGER NOT NULL, 
	stage VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	entered_at DATETIME NOT NULL, 
	CONSTRAINT ck_visit_number_counts CHECK (number >= 1), 
	CONSTRAINT ck_visit_stage_known CHECK (stage IN ('ideathon', 'pilot', 'evaluation', 'productization', 'rollout')), 
	CONSTRAINT fk_visit_idea_id FOREIGN KEY(idea_id) REFERENCES idea (id), 
	CONSTRAINT pk_visit PRIMARY KEY (id)
);
CREATE TABLE wave (
	id INTEGER NOT NULL, 
	ref VARCHAR NOT NULL, 
	product_id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	"where" JSON NOT NULL, 
	starts_on DATE NOT NULL, 
	size INTEGER NOT NULL, 
	opened_by_id INTEGER NOT NULL, 
	opened_at DATETIME NOT NULL, 
	told_at DATETIME, reminded_at DATETIME, 
	CONSTRAINT fk_wave_opened_by_id FOREIGN KEY(opened_by_id) REFERENCES person (id), 
	CONSTRAINT fk_wave_product_id FOREIGN KEY(product_id) REFERENCES product (id), 
	CONSTRAINT pk_wave PRIMARY KEY (id), 
	CONSTRAINT uq_wave_ref UNIQUE (ref)
);
CREATE TABLE "wave_member" (
	wave_id INTEGER NOT NULL, 
	target_id INTEGER NOT NULL, 
	due BOOLEAN NOT NULL, 
	told_at DATETIME, 
	CONSTRAINT fk_wave_member_target_id FOREIGN KEY(target_id) REFERENCES rollout_target (id), 
	CONSTRAINT fk_wave_member_wave_id FOREIGN KEY(wave_id) REFERENCES wave (id), 
	CONSTRAINT pk_wave_member PRIMARY KEY (wave_id, target_id)
);
CREATE INDEX ix_action_item_closed_by_id ON action_item (closed_by_id);
CREATE INDEX ix_action_item_idea_id ON action_item (idea_id);
CREATE INDEX ix_action_item_owner_id ON action_item (owner_id);
CREATE INDEX ix_action_item_review_id ON action_item (review_id);
CREATE INDEX ix_action_item_verified_by_id ON action_item (verified_by_id);
CREATE INDEX ix_adoption_org_id ON adoption (org_id);
CREATE INDEX ix_adoption_product_id ON adoption (product_id);
CREATE INDEX ix_adoption_stated_by_id ON adoption (stated_by_id);
CREATE INDEX ix_adoption_survey_id ON adoption (survey_id);
CREATE INDEX ix_anchor_head_anchor_id ON anchor_head (anchor_id);
CREATE INDEX ix_asset_forked_from_id ON asset (forked_from_id);
CREATE INDEX ix_asset_idea_id ON asset (idea_id);
CREATE INDEX ix_asset_org_id ON asset (org_id);
CREATE INDEX ix_asset_retired_by_id ON asset (retired_by_id);
CREATE INDEX ix_asset_run_asset_id ON asset_run (asset_id);
CREATE INDEX ix_asset_run_org_id ON asset_run (org_id);
CREATE INDEX ix_asset_run_run_by_id ON asset_run (run_by_id);
CREATE INDEX ix_asset_succeeded_by_id ON asset (succeeded_by_id);
CREATE INDEX ix_asset_use_asset_id ON asset_use (asset_id);
CREATE INDEX ix_asset_use_org_id ON asset_use (org_id);
CREATE INDEX ix_asset_use_used_by_id ON asset_use (used_by_id);
CREATE INDEX ix_asset_version_asset_id ON asset_version (asset_id);
CREATE INDEX ix_asset_version_published_by_id ON asset_version (published_by_id);
CREATE INDEX ix_asset_version_upload_id ON asset_version (upload_id);
CREATE INDEX ix_assignment_assigned_by_id ON assignment (assigned_by_id);
CREATE INDEX ix_assignment_review_id ON assignment (review_id);
CREATE INDEX ix_assignment_reviewer_id ON assignment (reviewer_id);
CREATE INDEX ix_board_report_filed_by_id ON board_report (filed_by_id);
CREATE INDEX ix_board_report_idea_id ON board_report (idea_id);
CREATE INDEX ix_challenge_event_id ON challenge (event_id);
CREATE INDEX ix_challenge_org_id ON challenge (org_id);
CREATE INDEX ix_challenge_posted_by_id ON challenge (posted_by_id);
CREATE INDEX ix_checklist_answers_answered_by_id ON checklist_answers (answered_by_id);
CREATE INDEX ix_checklist_answers_evidence_id ON checklist_answers (evidence_id);
CREATE INDEX ix_checklist_answers_idea_id ON checklist_answers (idea_id);
CREATE INDEX ix_comment_idea_id ON comment (idea_id);
CREATE INDEX ix_comment_reply_to_id ON comment (reply_to_id);
CREATE INDEX ix_comment_user_id ON comment (user_id);
CREATE INDEX ix_comparison_idea_id ON comparison (idea_id);
CREATE INDEX ix_comparison_other_id ON comparison (other_id);
CREATE INDEX ix_data_profile_idea_id ON data_profile (idea_id);
CREATE INDEX ix_data_profile_profiled_by_id ON data_profile (profiled_by_id);
CREATE INDEX ix_decision_challenge_answered_by_id ON decision_challenge (answered_by_id);
CREATE INDEX ix_decision_challenge_challenged_by_id ON decision_challenge (challenged_by_id);
CREATE INDEX ix_demand_idea_id ON demand (idea_id);
CREATE INDEX ix_demand_org_id ON demand (org_id);
CREATE INDEX ix_demand_stated_by_id ON demand (stated_by_id);
CREATE INDEX ix_event_host_id ON event (host_id);
CREATE INDEX ix_evidence_attached_by_id ON evidence (attached_by_id);
CREATE INDEX ix_evidence_idea_id ON evidence (idea_id);
CREATE INDEX ix_evidence_reuses_id ON evidence (reuses_id);
CREATE INDEX ix_evidence_upload_id ON evidence (upload_id);
CREATE INDEX ix_evidence_visit_id ON evidence (visit_id);
CREATE INDEX ix_flag_raised_idea_id ON flag_raised (idea_id);
CREATE INDEX ix_forge_state_look_after ON forge_state (look_after);
CREATE INDEX ix_former_name_repository_id ON former_name (repository_id);
CREATE INDEX ix_gate_decision_decided_by_id ON gate_decision (decided_by_id);
CREATE INDEX ix_hook_delivery_handled_at ON hook_delivery (handled_at);
CREATE INDEX ix_hook_delivery_received_at ON hook_delivery (received_at);
CREATE INDEX ix_hook_delivery_repository_id ON hook_delivery (repository_id);
CREATE INDEX ix_idea_by_field ON idea (field, status_since);
CREATE INDEX ix_idea_by_stage ON idea (stage, status_since);
CREATE INDEX ix_idea_by_status ON idea (status, status_since);
CREATE INDEX ix_idea_challenge_id ON idea (challenge_id);
CREATE INDEX ix_idea_derived_from_id ON idea (derived_from_id);
CREATE INDEX ix_idea_event_id ON idea (event_id);
CREATE INDEX ix_idea_merged_into_id ON idea (merged_into_id);
CREATE INDEX ix_idea_owner_id ON idea (owner_id);
CREATE INDEX ix_idea_published ON idea (status_since) WHERE gate_decided = 1;
CREATE INDEX ix_idea_source ON idea (source);
CREATE INDEX ix_idea_status_since ON idea (status_since);
CREATE INDEX ix_idea_submitted ON idea (stage, status, gate_decided) WHERE submitted_at IS NOT NULL;
CREATE INDEX ix_incident_closed_by_id ON incident (closed_by_id);
CREATE INDEX ix_incident_filed_by_id ON incident (filed_by_id);
CREATE INDEX ix_incident_filed_org_id ON incident (filed_org_id);
CREATE INDEX ix_incident_idea_id ON incident (idea_id);
CREATE INDEX ix_incident_pilot_id ON incident (pilot_id);
CREATE INDEX ix_incident_product_id ON incident (product_id);
CREATE INDEX ix_incident_report_filed_by_id ON incident_report (filed_by_id);
CREATE INDEX ix_incident_report_incident_id ON incident_report (incident_id);
CREATE INDEX ix_invitation_org_id ON invitation (org_id);
CREATE INDEX ix_invitation_user_id ON invitation (user_id);
CREATE INDEX ix_job_run_job ON job_run (job);
CREATE INDEX ix_kept_form_kept_at ON kept_form (kept_at);
CREATE INDEX ix_kpi_pilot_id ON kpi (pilot_id);
CREATE INDEX ix_link_check_checked_at ON link_check (checked_at);
CREATE INDEX ix_measurement_kpi_id ON measurement (kpi_id);
CREATE INDEX ix_measurement_measured_by_id ON measurement (measured_by_id);
CREATE INDEX ix_measurement_org_id ON measurement (org_id);
CREATE INDEX ix_measurement_visit_id ON measurement (visit_id);
CREATE INDEX ix_membership_org_id ON membership (org_id);
CREATE INDEX ix_membership_user_id ON membership (user_id);
CREATE INDEX ix_merge_proposal_idea_id ON merge_proposal (idea_id);
CREATE INDEX ix_merge_proposal_into_id ON merge_proposal (into_id);
CREATE INDEX ix_merge_proposal_org_id ON merge_proposal (org_id);
CREATE INDEX ix_message_recipient ON message (recipient);
CREATE INDEX ix_message_sent_at ON message (sent_at);
CREATE INDEX ix_organization_successor_id ON organization (successor_id);
CREATE INDEX ix_outside_identity_user_id ON outside_identity (user_id);
CREATE INDEX ix_passkey_user_id ON passkey (user_id);
CREATE INDEX ix_password_reset_user_id ON password_reset (user_id);
CREATE INDEX ix_pilot_frozen_by_id ON pilot (frozen_by_id);
CREATE INDEX ix_pilot_idea_id ON pilot (idea_id);
CREATE INDEX ix_pilot_planned_by_id ON pilot (planned_by_id);
CREATE INDEX ix_pilot_site_id ON pilot (site_id);
CREATE INDEX ix_pilot_update_pilot_id ON pilot_update (pilot_id);
CREATE INDEX ix_pilot_update_reported_by_id ON pilot_update (reported_by_id);
CREATE INDEX ix_pilot_vendor_id ON pilot (vendor_id);
CREATE INDEX ix_product_described_by_id ON product (described_by_id);
CREATE INDEX ix_product_flag ON product (flag);
CREATE INDEX ix_rate_count_began_at ON rate_count (began_at);
CREATE INDEX ix_rating_sheet_review_id ON rating_sheet (review_id);
CREATE INDEX ix_rating_sheet_reviewer_id ON rating_sheet (reviewer_id);
CREATE INDEX ix_recovery_code_user_id ON recovery_code (user_id);
CREATE INDEX ix_release_product_id ON release (product_id);
CREATE INDEX ix_repository_link_idea_id ON repository_link (idea_id);
CREATE INDEX ix_repository_link_linked_by_id ON repository_link (linked_by_id);
CREATE INDEX ix_repository_link_repository_id ON repository_link (repository_id);
CREATE INDEX ix_review_by_status ON review (status, requested_at);
CREATE INDEX ix_review_idea_id ON review (idea_id);
CREATE INDEX ix_review_requested_by_id ON review (requested_by_id);
CREATE INDEX ix_review_returned_by_id ON review (returned_by_id);
CREATE INDEX ix_review_visit_id ON review (visit_id);
CREATE INDEX ix_risk_assessment_assessed_by_id ON risk_assessment (assessed_by_id);
CREATE INDEX ix_risk_assessment_decided_by_id ON risk_assessment (decided_by_id);
CREATE INDEX ix_risk_assessment_idea_id ON risk_assessment (idea_id);
CREATE INDEX ix_risk_assessment_level ON risk_assessment (level);
CREATE INDEX ix_rollout_target_org_id ON rollout_target (org_id);
CREATE INDEX ix_rollout_target_product_id ON rollout_target (product_id);
CREATE INDEX ix_rollout_target_total ON rollout_target (total);
CREATE INDEX ix_sign_in_acting_org_id ON sign_in (acting_org_id);
CREATE INDEX ix_sign_in_user_id ON sign_in (user_id);
CREATE INDEX ix_snapshot_repository_id ON snapshot (repository_id);
CREATE INDEX ix_snapshot_taken_at ON snapshot (taken_at);
CREATE INDEX ix_survey_imported_by_id ON survey (imported_by_id);
CREATE INDEX ix_team_member_idea_id ON team_member (idea_id);
CREATE INDEX ix_team_member_org_id ON team_member (org_id);
CREATE INDEX ix_title_token_idea_id ON title_token (idea_id);
CREATE INDEX ix_upload_sha256 ON upload (sha256);
CREATE INDEX ix_upload_uploaded_by_id ON upload (uploaded_by_id);
CREATE INDEX ix_visit_idea_id ON visit (idea_id);
CREATE INDEX ix_wave_opened_by_id ON wave (opened_by_id);
CREATE INDEX ix_wave_product_id ON wave (product_id);
CREATE UNIQUE INDEX uq_adoption_current ON adoption (product_id, org_id) WHERE replaced_at IS NULL;
CREATE UNIQUE INDEX uq_adoption_surveyed ON adoption (survey_id, product_id, org_id) WHERE survey_id IS NOT NULL;
CREATE UNIQUE INDEX uq_asset_version_once ON asset_version (asset_id, number);
CREATE UNIQUE INDEX uq_assignment_live ON assignment (review_id, reviewer_id) WHERE recused_at IS NULL;
CREATE UNIQUE INDEX uq_checklist_answers_once ON checklist_answers (idea_id, checklist);
CREATE UNIQUE INDEX uq_comparison_once ON comparison (idea_id, other_id);
CREATE UNIQUE INDEX uq_demand_current ON demand (idea_id, org_id) WHERE replaced_at IS NULL;
CREATE UNIQUE INDEX uq_flag_raised_standing ON flag_raised (idea_id, "key", about) WHERE cleared_at IS NULL;
CREATE UNIQUE INDEX uq_forge_state_forge_id ON forge_state (forge_id) WHERE forge_id IS NOT NULL;
CREATE UNIQUE INDEX uq_invitation_open ON invitation (user_id, org_id) WHERE used_at IS NULL AND voided_at IS NULL;
CREATE UNIQUE INDEX uq_job_run_slot ON job_run (job, slot);
CREATE UNIQUE INDEX uq_kpi_key ON kpi (pilot_id, "key");
CREATE UNIQUE INDEX uq_ledger_entry_seq ON ledger_entry (chain, seq);
CREATE UNIQUE INDEX uq_membership_current ON membership (user_id, org_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX uq_merge_proposal_once ON merge_proposal (idea_id, into_id);
CREATE UNIQUE INDEX uq_outside_identity_one_each ON outside_identity (user_id, issuer);
CREATE UNIQUE INDEX uq_outside_identity_subject ON outside_identity (issuer, subject);
CREATE UNIQUE INDEX uq_pilot_one_at_a_time ON pilot (idea_id) WHERE status IN ('planned', 'running');
CREATE UNIQUE INDEX uq_rating_sheet_live ON rating_sheet (review_id, reviewer_id) WHERE replaced_at IS NULL;
CREATE UNIQUE INDEX uq_release_version ON release (product_id, version);
CREATE UNIQUE INDEX uq_repository_link_live ON repository_link (idea_id, repository_id) WHERE unlinked_at IS NULL;
CREATE UNIQUE INDEX uq_review_one_open ON review (idea_id) WHERE status = 'open';
CREATE UNIQUE INDEX uq_rollout_target_once ON rollout_target (product_id, org_id);
CREATE UNIQUE INDEX uq_search_text_once ON search_text (kind, row_id);
CREATE UNIQUE INDEX uq_team_member_live ON team_member (idea_id, org_id) WHERE status IN ('asked', 'joined');
CREATE UNIQUE INDEX uq_upload_same ON upload (uploaded_by_id, sha256, name);
CREATE UNIQUE INDEX uq_visit_once ON visit (idea_id, stage, number);
CREATE TRIGGER search_words_change AFTER UPDATE ON search_text BEGIN INSERT INTO search_words (search_words, rowid, title, brief, rest) VALUES ('delete', old.id, old.title, old.brief, old.rest); INSERT INTO search_words (rowid, title, brief, rest) VALUES (new.id, new.title, new.brief, new.rest); END;
CREATE TRIGGER search_words_new AFTER INSERT ON search_text BEGIN INSERT INTO search_words (rowid, title, brief, rest) VALUES (new.id, new.title, new.brief, new.rest); END;
CREATE TRIGGER search_words_old AFTER DELETE ON search_text BEGIN INSERT INTO search_words (search_words, rowid, title, brief, rest) VALUES ('delete', old.id, old.title, old.brief, old.rest); END;
INSERT INTO alembic_version VALUES ('0012');
