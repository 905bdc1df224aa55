//! The queue's room: what staff see of it, and the steps they take.

mod hooks;
mod more;
mod views;
mod who;

pub use hooks::{BranchChoice, Steps, use_branch, use_keys, use_services, use_steps};
pub use more::More;
pub use views::{DoorControl, QueueColumns, QueueList, queue_list, step_key};
pub use who::{
    AskWho, Placed, class_key, edge, gender_key, genders, marks, place_text, placed, record_text, who,
};
