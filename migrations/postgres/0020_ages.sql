-- What is deleted by age is found by its age.
create index outbox_answer_by_age on outbox_answer (at_ms);
create index quote_by_age on quote (at_ms);
create index session_by_age on session (expires_at_ms);
create index message_by_age on message (settled_at_ms) where settled_at_ms is not null;
