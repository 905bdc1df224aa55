use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;

fn leaf(seq: i64) -> Leaf<'static> {
    let at = Timestamp::from_ms(1_000 + seq);
    Leaf {
        clinic: ClinicId::new(at, [1; 10]),
        seq,
        id: AuditId::new(at, [2; 10]),
        at,
        action: "ticket.call",
        outcome: Outcome::Success,
        person: None,
        device: None,
        session: None,
        role: Some(Role::Doctor),
        patient: None,
        target: "ticket:1",
        detail: None,
        shown: None,
    }
}

#[test]
fn an_entry_covers_whom_a_list_showed_in_whatever_order() {
    let [one, other] = [[3; 10], [4; 10]].map(|random| PersonId::new(Timestamp::from_ms(1), random));
    let of = |patients: &[PersonId]| Leaf { shown: shown(patients), ..leaf(1) }.hash();
    assert_eq!(of(&[]), leaf(1).hash());
    assert_eq!(of(&[one, other]), of(&[other, one, one]));
    assert!(of(&[one]) != of(&[other]) && of(&[one]) != of(&[one, other]) && of(&[one]) != of(&[]));
}

#[test]
fn an_absent_field_and_an_empty_one_differ() {
    let mut other = leaf(1);
    other.detail = Some([0; 32]);
    assert_ne!(leaf(1).hash(), other.hash());
    let mut shifted = leaf(1);
    shifted.action = "ticket.cal";
    shifted.target = "lticket:1";
    assert_ne!(leaf(1).hash(), shifted.hash());
}

#[test]
fn the_canonical_bytes_never_change() {
    let hash = leaf(1).hash().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    insta::assert_snapshot!(hash);
}

/// The definition of RFC 6962, by recursion over a slice.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        many => {
            let split = many.len().next_power_of_two() / 2;
            let (left, right) = many.split_at(split);
            Sha256::new()
                .chain_update([1])
                .chain_update(naive(left))
                .chain_update(naive(right))
                .finalize()
                .into()
        }
    }
}

proptest! {
    #[test]
    fn the_grown_tree_has_the_root_of_the_definition(count in 0_usize..200) {
        let leaves: Vec<Hash> = (0..count).map(|n| leaf(i64::try_from(n).unwrap()).hash()).collect();
        let mut tree = Tree::default();
        for leaf in &leaves { tree.push(*leaf); }
        prop_assert_eq!(tree.root(), naive(&leaves));
        prop_assert_eq!(tree.size(), count as u64);
    }
}
