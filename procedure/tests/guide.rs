//! The operator guide says of every code what the screen says.

use cradle_procedure::fault::Code;

const GUIDE: &str = include_str!("../../operator-guide.md");

#[test]
fn every_code_has_one_entry_that_says_what_the_screen_says() {
    for code in Code::ALL {
        let heading = format!("\n#### {}\n", code.id());
        let mut entries = GUIDE.split(&heading).skip(1);
        let entry = entries.next().unwrap_or_default();
        let entry = entry.split("\n#").next().unwrap_or_default();
        for text in [code.what(), code.remedy()] {
            assert!(entry.contains(text), "{} lacks: {text}", code.id());
        }
        assert!(entries.next().is_none(), "{} has two entries", code.id());
    }
}

#[test]
fn no_entry_is_for_a_code_that_does_not_exist() {
    let headings = GUIDE.lines().filter_map(|line| line.strip_prefix("#### "));
    for heading in headings {
        assert!(Code::from_id(heading).is_some(), "{heading}");
    }
}

#[test]
fn every_picture_that_the_guide_shows_is_there() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let ends = |text: &'static str| text.split_once(')').map_or(text, |(path, _)| path);
    let pictures: Vec<_> = GUIDE.split("](docs/").skip(1).map(ends).collect();
    assert!(!pictures.is_empty());
    for picture in pictures {
        let file = root.join("docs").join(picture);
        assert!(file.exists(), "{}", file.display());
    }
}
