create table clinic (
  id text primary key not null,
  name text not null,
  domain text unique,
  created_at_ms bigint not null
);

create table clinic_head (
  clinic_id text primary key not null references clinic (id),
  epoch bigint not null,
  seq bigint not null,
  audit_seq bigint not null,
  audit_hash bytea not null
);

create table change (
  clinic_id text not null references clinic (id),
  seq bigint not null,
  entity text not null,
  entity_id text not null,
  branch_id text,
  person_id text,
  at_ms bigint not null,
  primary key (clinic_id, seq)
);

create table subject_key (
  clinic_id text not null references clinic (id),
  subject_id text not null,
  wrapped bytea not null,
  created_at_ms bigint not null,
  primary key (clinic_id, subject_id)
);

create table idempotency (
  id text primary key not null,
  body_hash text not null,
  answer text not null,
  at_ms bigint not null
);

create index idempotency_by_age on idempotency (at_ms);

create table outbox (
  clinic_id text not null references clinic (id),
  client_id text not null,
  person_id text not null,
  last_id bigint not null,
  primary key (clinic_id, client_id)
);

create table outbox_answer (
  clinic_id text not null,
  client_id text not null,
  intent_id bigint not null,
  answer text not null,
  at_ms bigint not null,
  primary key (clinic_id, client_id, intent_id)
);

create table branch (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  name text not null,
  address text not null,
  time_zone text not null,
  languages text not null,
  door text not null,
  version bigint not null
);

create table person (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  name text not null,
  email text,
  phone text,
  birth_date text,
  language text,
  password text,
  suspended_at_ms bigint,
  created_at_ms bigint not null,
  version bigint not null,
  unique (clinic_id, email)
);

create table person_role (
  person_id text not null references person (id),
  role text not null,
  primary key (person_id, role)
);

create table person_branch (
  person_id text not null references person (id),
  branch_id text not null references branch (id),
  primary key (person_id, branch_id)
);

create table device (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  branch_id text not null references branch (id),
  role text not null,
  name text not null,
  revoked_at_ms bigint,
  created_at_ms bigint not null
);

create table device_code (
  code_hash text primary key not null,
  clinic_id text not null references clinic (id),
  branch_id text not null references branch (id),
  role text not null,
  name text not null,
  expires_at_ms bigint not null,
  reusable bigint not null,
  used_at_ms bigint
);

create table session (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  person_id text references person (id),
  device_id text references device (id),
  role text not null,
  face text not null,
  token_hash text not null,
  counter bigint not null,
  rotated_at_ms bigint not null,
  expires_at_ms bigint not null,
  ended_at_ms bigint,
  created_at_ms bigint not null
);

create index session_by_person on session (person_id, ended_at_ms);

create index branch_by_clinic on branch (clinic_id);

create table room (
  id text primary key not null,
  branch_id text not null references branch (id),
  name text not null,
  unique (branch_id, name)
);

create table service (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  name text not null,
  prefix text not null,
  duration_min bigint not null,
  price_minor bigint not null,
  currency text not null,
  walk_in bigint not null,
  version bigint not null,
  unique (clinic_id, prefix)
);

create table service_given (
  branch_id text not null references branch (id),
  service_id text not null references service (id),
  person_id text not null references person (id),
  primary key (branch_id, service_id, person_id)
);

create table service_learned (
  clinic_id text not null references clinic (id),
  branch_id text not null,
  service_id text not null,
  mean_s double precision not null,
  variance double precision not null,
  visits bigint not null,
  primary key (branch_id, service_id)
);

create table ticket (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  branch_id text not null references branch (id),
  day text not null,
  prefix text not null,
  number bigint not null,
  service_id text not null references service (id),
  doctor_id text,
  patient_id text references person (id),
  priority text not null,
  suggested text,
  state text not null,
  active bigint not null,
  version bigint not null,
  joined_at_ms bigint not null,
  waiting_since_ms bigint not null,
  called_by text,
  room text,
  called_at_ms bigint,
  first_called_at_ms bigint,
  calls bigint not null,
  serving_at_ms bigint,
  ended_at_ms bigint,
  undo text,
  reason_sealed bytea,
  unique (branch_id, day, prefix, number)
);

-- Of a walk-in without a name there may be many: null is unlike null.
create unique index ticket_active on ticket (clinic_id, patient_id, service_id) where active = 1;

create index ticket_by_patient on ticket (patient_id, id) where patient_id is not null;

create table note (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  patient_id text not null references person (id),
  ticket_id text references ticket (id),
  author_id text not null references person (id),
  state text not null,
  version bigint not null,
  sibling_of text,
  text_sealed bytea not null,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  signed_at_ms bigint
);

create index note_by_patient on note (patient_id, id);

create index note_by_author on note (author_id, id);

create table audit (
  clinic_id text not null references clinic (id),
  seq bigint not null,
  id text not null,
  at_ms bigint not null,
  action text not null,
  outcome text not null,
  person_id text,
  device_id text,
  session_id text,
  role text,
  patient_id text,
  target text not null,
  detail_sealed bytea,
  detail_hash bytea,
  hash bytea not null,
  primary key (clinic_id, seq)
);

create index audit_by_patient on audit (clinic_id, patient_id, seq) where patient_id is not null;

create index audit_by_person on audit (clinic_id, person_id, seq) where person_id is not null;

create table audit_checkpoint (
  clinic_id text not null references clinic (id),
  size bigint not null,
  note text not null,
  at_ms bigint not null,
  primary key (clinic_id, size)
);

create function append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only';
end
$$;
create trigger audit_append_only before update or delete on audit for each row execute function append_only();
create trigger audit_no_truncate before truncate on audit execute function append_only();
create trigger audit_checkpoint_append_only before update or delete on audit_checkpoint for each row execute function append_only();
create trigger audit_checkpoint_no_truncate before truncate on audit_checkpoint execute function append_only();
