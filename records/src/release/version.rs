//! Which of two versions is the older one, for versions as they come: SBOMs hold any.

use std::cmp::Ordering;

/// Compares number by number (`1.9` is before `1.10`); what follows a hyphen comes before the
/// version without it (`2.0.0-rc.1` is before `2.0.0`, Semantic Versioning §11), and what
/// follows a plus sign does not count (§10).
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let ((a, pre_a), (b, pre_b)) = (parts(a), parts(b));
    pieces(a, b).then_with(|| match (pre_a, pre_b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => pieces(a, b),
    })
}

fn parts(version: &str) -> (&str, Option<&str>) {
    let version = version.trim_start_matches('v');
    let version = version.split('+').next().unwrap_or(version);
    match version.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (version, None),
    }
}

/// Piece by piece, a missing one being 0.
fn pieces(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => piece(a.unwrap_or("0"), b.unwrap_or("0")),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn piece(a: &str, b: &str) -> Ordering {
    match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_order_of_semantic_versioning() {
        let ordered = [
            "0.9",
            "0.10.0-alpha",
            "0.10.0-alpha.1",
            "0.10.0-beta.2",
            "0.10.0-beta.11",
            "0.10.0-rc.1",
            "0.10.0",
            "0.10.1",
            "1.0",
            "1.1.1",
            "1.1.1a",
            "2",
        ];
        for (index, older) in ordered.iter().enumerate() {
            for newer in &ordered[index + 1..] {
                assert_eq!(compare(older, newer), Ordering::Less, "{older} {newer}");
                assert_eq!(compare(newer, older), Ordering::Greater);
            }
        }
        assert_eq!(compare("v1.2", "1.2.0+build.7"), Ordering::Equal);
    }
}
