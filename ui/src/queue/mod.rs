//! The queue for staff: its views, and the steps.

mod hooks;
mod more;
mod views;
mod who;

pub use hooks::{
    Beside, BranchChoice, Steps, chosen_branch, use_branch, use_own_steps, use_services, use_steps,
};
pub use more::More;
pub use views::{DoorControl, QueueColumns, QueueList, name_of, queue_list, room_used, seen_by, step_key};
pub use who::{
    AskWho, Placed, class_key, edge, gender_key, genders, marks, place_text, placed, record_text,
    record_texts, who, why,
};
