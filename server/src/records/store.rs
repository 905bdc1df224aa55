//! Rows of notes.

use medlane_shared::{
    access::{Evidence, Grant, Resource},
    ids::{ClinicId, NoteId, PersonId, TicketId},
    queue::Label,
    records::{DraftVersion, DraftView, Note, NoteBegun, NoteState, StoredState},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    db::{Conn, Value, insert_rows, on, parse, parse_some},
    identity::record_number_of,
    keys::{DoesNotOpen, Place, SubjectKey},
};

/// The facts of a note that a right to it depends on, and its state. They name nobody and say nothing of the chart, so
/// they are read before it is known whether the caller may.
#[derive(Debug, Clone, Copy)]
pub struct NoteHead {
    /// Its id.
    pub id: NoteId,
    /// The patient.
    pub patient_id: PersonId,
    /// The ticket of the visit; `None` for notes from before notes named their ticket.
    pub ticket_id: Option<TicketId>,
    /// The author.
    pub author_id: PersonId,
    /// Draft, signed or discarded.
    pub state: StoredState,
    /// Its version.
    pub version: i64,
    /// The note that this draft stands beside.
    pub sibling_of: Option<NoteId>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was signed.
    pub signed_at: Option<Timestamp>,
}

impl NoteHead {
    /// The note as a thing that access is asked for.
    #[must_use]
    pub fn resource(&self) -> Resource {
        Resource::default().of(Some(self.patient_id)).written_by(Some(self.author_id))
    }

    /// Whether a right to its patient's chart opens it: the author's opens what they wrote, every other one also what is
    /// signed.
    #[must_use]
    pub fn is_open_to(&self, grant: &Grant) -> bool {
        let is_signed = self.state == StoredState::Signed && grant.author().is_none();
        is_signed || grant.covers_unsigned(self.author_id)
    }

    fn note(&self, patient_name: String, author_name: Option<String>, text: String) -> Note {
        Note {
            id: self.id,
            patient_id: self.patient_id,
            patient_name,
            ticket_id: self.ticket_id,
            author_id: self.author_id,
            author_name,
            text,
            state: if self.state == StoredState::Signed { NoteState::Signed } else { NoteState::Draft },
            version: self.version,
            sibling_of: self.sibling_of,
            created_at: self.created_at,
            updated_at: self.updated_at,
            signed_at: self.signed_at,
        }
    }
}

/// A note whose name and text only a grant opens.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// What may be known without a grant.
    pub head: NoteHead,
    patient_name: String,
    author_name: Option<String>,
    text: Vec<u8>,
}

#[derive(FromRow)]
struct NoteRow {
    id: String,
    patient_id: String,
    patient_name: String,
    ticket_id: Option<String>,
    author_id: String,
    author_name: Option<String>,
    state: String,
    version: i64,
    sibling_of: Option<String>,
    text_sealed: Vec<u8>,
    created_at_ms: i64,
    updated_at_ms: i64,
    signed_at_ms: Option<i64>,
}

/// An unsigned note with the facts that tell its patient and its visit from others.
#[derive(FromRow)]
struct DraftRow {
    id: String,
    patient_id: String,
    patient_name: String,
    birth_date: Option<String>,
    record_number: Option<i64>,
    ticket_id: Option<String>,
    created_at_ms: i64,
    prefix: Option<String>,
    number: Option<i64>,
    visit_at_ms: Option<i64>,
}

impl DraftRow {
    fn view(self) -> sqlx::Result<DraftView> {
        let number = self.number.and_then(|number| u32::try_from(number).ok());
        let label = self.prefix.zip(number).and_then(|(prefix, number)| Label::new(&prefix, number).ok());
        Ok(DraftView {
            id: parse(&self.id)?,
            patient_id: parse(&self.patient_id)?,
            patient_name: self.patient_name,
            ticket_id: parse_some(self.ticket_id.as_deref())?,
            created_at: Timestamp::from_ms(self.created_at_ms),
            birth_date: self.birth_date,
            record_number: record_number_of(self.record_number),
            label,
            visit_at: self.visit_at_ms.map(Timestamp::from_ms),
        })
    }
}

const NOTES: &str = "select n.id, n.patient_id, p.name as patient_name, n.ticket_id, n.author_id, a.name as author_name, \
    n.state, n.version, n.sibling_of, n.text_sealed, n.created_at_ms, n.updated_at_ms, n.signed_at_ms \
    from note n join person p on p.id = n.patient_id left join person a on a.id = n.author_id where n.clinic_id = $1";

const DRAFT: &str = "draft";
const SIGNED: &str = "signed";
const DISCARDED: &str = "discarded";

