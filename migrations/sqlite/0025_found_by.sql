-- By what a person is found: the beginnings of the words of their name, their address and their number, in the form in which
-- people search. A release that folds names differently empties the table; a server fills the empty table when it starts.
create table found_by (
  clinic_id text not null references clinic (id),
  entry text not null,
  person_id text not null references person (id),
  primary key (clinic_id, entry, person_id)
) strict, without rowid;
create index found_by_person on found_by (person_id, entry);
