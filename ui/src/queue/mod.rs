//! The queue for staff: its views, and the steps.

mod door;
mod hooks;
mod more;
mod said;
mod views;
mod who;

pub use door::{DoorControl, DoorSaid, door_set};
pub use hooks::{
    Beside, BranchChoice, Did, Steps, chosen_branch, use_branch, use_own_steps, use_services, use_steps,
};
pub use more::More;
pub use said::StepSaid;
pub use views::{QueueColumns, QueueList, name_of, queue_list, room_used, seen_by, step_key};
pub use who::{
    AskWho, Placed, PlacedSaid, class_key, details_of, edge, gender_key, genders, marks, place_text,
    record_text, record_texts, sent_from, similar_mark, who, why,
};
