//! Entries of the log as lines of a file: a table (RFC 4180), or JSON.

use jiff::tz::TimeZone;
use medlane_shared::{
    access::Role,
    audit::{AuditEntry, AuditRight, ExportFormat},
    time::Timestamp,
};

/// The columns of the table.
const COLUMNS: &[&str] = &[
    "number",
    "time",
    "clinic_time",
    "action",
    "outcome",
    "person_id",
    "person",
    "role",
    "device_id",
    "patient_id",
    "patient",
    "target",
    "target_name",
    "shown_count",
    "shown_ids",
    "shown",
    "changes",
    "right",
    "detail",
];
/// Marks the text as UTF-8 for spreadsheets, which otherwise show names as other letters.
const MARK: char = '\u{feff}';

/// The lines of entries. The first piece of a table begins with the names of its columns.
pub(super) fn lines(
    entries: &[AuditEntry],
    format: ExportFormat,
    zone: &TimeZone,
    is_first: bool,
) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    if format == ExportFormat::Csv && is_first {
        text.push(MARK);
        line(&mut text, COLUMNS.iter().map(|name| (*name).to_owned()));
    }
    for entry in entries {
        match format {
            ExportFormat::Csv => line(&mut text, cells(entry, zone)?),
            ExportFormat::Jsonl => {
                text.push_str(&serde_json::to_string(entry)?);
                text.push('\n');
            }
        }
    }
    Ok(text)
}

fn line(text: &mut String, cells: impl IntoIterator<Item = String>) {
    for (n, cell) in cells.into_iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        text.push_str(&harmless(&cell));
    }
    text.push_str("\r\n");
}

/// A cell in quotes. A program for tables would run a text that begins like a formula; after an apostrophe it is text.
fn harmless(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let mark = if is_formula { "'" } else { "" };
    format!("\"{mark}{}\"", cell.replace('"', "\"\""))
}

fn cells(entry: &AuditEntry, zone: &TimeZone) -> Result<[String; COLUMNS.len()], serde_json::Error> {
    fn maybe(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let all = |texts: &mut dyn Iterator<Item = String>| texts.collect::<Vec<_>>().join("; ");
    let changes = entry
        .changes
        .iter()
        .map(|one| format!("{}: {} → {}", one.field, one.was.join(", "), one.is.join(", ")));
    Ok([
        entry.seq.to_string(),
        entry.at.to_string(),
        local(entry.at, zone),
        entry.action.clone(),
        entry.outcome.text().to_owned(),
        maybe(entry.person_id),
        maybe(entry.person_name.as_ref()),
        maybe(entry.role.map(Role::text)),
        maybe(entry.device_id),
        maybe(entry.patient_id),
        maybe(entry.patient_name.as_ref()),
        entry.target.clone(),
        maybe(entry.target_name.as_ref()),
        entry.shown_count.to_string(),
        all(&mut entry.shown.iter().map(|one| one.id.to_string())),
        all(&mut entry.shown.iter().map(|one| one.name.clone().unwrap_or_default())),
        all(&mut changes.into_iter()),
        entry.right.as_ref().map(right).unwrap_or_default(),
        entry.detail.as_ref().map(serde_json::to_string).transpose()?.unwrap_or_default(),
    ])
}

/// What allowed the act: the action of the access table, the evidence, and its id.
fn right(right: &AuditRight) -> String {
    let id = right.id.map(|id| format!(" {id}")).unwrap_or_default();
    format!("{}: {}{id}", right.action, right.by.text())
}

/// A time of the clinic's, with its distance from UTC.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    let at = jiff::Timestamp::from_millisecond(at.ms()).unwrap_or_default().to_zoned(zone.clone());
    at.strftime("%Y-%m-%d %H:%M:%S%:z").to_string()
}

#[cfg(test)]
mod tests {
    use medlane_shared::{
        access::{Action, Evidence},
        audit::{AuditChange, Outcome},
        ids::AuditId,
    };

    use super::*;

    fn entry(name: &str) -> AuditEntry {
        let at = Timestamp::from_ms(1_795_946_400_123);
        AuditEntry {
            seq: 7,
            id: AuditId::new(at, [1; 10]),
            at,
            action: "person.roles".to_owned(),
            outcome: Outcome::Success,
            person_id: None,
            person_name: Some(name.to_owned()),
            device_id: None,
            role: None,
            patient_id: None,
            patient_name: None,
            target_name: None,
            shown_count: 0,
            shown: Vec::new(),
            target: "person:x".to_owned(),
            changes: vec![AuditChange {
                field: "roles".to_owned(),
                was: vec!["doctor".to_owned()],
                is: vec!["doctor".to_owned(), "admin".to_owned()],
            }],
            right: Some(AuditRight::of(Action::PeopleManage, Evidence::Role)),
            detail: Some(serde_json::json!({ "why": "a \"reason\",\nof two lines" })),
        }
    }

    #[test]
    fn a_cell_that_begins_like_a_formula_is_text() {
        for text in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            assert_eq!(harmless(text), format!("\"'{text}\""), "{text:?}");
        }
        assert_eq!(harmless("Al \"Noor\", =1"), "\"Al \"\"Noor\"\", =1\"");
        let text = lines(&[entry("=HYPERLINK(1)")], ExportFormat::Csv, &TimeZone::UTC, false).unwrap();
        assert!(text.contains("\"'=HYPERLINK(1)\""), "{text}");
    }

    #[test]
    fn a_table_has_its_columns_once_and_a_line_of_json_each_entry() {
        let zone = TimeZone::get("Asia/Muscat").unwrap();
        let table = |is_first| lines(&[entry("Anna")], ExportFormat::Csv, &zone, is_first).unwrap();
        let first = table(true);
        assert!(first.starts_with("\u{feff}\"number\",\"time\",\"clinic_time\""), "{first}");
        assert!(first.ends_with(&table(false)) && first.ends_with("\r\n"));
        assert!(table(false).starts_with("\"7\",\"2026-11-29T"), "{}", table(false));
        assert!(table(false).contains("+04:00\""), "{}", table(false));
        assert!(table(false).contains("\"roles: doctor → doctor, admin\",\"PeopleManage: role\""));
        let json = lines(&[entry("Anna"), entry("Omar")], ExportFormat::Jsonl, &zone, true).unwrap();
        let read: Vec<AuditEntry> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read, [entry("Anna"), entry("Omar")]);
    }
}
