-- The generation of the key that made a session's present refresh token: replacing the clinic's key twice ends them all.
-- And when its last refresh tokens were spent, in Unix milliseconds, for the time of grace.
alter table session add column generation bigint not null default 0;
alter table session add column spent text not null default '';
update session set generation = coalesce(
  (select max(k.generation) from signing_key k where k.clinic_id = session.clinic_id), 0);
