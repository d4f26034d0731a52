//! The Merkle tree of RFC 6962 §2.1, grown one leaf at a time.

use sha2::{Digest as _, Sha256};

/// SHA-256 of a node or leaf.
pub type Hash = [u8; 32];

/// Hash of a leaf: SHA-256(0x00 ‖ entry).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(entry);
    hasher.finalize().into()
}

/// Hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut input = [1; 65];
    input[1..33].copy_from_slice(left);
    input[33..].copy_from_slice(right);
    Sha256::digest(input).into()
}

/// Root of the tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// What must be kept of a tree to append to it and to know its root: the roots of its complete
/// subtrees, largest first. There are as many as the size has set bits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// The tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            size: 0,
            roots: Vec::new(),
        }
    }

    /// A tree as it was kept. `None` unless there is a root for each set bit of the size.
    #[must_use]
    pub fn from_parts(size: u64, roots: Vec<Hash>) -> Option<Self> {
        (roots.len() == size.count_ones() as usize).then_some(Self { size, roots })
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, largest first.
    #[must_use]
    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each trailing set bit is a complete subtree that the new one pairs with.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// Root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let Some(smallest) = roots.next() else {
            return empty_root();
        };
        roots.fold(*smallest, |right, left| node_hash(left, &right))
    }
}

/// Root of the tree over these leaf hashes.
#[must_use]
pub fn root_of(leaves: &[Hash]) -> Hash {
    let mut tree = Frontier::new();
    for leaf in leaves {
        tree.push(*leaf);
    }
    tree.root()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Leaves of the reference implementation's test (google/certificate-transparency,
    /// `merkle_tree_test`), and the roots of the trees over the first n of them.
    pub(crate) const LEAVES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    pub(crate) fn leaf_hashes() -> Vec<Hash> {
        LEAVES
            .iter()
            .map(|leaf| leaf_hash(&hex::decode(leaf).unwrap()))
            .collect()
    }

    #[test]
    fn roots_are_those_of_the_reference_implementation() {
        let leaves = leaf_hashes();
        for (size, root) in ROOTS.iter().enumerate() {
            assert_eq!(hex::encode(root_of(&leaves[..size])), *root, "size {size}");
        }
    }

    #[test]
    fn a_kept_tree_goes_on_where_it_was() {
        let leaves = leaf_hashes();
        let mut tree = Frontier::new();
        for leaf in leaves {
            tree = Frontier::from_parts(tree.size(), tree.roots().to_vec()).unwrap();
            tree.push(leaf);
        }
        assert_eq!(hex::encode(tree.root()), ROOTS[8]);
        assert_eq!(Frontier::from_parts(3, vec![[0; 32]]), None);
    }
}
