//! Proofs that an entry is in a tree, and that one tree is the beginning of another.

use super::merkle::{Hash, node_hash, root_of};

/// The audit path for the leaf at `index` (RFC 6962 §2.1.1). `None` if there is no such leaf.
#[must_use]
pub fn inclusion(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    let (mut leaves, mut index) = (leaves, index);
    while leaves.len() > 1 {
        let (left, right) = leaves.split_at(split(leaves.len()));
        if index < left.len() {
            path.push(root_of(right));
            leaves = left;
        } else {
            path.push(root_of(left));
            index -= left.len();
            leaves = right;
        }
    }
    path.reverse();
    Some(path)
}

/// The proof that the tree over the first `old` leaves is the beginning of the tree over all
/// (RFC 6962 §2.1.2). `None` if there are not that many. Empty for the same tree, and for the
/// empty one, which is the beginning of any.
#[must_use]
pub fn consistency(leaves: &[Hash], old: usize) -> Option<Vec<Hash>> {
    if old > leaves.len() {
        return None;
    }
    let mut proof = Vec::new();
    if old == 0 || old == leaves.len() {
        return Some(proof);
    }
    let (mut leaves, mut old, mut whole) = (leaves, old, true);
    while old < leaves.len() {
        let (left, right) = leaves.split_at(split(leaves.len()));
        if old <= left.len() {
            proof.push(root_of(right));
            leaves = left;
        } else {
            proof.push(root_of(left));
            old -= left.len();
            leaves = right;
            whole = false;
        }
    }
    if !whole {
        proof.push(root_of(leaves));
    }
    proof.reverse();
    Some(proof)
}

/// Whether the path leads from the leaf to the root (RFC 9162 §2.1.3.2).
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for step in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(step, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, step);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// A tree's size and root.
pub type Head = (u64, Hash);

/// Whether the proof shows that the old tree is the beginning of the new one
/// (RFC 9162 §2.1.4.2).
#[must_use]
pub fn verify_consistency(old: &Head, new: &Head, proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return old_root == new_root && proof.is_empty();
    }
    if *old_size == 0 {
        return *old_root == super::merkle::empty_root() && proof.is_empty();
    }
    // A complete old tree is its own first step.
    let own = old_size.is_power_of_two().then_some(*old_root);
    let mut steps = own.into_iter().chain(proof.iter().copied());
    let Some(first) = steps.next() else {
        return false;
    };
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut from_old, mut from_new) = (first, first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            from_old = node_hash(&step, &from_old);
            from_new = node_hash(&step, &from_new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            from_new = node_hash(&from_new, &step);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && from_old == *old_root && from_new == *new_root
}

/// The largest power of two below `size`, which is at least 2.
const fn split(size: usize) -> usize {
    1 << (usize::BITS - 1 - (size - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::super::merkle::tests::leaf_hashes;
    use super::*;

    fn hashes(texts: &[&str]) -> Vec<Hash> {
        texts
            .iter()
            .map(|text| hex::decode(text).unwrap().try_into().unwrap())
            .collect()
    }

    #[test]
    fn proofs_are_those_of_the_reference_implementation() {
        let leaves = leaf_hashes();
        assert_eq!(
            inclusion(&leaves, 5).unwrap(),
            hashes(&[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ])
        );
        assert_eq!(
            consistency(&leaves, 6).unwrap(),
            hashes(&[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ])
        );
    }

    fn many() -> Vec<Hash> {
        (0_u32..70)
            .map(|n| super::super::merkle::leaf_hash(&n.to_be_bytes()))
            .collect()
    }

    #[test]
    fn every_inclusion_proof_verifies_and_no_other_index_does() {
        let leaves = many();
        for size in 1..=leaves.len() {
            let leaves = &leaves[..size];
            let root = root_of(leaves);
            for index in 0..size {
                let path = inclusion(leaves, index).unwrap();
                let holds = |claimed: usize| {
                    verify_inclusion(&leaves[index], claimed as u64, size as u64, &path, &root)
                };
                assert!(holds(index), "{index} of {size}");
                assert!(!holds((index + 1) % size) || size == 1, "{index} of {size}");
                assert!(!holds(size), "{index} of {size}");
            }
        }
    }

    #[test]
    fn every_consistency_proof_verifies_and_none_for_another_history() {
        let leaves = many();
        let mut other = leaves.clone();
        other[0] = [0; 32];
        for size in 1..=leaves.len() {
            let new = (size as u64, root_of(&leaves[..size]));
            for old_size in 1..=size {
                let proof = consistency(&leaves[..size], old_size).unwrap();
                let old = (old_size as u64, root_of(&leaves[..old_size]));
                assert!(verify_consistency(&old, &new, &proof), "{old_size} {size}");
                let forged = (old_size as u64, root_of(&other[..old_size]));
                assert!(!verify_consistency(&forged, &new, &proof));
                let mut longer = proof.clone();
                longer.push([0; 32]);
                assert!(!verify_consistency(&old, &new, &longer));
            }
        }
    }
}
