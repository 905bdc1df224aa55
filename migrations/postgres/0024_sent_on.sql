-- How a visit was sent on, as JSON: the lines that it left, when, and by whom.
alter table ticket add column sent text;
-- When a called patient answered that they are on the way.
alter table ticket add column on_way_at_ms bigint;
