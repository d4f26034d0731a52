//! What the page says is what the data says.

#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::process::Command;

use cradle_wipe::{PartOutcome, SignedDocument, Status, pdf};
use support::{House, custody, order, waiver};

/// Runs a poppler tool (Debian: `poppler-utils`); without it this test cannot say anything.
fn poppler(tool: &str, folder: &Path, arguments: &[&str]) -> String {
    let run = Command::new(tool)
        .current_dir(folder)
        .args(arguments)
        .output();
    let run = run.unwrap_or_else(|error| panic!("{tool} (package poppler-utils): {error}"));
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    String::from_utf8(run.stdout).unwrap()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Renders and returns the page's text without white space.
fn text_of(signed: &SignedDocument, folder: &Path) -> String {
    std::fs::write(folder.join("certificate.pdf"), pdf::render(signed).unwrap()).unwrap();
    squeezed(&poppler(
        "pdftotext",
        folder,
        &["-raw", "certificate.pdf", "-"],
    ))
}

fn assert_says_all(signed: &SignedDocument, folder: &Path) {
    let text = text_of(signed, folder);
    let says = |what: &str| assert!(text.contains(&squeezed(what)), "{what:?} not in {text}");
    let (document, contents) = (signed.document(), signed.document().contents());
    says(match document.status() {
        Status::Complete => "COMPLETE",
        Status::Pending => "PENDING",
    });
    says(&signed.digest().to_string());
    says(&contents.number);
    says(&contents.issued_at);
    says(contents.unit.serial.as_str());
    says(&contents.unit.uid.to_string());
    says(contents.unit.certificate.as_deref().unwrap());
    for text in [
        &contents.media.manufacturer,
        &contents.media.model,
        &contents.media.source,
    ] {
        says(text);
    }
    for part in &contents.parts {
        says(&part.name);
        says(&part.id);
        says(&part.technique);
        says(&part.detail);
        says(&part.ended_at);
        says(match part.outcome {
            PartOutcome::Done => "Done",
            PartOutcome::Failed => "Failed",
            PartOutcome::NotDone => "Not done",
        });
    }
    for missing in document.missing() {
        says(&missing.part);
        says(&missing.why);
    }
    for remains in &contents.remains {
        says(&remains.what);
    }
    if let Some(evidence) = &contents.revocation {
        says(&evidence.crl_sha256.to_string());
    }
    for it in &contents.custody {
        for text in [&it.at, &it.place, &it.note] {
            says(text);
        }
        for holder in [&it.giver, &it.receiver] {
            says(&format!("{}session {}", holder.name, holder.session));
        }
    }
    for statement in [&contents.sanitizer, &contents.verifier] {
        says(&statement.person.name);
        says(&statement.person.contact);
        statement.date.iter().for_each(|date| says(date));
    }
}

#[test]
fn the_page_of_a_complete_document_says_what_the_data_says() {
    let folder = tempfile::tempdir().unwrap();
    let signed = House::new().decommission(&order()).unwrap().signed.unwrap();
    assert_says_all(&signed, folder.path());
    assert!(!text_of(&signed, folder.path()).contains("PENDING"));
}

#[test]
fn the_page_says_through_whose_hands_the_unit_went() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::new();
    house.ledger.earlier.custody = custody();
    let signed = house.decommission(&order()).unwrap().signed.unwrap();
    let told = &signed.document().contents().custody;
    assert_eq!(told.len(), 2);
    assert_eq!(
        (told[1].giver.name.as_str(), told[1].giver.session),
        ("ingrid", 340)
    );
    assert_says_all(&signed, folder.path());
}

#[test]
fn the_page_of_a_pending_document_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::new();
    house.device.firmware_dead = true;
    house.revoker.publishes_old_crl = true;
    let mut order = order();
    order.waiver = Some(waiver());
    order.notes = "Found in the cellar after the flood; housing cracked.".to_owned();
    let signed = house.decommission(&order).unwrap().signed.unwrap();
    assert_says_all(&signed, folder.path());
    assert!(!text_of(&signed, folder.path()).contains("COMPLETE"));
}

#[test]
fn the_signed_data_is_attached_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let signed = House::new().decommission(&order()).unwrap().signed.unwrap();
    text_of(&signed, folder.path());
    poppler(
        "pdfdetach",
        folder.path(),
        &["-save", "1", "-o", "out.json", "certificate.pdf"],
    );
    assert_eq!(
        std::fs::read(folder.path().join("out.json")).unwrap(),
        signed.json()
    );
}

#[test]
fn the_printed_code_reads_as_the_digest() {
    let folder = tempfile::tempdir().unwrap();
    let signed = House::new().decommission(&order()).unwrap().signed.unwrap();
    text_of(&signed, folder.path());
    let arguments = ["-r", "150", "-gray", "-f", "2", "certificate.pdf", "page"];
    poppler("pdftoppm", folder.path(), &arguments);
    let page = std::fs::read(folder.path().join("page-2.pgm")).unwrap();
    let (width, height, pixels) = grey_map(&page);
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let (_, code) = image.detect_grids()[0].decode().unwrap();
    assert_eq!(code, format!("sha256:{}", signed.digest()));
}

/// Width, height and pixels of a binary PGM with 8 bits a pixel.
fn grey_map(file: &[u8]) -> (usize, usize, &[u8]) {
    let mut lines = file.splitn(4, |byte| *byte == b'\n');
    assert_eq!(lines.next(), Some(&b"P5"[..]));
    let size = std::str::from_utf8(lines.next().unwrap()).unwrap();
    let (width, height) = size.split_once(' ').unwrap();
    assert_eq!(lines.next(), Some(&b"255"[..]));
    (
        width.parse().unwrap(),
        height.parse().unwrap(),
        lines.next().unwrap(),
    )
}

#[test]
fn a_name_in_a_script_without_glyphs_still_makes_a_page() {
    let mut order = order();
    order.sanitizer.name = "สมชาย".to_owned();
    order.verifier.name = "王伟".to_owned();
    let signed = House::new().decommission(&order).unwrap().signed.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = text_of(&signed, folder.path());
    assert!(text.contains("[U+0E2A][U+0E21]"), "{text}");
    assert!(text.contains("王伟"), "{text}");
}
