//! Administration in the console: the clinic's settings, the accuracy of its waiting times, the delivery state of its
//! messages, and the audit log.

mod audit;
mod estimates;
mod fields;
mod form;
mod messages;
mod policy;
mod settings;
mod wrongs;

pub use audit::AuditLog;
pub use estimates::Estimates;
pub use messages::Messages;
pub use settings::Settings;
