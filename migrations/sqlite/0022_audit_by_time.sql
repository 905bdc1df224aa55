-- The log of a clinic by time: a day of long ago is found without a look at what was written since. The upper bits of a place are
-- the clinic's number.
create index audit_by_time on audit ((place >> 40), at_ms, place);
