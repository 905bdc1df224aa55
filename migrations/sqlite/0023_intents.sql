-- A keyed hash of what an intent said: another one with the same number is no repetition of it. Null for answers of before.
alter table outbox_answer add column body_hash text;
