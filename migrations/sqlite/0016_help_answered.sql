-- Somebody at the desk has said that they go there: the kiosk says so too, for a while.
alter table help_call add column answered_at_ms integer;
