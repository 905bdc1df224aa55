-- What somebody was told, in the page; the words are sealed.
create table notice (
  id text primary key not null,
  clinic_id text not null references clinic (id),
  person_id text not null references person (id),
  template text not null,
  sealed bytea not null,
  created_at_ms bigint not null,
  read_at_ms bigint
);
create index notice_by_person on notice (person_id, id);
create index notice_by_age on notice (created_at_ms);

-- Browsers that are told also while no page is open: one for each session.
create table push_subscription (
  session_id text primary key not null references session (id),
  clinic_id text not null references clinic (id),
  person_id text not null references person (id),
  sealed bytea not null,
  created_at_ms bigint not null
);
create index push_by_person on push_subscription (person_id);

-- When an administrator last had a kiosk or board begin anew.
alter table device add column restart_at_ms bigint;
