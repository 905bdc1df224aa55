//! The replica as the machine holds it: checksums to reach, intents to send and to be answered, parts of snapshots.

use std::collections::{BTreeSet, VecDeque};

use super::{ClientEffect, WINDOW};
use crate::{
    ids::ClientId,
    sync::frame::{Bucket, BucketSum, Change, ClientFrame, Cursor, Intent},
    time::Timestamp,
};

#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) client_id: ClientId,
    pub(super) cursor: Option<Cursor>,
    pub(super) buckets: Vec<Bucket>,
    /// The checksums of the welcome, until the replica has reached the welcome's head.
    pub(super) promised: Option<(Cursor, Vec<BucketSum>)>,
    /// The ids of unanswered intents.
    pub(super) pending: BTreeSet<u64>,
    /// Intents that are loaded, but not yet sent on this socket.
    pub(super) ready: VecDeque<Intent>,
    /// Intents that were sent on this socket and are not yet answered.
    pub(super) flying: BTreeSet<u64>,
    pub(super) acked_at: Timestamp,
    /// Snapshots of which some parts have not arrived yet.
    pub(super) parts: Vec<(Bucket, Vec<Change>)>,
}

impl Held {
    /// Deletes every bucket that is not listed, so that rows to which the right has ended are deleted at the next
    /// hello.
    pub(super) fn keep_only(&mut self, listed: &[BucketSum], effects: &mut Vec<ClientEffect>) {
        let kept = |bucket: &Bucket| listed.iter().any(|sum| sum.bucket == *bucket);
        self.parts.retain(|(bucket, _)| kept(bucket));
        effects.extend(self.buckets.extract_if(.., |bucket| !kept(bucket)).map(ClientEffect::Purge));
    }

    /// Checks the rows once the replica has reached exactly the welcome's head, because only there do they have to
    /// match the welcome's checksums.
    pub(super) fn check(&mut self, effects: &mut Vec<ClientEffect>) {
        let (Some(cursor), Some((head, _))) = (self.cursor, &self.promised) else { return };
        if cursor.epoch == head.epoch && cursor.seq < head.seq {
            return;
        }
        if let Some((head, sums)) = self.promised.take()
            && cursor == head
        {
            effects.push(ClientEffect::Check(
                sums.into_iter().filter(|sum| self.buckets.contains(&sum.bucket)).collect(),
            ));
        }
    }

    pub(super) fn pump(&mut self, now: Timestamp, effects: &mut Vec<ClientEffect>) {
        while self.flying.len() < WINDOW {
            let Some(intent) = self.ready.pop_front() else { break };
            if self.flying.is_empty() {
                self.acked_at = now;
            }
            self.flying.insert(intent.intent_id);
            effects.push(ClientEffect::Send(ClientFrame::Intent(intent)));
        }
    }
}