impl NoteRow {
    fn sealed(self) -> sqlx::Result<Sealed> {
        let head = NoteHead {
            id: parse(&self.id)?,
            patient_id: parse(&self.patient_id)?,
            ticket_id: parse_some(self.ticket_id.as_deref())?,
            author_id: parse(&self.author_id)?,
            state: match self.state.as_str() {
                SIGNED => StoredState::Signed,
                DISCARDED => StoredState::Discarded,
                _ => StoredState::Draft,
            },
            version: self.version,
            sibling_of: parse_some(self.sibling_of.as_deref())?,
            created_at: Timestamp::from_ms(self.created_at_ms),
            updated_at: Timestamp::from_ms(self.updated_at_ms),
            signed_at: self.signed_at_ms.map(Timestamp::from_ms),
        };
        let Self { patient_name, author_name, text_sealed: text, .. } = self;
        Ok(Sealed { head, patient_name, author_name, text })
    }
}

impl Sealed {
    /// A note to be written, with its sealed text.
    #[must_use]
    pub const fn new(head: NoteHead, text: Vec<u8>) -> Self {
        Self { head, patient_name: String::new(), author_name: None, text }
    }

    /// The note with its text.
    ///
    /// # Errors
    /// [`DoesNotOpen`]: a note is never shown without its text, nor an unsigned one to others than its author.
    pub fn open(self, grant: &Grant, key: &SubjectKey) -> Result<Note, DoesNotOpen> {
        let head = self.head;
        // The owner is not compared: after a merge a patient's notes are those of several records.
        if !head.is_open_to(grant) {
            tracing::error!(note = %head.id, "a note was about to be opened by a right that does not cover it");
            return Err(DoesNotOpen);
        }
        let place = text_place(grant.clinic(), head.patient_id, head.id, head.version);
        let text = String::from_utf8(key.open(&place, &self.text)?).map_err(|_| DoesNotOpen)?;
        Ok(head.note(self.patient_name, self.author_name, text))
    }
}

/// The place that a note's text is sealed for.
#[must_use]
pub const fn text_place(clinic: ClinicId, patient: PersonId, note: NoteId, version: i64) -> Place<'static> {
    Place { clinic, subject: patient.0, record: note.0, version, kind: "note.text" }
}

/// Reads a note that was not discarded. Its name and text stay closed until there is a grant.
///
/// # Errors
/// An error of the database driver.
pub async fn note_by_id(conn: &mut Conn, clinic: ClinicId, id: NoteId) -> sqlx::Result<Option<Sealed>> {
    let row = note_row(conn, clinic, id).await?;
    Ok(row.filter(|row| row.head.state != StoredState::Discarded))
}

/// Reads the row of a note. It also finds a discarded one.
///
/// # Errors
/// An error of the database driver.
pub async fn note_row(conn: &mut Conn, clinic: ClinicId, id: NoteId) -> sqlx::Result<Option<Sealed>> {
    let sql = AssertSqlSafe(format!("{NOTES} and n.id = $2"));
    let row: Option<NoteRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(id.to_string())
        .fetch_optional(c)
        .await?);
    row.map(NoteRow::sealed).transpose()
}

/// The notes of some records of one patient, newest first, at most 200 of each: those that the caller wrote, and by any
/// other right than an author's the signed ones.
///
/// # Errors
/// An error of the database driver.
pub async fn note_list(conn: &mut Conn, grant: &Grant, patients: &[PersonId]) -> sqlx::Result<Vec<Sealed>> {
    let condition = match grant.author() {
        Some(_) => "n.author_id = $3".to_owned(),
        None => format!("(n.author_id = $3 or n.state = '{SIGNED}')"),
    };
    let reader = grant.person().map(|person| person.to_string()).unwrap_or_default();
    let mut notes = Vec::new();
    for patient in patients {
        let sql = AssertSqlSafe(format!(
            "{NOTES} and n.patient_id = $2 and n.state <> '{DISCARDED}' and {condition} \
             order by n.id desc limit 200"
        ));
        let rows: Vec<NoteRow> = on!(&mut *conn, |c| sqlx::query_as(sql)
            .bind(grant.clinic().to_string())
            .bind(patient.to_string())
            .bind(&reader)
            .fetch_all(c)
            .await?);
        for row in rows {
            notes.push(row.sealed()?);
        }
    }
    notes.sort_by_key(|row| std::cmp::Reverse(row.head.id));
    Ok(notes)
}

/// The unsigned notes of the grant's author, newest first, at most 200.
///
/// # Errors
/// An error of the database driver.
pub async fn draft_list(conn: &mut Conn, grant: &Grant) -> sqlx::Result<Vec<DraftView>> {
    let Some(author) = grant.author() else { return Ok(Vec::new()) };
    let sql = AssertSqlSafe(format!(
        "select n.id, n.patient_id, p.name as patient_name, p.birth_date, p.record_number, n.ticket_id, n.created_at_ms, \
         t.prefix, t.number, case when t.serving_at_ms <= n.created_at_ms then t.serving_at_ms end as visit_at_ms \
         from note n join person p on p.id = n.patient_id \
         left join ticket t on t.id = n.ticket_id and t.clinic_id = n.clinic_id \
         where n.clinic_id = $1 and n.author_id = $2 and n.state = '{DRAFT}' order by n.id desc limit 200"
    ));
    let rows: Vec<DraftRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(grant.clinic().to_string())
        .bind(author.to_string())
        .fetch_all(c)
        .await?);
    rows.into_iter().map(DraftRow::view).collect()
}

