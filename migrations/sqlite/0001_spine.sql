create table clinic (
  id text primary key not null,
  name text not null,
  domain text unique,
  created_at_ms integer not null
) strict;

create table clinic_head (
  clinic_id text primary key not null references clinic (id),
  epoch integer not null,
  seq integer not null,
  audit_seq integer not null,
  audit_hash blob not null
) strict;

create table change (
  clinic_id text not null references clinic (id),
  seq integer not null,
  entity text not null,
  entity_id text not null,
  branch_id text,
  person_id text,
  at_ms integer not null,
  primary key (clinic_id, seq)
) strict, without rowid;

create table subject_key (
  clinic_id text not null references clinic (id),
  subject_id text not null,
  wrapped blob not null,
  created_at_ms integer not null,
  primary key (clinic_id, subject_id)
) strict, without rowid;

create table idempotency (
  id text primary key not null,
  body_hash text not null,
  answer text not null,
  at_ms integer not null
) strict, without rowid;
create index idempotency_by_age on idempotency (at_ms);

create table outbox (
  clinic_id text not null references clinic (id),
  client_id text not null,
  person_id text not null,
  last_id integer not null,
  primary key (clinic_id, client_id)
) strict, without rowid;

create table outbox_answer (
  clinic_id text not null,
  client_id text not null,
  intent_id integer not null,
  answer text not null,
  at_ms integer not null,
  primary key (clinic_id, client_id, intent_id)
) strict, without rowid;

create table person (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  name text not null,
  email text,
  phone text,
  birth_date text,
  language text,
  password text,
  suspended_at_ms integer,
  created_at_ms integer not null,
  version integer not null,
  unique (clinic_id, email)
) strict;

create table person_role (
  person_id text not null references person (id),
  role text not null,
  primary key (person_id, role)
) strict, without rowid;

create table person_branch (
  person_id text not null references person (id),
  branch_id text not null references branch (id),
  primary key (person_id, branch_id)
) strict, without rowid;

create table device (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  branch_id text not null references branch (id),
  role text not null,
  name text not null,
  revoked_at_ms integer,
  created_at_ms integer not null
) strict;

create table device_code (
  code_hash text primary key not null,
  clinic_id text not null references clinic (id),
  branch_id text not null references branch (id),
  role text not null,
  name text not null,
  expires_at_ms integer not null,
  reusable integer not null,
  used_at_ms integer
) strict;

create table session (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  person_id text references person (id),
  device_id text references device (id),
  role text not null,
  face text not null,
  token_hash text not null,
  counter integer not null,
  rotated_at_ms integer not null,
  expires_at_ms integer not null,
  ended_at_ms integer,
  created_at_ms integer not null
) strict;
create index session_by_person on session (person_id, ended_at_ms);

create table branch (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  name text not null,
  address text not null,
  time_zone text not null,
  languages text not null,
  door text not null,
  version integer not null
) strict;
create index branch_by_clinic on branch (clinic_id);

create table room (
  id text primary key not null,
  branch_id text not null references branch (id),
  name text not null,
  unique (branch_id, name)
) strict;

create table service (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  name text not null,
  prefix text not null,
  duration_min integer not null,
  price_minor integer not null,
  currency text not null,
  walk_in integer not null,
  version integer not null,
  unique (clinic_id, prefix)
) strict;

create table service_given (
  branch_id text not null references branch (id),
  service_id text not null references service (id),
  person_id text not null references person (id),
  primary key (branch_id, service_id, person_id)
) strict, without rowid;

create table service_learned (
  clinic_id text not null references clinic (id),
  branch_id text not null,
  service_id text not null,
  mean_s real not null,
  variance real not null,
  visits integer not null,
  primary key (branch_id, service_id)
) strict, without rowid;

create table ticket (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  branch_id text not null references branch (id),
  day text not null,
  prefix text not null,
  number integer not null,
  service_id text not null references service (id),
  doctor_id text,
  patient_id text references person (id),
  priority text not null,
  suggested text,
  state text not null,
  active integer not null,
  version integer not null,
  joined_at_ms integer not null,
  waiting_since_ms integer not null,
  called_by text,
  room text,
  called_at_ms integer,
  first_called_at_ms integer,
  calls integer not null,
  serving_at_ms integer,
  ended_at_ms integer,
  undo text,
  reason_sealed blob,
  unique (branch_id, day, prefix, number)
) strict;
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
  version integer not null,
  sibling_of text,
  text_sealed blob not null,
  created_at_ms integer not null,
  updated_at_ms integer not null,
  signed_at_ms integer
) strict;
create index note_by_patient on note (patient_id, id);
create index note_by_author on note (author_id, id);

create table audit (
  clinic_id text not null references clinic (id),
  seq integer not null,
  id text not null,
  at_ms integer not null,
  action text not null,
  outcome text not null,
  person_id text,
  device_id text,
  session_id text,
  role text,
  patient_id text,
  target text not null,
  detail_sealed blob,
  detail_hash blob,
  hash blob not null,
  primary key (clinic_id, seq)
) strict, without rowid;
create index audit_by_patient on audit (clinic_id, patient_id, seq) where patient_id is not null;
create index audit_by_person on audit (clinic_id, person_id, seq) where person_id is not null;

create table audit_checkpoint (
  clinic_id text not null references clinic (id),
  size integer not null,
  note text not null,
  at_ms integer not null,
  primary key (clinic_id, size)
) strict, without rowid;

create trigger audit_no_update before update on audit begin select raise(abort, 'the audit log is append-only'); end;
create trigger audit_no_delete before delete on audit begin select raise(abort, 'the audit log is append-only'); end;
create trigger audit_checkpoint_no_update before update on audit_checkpoint begin select raise(abort, 'the audit log is append-only'); end;
create trigger audit_checkpoint_no_delete before delete on audit_checkpoint begin select raise(abort, 'the audit log is append-only'); end;
