-- Somebody's picture, sealed.
create table avatar (
  person_id text primary key not null references person (id),
  clinic_id text not null references clinic (id),
  sealed bytea not null,
  updated_at_ms bigint not null
);

-- How somebody is told of their visits; without a row, by whatever reaches them.
create table notice_choice (
  person_id text primary key not null references person (id),
  clinic_id text not null references clinic (id),
  channels text not null,
  quiet_from text,
  quiet_until text,
  time_zone text,
  updated_at_ms bigint not null
);

-- Who asked that their account be deleted.
alter table person add column leaving_at_ms bigint;
create index person_leaving on person (clinic_id) where leaving_at_ms is not null;

-- What somebody was told of a visit, once each.
create table turn_notice (
  ticket_id text not null references ticket (id),
  kind text not null,
  call bigint not null,
  created_at_ms bigint not null,
  primary key (ticket_id, kind, call)
);