/// The unsigned notes of the grant's author with their versions, newest first, at most 200.
///
/// # Errors
/// An error of the database driver.
pub async fn draft_versions(conn: &mut Conn, grant: &Grant) -> sqlx::Result<Vec<DraftVersion>> {
    let Some(author) = grant.author() else { return Ok(Vec::new()) };
    let sql = AssertSqlSafe(format!(
        "select id, version from note where clinic_id = $1 and author_id = $2 and state = '{DRAFT}' \
         order by id desc limit 200"
    ));
    let rows: Vec<(String, i64)> = on!(conn, |c| sqlx::query_as(sql)
        .bind(grant.clinic().to_string())
        .bind(author.to_string())
        .fetch_all(c)
        .await?);
    rows.into_iter().map(|(id, version)| Ok(DraftVersion { id: parse(&id)?, version })).collect()
}

/// How many notes of some records of one patient were begun, and how many of them were signed or thrown away.
///
/// # Errors
/// An error of the database driver.
pub async fn chart_moves(conn: &mut Conn, grant: &Grant, patients: &[PersonId]) -> sqlx::Result<u64> {
    let mut moves = 0;
    for patient in patients {
        let sql = AssertSqlSafe(format!(
            "select count(*) + coalesce(sum(case when state <> '{DRAFT}' then 1 else 0 end), 0) from note \
             where clinic_id = $1 and patient_id = $2"
        ));
        let of: i64 = on!(&mut *conn, |c| sqlx::query_scalar(sql)
            .bind(grant.clinic().to_string())
            .bind(patient.to_string())
            .fetch_one(c)
            .await?);
        moves += u64::try_from(of).unwrap_or(0);
    }
    Ok(moves)
}

#[derive(FromRow)]
struct BegunRow {
    ticket_id: String,
    author_name: String,
    created_at_ms: i64,
}

/// The unsigned notes of other authors about visits that go on, of some records of one patient; for a doctor of today
/// alone. They come without their text.
///
/// # Errors
/// An error of the database driver.
pub async fn begun_list(
    conn: &mut Conn,
    grant: &Grant,
    patients: &[PersonId],
) -> sqlx::Result<Vec<NoteBegun>> {
    let Some(reader) = grant.person().filter(|_| matches!(grant.evidence(), Evidence::Today(_))) else {
        return Ok(Vec::new());
    };
    let mut begun = Vec::new();
    for patient in patients {
        let sql = AssertSqlSafe(format!(
            "select n.ticket_id, a.name as author_name, n.created_at_ms from note n join person a on a.id = n.author_id \
             join ticket t on t.id = n.ticket_id and t.clinic_id = n.clinic_id and t.active = 1 \
             where n.clinic_id = $1 and n.patient_id = $2 and n.author_id <> $3 and n.state = '{DRAFT}' order by n.id"
        ));
        let rows: Vec<BegunRow> = on!(&mut *conn, |c| sqlx::query_as(sql)
            .bind(grant.clinic().to_string())
            .bind(patient.to_string())
            .bind(reader.to_string())
            .fetch_all(c)
            .await?);
        for row in rows {
            let (author_name, created_at) = (row.author_name, Timestamp::from_ms(row.created_at_ms));
            begun.push(NoteBegun { ticket_id: parse(&row.ticket_id)?, author_name, created_at });
        }
    }
    Ok(begun)
}

/// The patients whose charts a doctor's workstation keeps: those of the author's drafts, and of notes written lately.
///
/// # Errors
/// An error of the database driver.
pub async fn chart_list(conn: &mut Conn, grant: &Grant, since: Timestamp) -> sqlx::Result<Vec<PersonId>> {
    let Some(author) = grant.author() else { return Ok(Vec::new()) };
    let sql = "select distinct patient_id from note where clinic_id = $1 and author_id = $2 \
               and (state = 'draft' or updated_at_ms > $3) order by patient_id";
    let ids: Vec<String> = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(grant.clinic().to_string())
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
pub async fn note_put(conn: &mut Conn, grant: &Grant, row: &Sealed) -> sqlx::Result<()> {
    let note = &row.head;
    let values = vec![
        Value::text(note.id),
        Value::text(grant.clinic()),
        Value::text(note.patient_id),
        Value::maybe(note.ticket_id),
        Value::text(note.author_id),
        Value::text(match note.state {
            StoredState::Draft => DRAFT,
            StoredState::Signed => SIGNED,
            StoredState::Discarded => DISCARDED,
        }),
        Value::int(note.version),
        Value::maybe(note.sibling_of),
        Value::Bytes(Some(row.text.clone())),
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
