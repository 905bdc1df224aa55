-- Each room keeps its own kind of draft. Those of earlier releases are notes.
alter table draft add column kind text not null default 'note';
alter table draft rename column began to key;
