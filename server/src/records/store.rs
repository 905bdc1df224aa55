//! Rows of notes.

use medlane_shared::{
    ids::{ClinicId, NoteId, PersonId},
    records::{Note, NoteState},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    db::{Conn, Value, insert_rows, on, parse, parse_some},
    keys::{DoesNotOpen, Place, SubjectKey},
};

/// A note's row with its sealed text.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The note; its text is empty.
    pub note: Note,
    /// The sealed text.
    pub sealed: Vec<u8>,
}

#[derive(FromRow)]
struct NoteRow {
    id: String,
    patient_id: String,
    patient_name: String,
    ticket_id: Option<String>,
    author_id: String,
    state: String,
    version: i64,
    sibling_of: Option<String>,
    text_sealed: Vec<u8>,
    created_at_ms: i64,
    updated_at_ms: i64,
    signed_at_ms: Option<i64>,
}

const NOTES: &str = "select n.id, n.patient_id, p.name as patient_name, n.ticket_id, n.author_id, n.state, n.version, \
    n.sibling_of, n.text_sealed, n.created_at_ms, n.updated_at_ms, n.signed_at_ms \
    from note n join person p on p.id = n.patient_id where n.clinic_id = $1";

impl NoteRow {
    fn sealed(self) -> sqlx::Result<Sealed> {
        let note = Note {
            id: parse(&self.id)?,
            patient_id: parse(&self.patient_id)?,
            patient_name: self.patient_name,
            ticket_id: parse_some(self.ticket_id.as_deref())?,
            author_id: parse(&self.author_id)?,
            text: String::new(),
            state: if self.state == "signed" { NoteState::Signed } else { NoteState::Draft },
            version: self.version,
            sibling_of: parse_some(self.sibling_of.as_deref())?,
            created_at: Timestamp::from_ms(self.created_at_ms),
            updated_at: Timestamp::from_ms(self.updated_at_ms),
            signed_at: self.signed_at_ms.map(Timestamp::from_ms),
        };
        Ok(Sealed { note, sealed: self.text_sealed })
    }
}

impl Sealed {
    /// The note with its text.
    ///
    /// # Errors
    /// [`DoesNotOpen`]: a note is never shown without its text.
    pub fn open(self, clinic: ClinicId, key: &SubjectKey) -> Result<Note, DoesNotOpen> {
        let place = text_place(clinic, self.note.patient_id, self.note.id, self.note.version);
        let text = String::from_utf8(key.open(&place, &self.sealed)?).map_err(|_| DoesNotOpen)?;
        Ok(Note { text, ..self.note })
    }
}

/// The place that a note's text is sealed for.
#[must_use]
pub const fn text_place(clinic: ClinicId, patient: PersonId, note: NoteId, version: i64) -> Place<'static> {
    Place { clinic, subject: patient.0, record: note.0, version, kind: "note.text" }
}

/// Reads a note.
///
/// # Errors
/// An error of the database driver.
pub async fn note_by_id(conn: &mut Conn, clinic: ClinicId, id: NoteId) -> sqlx::Result<Option<Sealed>> {
    let sql = AssertSqlSafe(format!("{NOTES} and n.id = $2"));
    let row: Option<NoteRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(id.to_string())
        .fetch_optional(c)
        .await?);
    row.map(NoteRow::sealed).transpose()
}

/// The notes of some patients, newest first. If an author is named, only that author's.
///
/// # Errors
/// An error of the database driver.
pub async fn note_list(
    conn: &mut Conn,
    clinic: ClinicId,
    patients: &[PersonId],
    author: Option<PersonId>,
) -> sqlx::Result<Vec<Sealed>> {
    let mut notes = Vec::new();
    for patient in patients {
        let sql = AssertSqlSafe(format!("{NOTES} and n.patient_id = $2 order by n.id desc limit 200"));
        let rows: Vec<NoteRow> = on!(&mut *conn, |c| sqlx::query_as(sql)
            .bind(clinic.to_string())
            .bind(patient.to_string())
            .fetch_all(c)
            .await?);
        for row in rows {
            notes.push(row.sealed()?);
        }
    }
    notes.sort_by_key(|row| std::cmp::Reverse(row.note.id));
    let mine = |note: &Sealed| author.is_none_or(|author| note.note.author_id == author);
    Ok(notes.into_iter().filter(mine).collect())
}

/// An author's unsigned notes, newest first, at most 200.
///
/// # Errors
/// An error of the database driver.
pub async fn draft_list(conn: &mut Conn, clinic: ClinicId, author: PersonId) -> sqlx::Result<Vec<Sealed>> {
    let sql = AssertSqlSafe(format!(
        "{NOTES} and n.author_id = $2 and n.state = 'draft' order by n.id desc limit 200"
    ));
    let rows: Vec<NoteRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(author.to_string())
        .fetch_all(c)
        .await?);
    rows.into_iter().map(NoteRow::sealed).collect()
}

/// The patients whose charts a doctor's workstation keeps: those of drafts, and of notes written lately.
///
/// # Errors
/// An error of the database driver.
pub async fn chart_list(
    conn: &mut Conn,
    clinic: ClinicId,
    author: PersonId,
    since: Timestamp,
) -> sqlx::Result<Vec<PersonId>> {
    let sql = "select distinct patient_id from note where clinic_id = $1 and author_id = $2 \
               and (state = 'draft' or updated_at_ms > $3) order by patient_id";
    let ids: Vec<String> = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(clinic.to_string())
        .bind(author.to_string())
        .bind(since.ms())
        .fetch_all(c)
        .await?);
    ids.iter().map(|id| parse(id)).collect()
}

/// Writes a note's row.
///
/// # Errors
/// An error of the database driver.
pub async fn note_put(conn: &mut Conn, clinic: ClinicId, row: &Sealed) -> sqlx::Result<()> {
    let note = &row.note;
    let values = vec![
        Value::text(note.id),
        Value::text(clinic),
        Value::text(note.patient_id),
        Value::maybe(note.ticket_id),
        Value::text(note.author_id),
        Value::text(if note.state == NoteState::Signed { "signed" } else { "draft" }),
        Value::int(note.version),
        Value::maybe(note.sibling_of),
        Value::Bytes(Some(row.sealed.clone())),
        Value::int(note.created_at.ms()),
        Value::int(note.updated_at.ms()),
        Value::Int(note.signed_at.map(Timestamp::ms)),
    ];
    let head = "insert into note (id, clinic_id, patient_id, ticket_id, author_id, state, version, sibling_of, \
                text_sealed, created_at_ms, updated_at_ms, signed_at_ms)";
    let tail = "on conflict (id) do update set state = excluded.state, version = excluded.version, \
                text_sealed = excluded.text_sealed, updated_at_ms = excluded.updated_at_ms, \
                signed_at_ms = excluded.signed_at_ms where note.clinic_id = excluded.clinic_id \
                and note.author_id = excluded.author_id and note.patient_id = excluded.patient_id";
    insert_rows(conn, head, tail, vec![values]).await
}

/// Whether any clinic has a note with this id, which a device has made.
///
/// # Errors
/// An error of the database driver.
pub async fn note_exists(conn: &mut Conn, id: NoteId) -> sqlx::Result<bool> {
    let sql = "select count(*) from note where id = $1";
    let found: i64 = on!(conn, |c| sqlx::query_scalar(sql).bind(id.to_string()).fetch_one(c).await?);
    Ok(found > 0)
}
