//! Rows of quotes.

use std::collections::HashSet;

use medlane_shared::{
    ids::{BranchId, ClinicId, ServiceId, TicketId},
    queue::{Forecast, Wait},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, FromRow};

use super::quote::{Quote, Settled};
use crate::db::{Conn, Value, delete_older, in_list, insert_rows, on, parse};

#[derive(FromRow)]
struct QuoteRow {
    ticket_id: String,
    branch_id: String,
    service_id: String,
    at_ms: i64,
    ahead: i64,
    mean_s: f64,
    sd_s: f64,
    low_min: i64,
    high_min: i64,
}

/// The quotes whose outcome is not known yet.
///
/// # Errors
/// An error of the database driver.
pub async fn quote_open(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<Vec<Quote>> {
    let sql = "select ticket_id, branch_id, service_id, at_ms, ahead, mean_s, sd_s, low_min, high_min from quote \
        where clinic_id = $1 and settled_at_ms is null";
    let rows: Vec<QuoteRow> =
        on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).fetch_all(c).await?);
    rows.into_iter()
        .map(|row| {
            let minutes = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
            Ok(Quote {
                ticket: parse(&row.ticket_id)?,
                branch: parse(&row.branch_id)?,
                service: parse(&row.service_id)?,
                at: Timestamp::from_ms(row.at_ms),
                ahead: usize::try_from(row.ahead).unwrap_or_default(),
                forecast: Forecast { mean_s: row.mean_s, sd_s: row.sd_s },
                wait: Wait { low_min: minutes(row.low_min), high_min: minutes(row.high_min) },
            })
        })
        .collect()
}

/// Stores quotes. An existing one does not change.
///
/// # Errors
/// An error of the database driver.
pub async fn quote_put(conn: &mut Conn, clinic: ClinicId, quotes: &[Quote]) -> sqlx::Result<()> {
    let head = "insert into quote (ticket_id, clinic_id, branch_id, service_id, at_ms, ahead, mean_s, sd_s, low_min, \
        high_min)";
    let rows = quotes.iter().map(|quote| row(clinic, quote)).collect();
    insert_rows(conn, head, "on conflict (ticket_id) do nothing", rows).await
}

/// Those of the given tickets whose quotes are not settled yet.
///
/// # Errors
/// An error of the database driver.
pub async fn quote_unsettled(conn: &mut Conn, tickets: &[TicketId]) -> sqlx::Result<HashSet<TicketId>> {
    let mut found = HashSet::new();
    for ids in tickets.chunks(256) {
        let (sql, size) =
            in_list("select ticket_id from quote where settled_at_ms is null and ticket_id in", ids.len());
        let rows: Vec<String> = on!(&mut *conn, |c| {
            let mut query = sqlx::query_scalar(AssertSqlSafe(sql));
            for n in 0..size {
                query = query.bind(ids[n.min(ids.len() - 1)].to_string());
            }
            query.fetch_all(c).await?
        });
        for id in rows {
            found.insert(parse(&id)?);
        }
    }
    Ok(found)
}

/// Stores the actual waits.
///
/// # Errors
/// An error of the database driver.
pub async fn quote_settle(
    conn: &mut Conn,
    clinic: ClinicId,
    settled: &[Settled],
    at: Timestamp,
) -> sqlx::Result<()> {
    let head = "insert into quote (ticket_id, clinic_id, branch_id, service_id, at_ms, ahead, mean_s, sd_s, low_min, \
        high_min, actual_s, settled_at_ms)";
    let tail = "on conflict (ticket_id) do update set actual_s = excluded.actual_s, \
        settled_at_ms = excluded.settled_at_ms";
    let rows = settled.iter().map(|settled| {
        let mut row = row(clinic, &settled.quote);
        row.extend([Value::Real(settled.actual_s), Value::int(at.ms())]);
        row
    });
    insert_rows(conn, head, tail, rows.collect()).await
}

fn row(clinic: ClinicId, quote: &Quote) -> Vec<Value> {
    vec![
        Value::text(quote.ticket),
        Value::text(clinic),
        Value::text(quote.branch),
        Value::text(quote.service),
        Value::int(quote.at.ms()),
        Value::int(i64::try_from(quote.ahead).unwrap_or(i64::MAX)),
        Value::real(quote.forecast.mean_s),
        Value::real(quote.forecast.sd_s),
        Value::int(i64::from(quote.wait.low_min)),
        Value::int(i64::from(quote.wait.high_min)),
    ]
}

/// The accuracy of a service's quotes.
#[derive(Debug, FromRow)]
pub struct EstimateRow {
    service_id: String,
    /// How many quotes.
    pub waits: i64,
    /// Mean of |actual − forecast|, in seconds.
    pub error_s: f64,
    /// Mean of (actual − forecast), in seconds.
    pub bias_s: f64,
    /// The share of waits within the range that was shown.
    pub coverage: f64,
}

/// The accuracy of a branch's quotes since a time, for each service.
///
/// # Errors
/// An error of the database driver.
pub async fn estimate_list(
    conn: &mut Conn,
    branch: BranchId,
    since: Timestamp,
) -> sqlx::Result<Vec<(ServiceId, EstimateRow)>> {
    let sql = "select service_id, count(*) as waits, avg(abs(actual_s - mean_s)) as error_s, \
        avg(actual_s - mean_s) as bias_s, \
        avg(case when actual_s >= low_min * 60.0 and actual_s <= high_min * 60.0 then 1.0 else 0.0 end) \
        * cast(1 as double precision) as coverage \
        from quote where branch_id = $1 and at_ms >= $2 and actual_s is not null group by service_id";
    let rows: Vec<EstimateRow> =
        on!(conn, |c| sqlx::query_as(sql).bind(branch.to_string()).bind(since.ms()).fetch_all(c).await?);
    rows.into_iter().map(|row| Ok((parse(&row.service_id)?, row))).collect()
}

/// Deletes the quotes that were given before a time.
///
/// # Errors
/// An error of the database driver.
pub async fn quote_prune(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    let sql =
        "delete from quote where ticket_id in (select ticket_id from quote where at_ms < $1 limit 1000)";
    delete_older(conn, sql, before).await
}
