-- Two words of a name have entries together. A server fills the empty table when it starts.
delete from found_by;
