//! What stands on the page, in order.

use cradle_procedure::fault::Fault;

use super::block::{Block, Style};
use super::colour::{ACCENT, AMBER_SHADE, Colour, INK, LINE, MUTED, SHADE, WHITE};
use super::font::{Face, Fonts};
use super::sheet::WIDTH;
use super::write::Paper;
use super::{custody, people, qr, table};
use crate::contents::Contents;
use crate::document::{Document, Status};
use crate::order::{Backup, DestinationKind};

/// Room between two columns.
pub(super) const GAP: f32 = 14.0;
/// Width of one of two columns.
pub(super) const HALF: f32 = (WIDTH - GAP) / 2.0;

const TITLE: Style = Style::new(Face::Bold, 21.0, INK);
const SUBTITLE: Style = Style::new(Face::Regular, 8.8, MUTED);
const BADGE: Style = Style::new(Face::Bold, 13.0, WHITE);
const BADGE_WIDTH: f32 = 108.0;
const HEADING: Style = Style::new(Face::Bold, 9.6, ACCENT);
pub(super) const BODY: Style = Style::new(Face::Regular, 8.2, INK);
pub(super) const STRONG: Style = Style::new(Face::Bold, 8.2, INK);
pub(super) const SMALL: Style = Style::new(Face::Regular, 7.4, MUTED);
const CODE: Style = Style::new(Face::Mono, 7.4, INK);
const LABEL: Style = Style::new(Face::Regular, 7.8, MUTED);
const LABEL_WIDTH: f32 = 78.0;

/// Every block of the document.
pub(super) fn all(
    paper: &Paper<'_>,
    document: &Document,
    fonts: &Fonts,
) -> Result<Vec<Block>, Fault> {
    let contents = document.contents();
    let subject = format!("{} · issued {}", contents.standard, contents.issued_at);
    let mut blocks = vec![head(fonts, paper, &subject), verdict(fonts, document)];
    blocks.push(heading(fonts, "Unit and medium").then(unit(fonts, contents)));
    let parts = table::head(fonts);
    let sanitization = heading(fonts, "Sanitization").then(summary(fonts, contents));
    blocks.push(sanitization.then(parts.clone()));
    let rows = contents.parts.iter().map(|part| table::row(fonts, part));
    blocks.extend(rows.map(|row| row.under(&parts)));
    blocks.push(heading(fonts, "Certificate revocation").then(revocation(fonts, contents)));
    blocks.push(heading(fonts, "What remains on the unit").then(remains(fonts, contents)));
    if !contents.notes.is_empty() {
        blocks.push(heading(fonts, "Notes").then(body(fonts, &contents.notes)));
    }
    blocks.extend(custody::chain(fonts, &contents.custody));
    let statements = people::statements(fonts, document);
    blocks.push(heading(fonts, "Statements").then(statements));
    if let Some(waiver) = &contents.waiver {
        blocks.push(Block::space(8.0).then(people::waiver(fonts, waiver)));
    }
    blocks.push(check(fonts, paper)?);
    Ok(blocks)
}

/// Label and value, one pair a line.
pub(super) fn fields(fonts: &Fonts, pairs: &[(&str, String)], width: f32) -> Block {
    pairs.iter().fold(Block::default(), |all, (label, value)| {
        let plain = if value.is_empty() {
            "–"
        } else {
            value.as_str()
        };
        let style = if is_code(label) { CODE } else { BODY };
        let value = Block::text(fonts, style, plain, width - LABEL_WIDTH);
        let line = Block::text(fonts, LABEL, label, LABEL_WIDTH).at(LABEL_WIDTH, 0.0, value);
        all.then(line).then(Block::space(1.6))
    })
}

/// Values that are compared character by character.
fn is_code(label: &str) -> bool {
    matches!(
        label,
        "Serial number" | "Chip UID" | "Certificate" | "CRL SHA-256"
    )
}

/// Title and status; `subject` is the line below the title.
pub(super) fn head(fonts: &Fonts, paper: &Paper<'_>, subject: &str) -> Block {
    let text_width = WIDTH - BADGE_WIDTH - GAP;
    let number = format!("No. {}", paper.number);
    let badge = badge(fonts, paper.status);
    Block::text(fonts, TITLE, paper.title, text_width)
        .then(Block::text(fonts, SUBTITLE, subject, text_width))
        .then(Block::text(fonts, SUBTITLE, &number, text_width))
        .at(WIDTH - BADGE_WIDTH, 2.0, badge)
        .then(Block::space(9.0))
        .then(Block::area(WIDTH, 1.4, ACCENT))
}

fn badge(fonts: &Fonts, status: Status) -> Block {
    let word = status_word(status);
    let width = fonts.width(BADGE.face, BADGE.size, word);
    Block::area(BADGE_WIDTH, 26.0, Colour::from(status)).at(
        (BADGE_WIDTH - width) / 2.0,
        4.6,
        Block::text(fonts, BADGE, word, BADGE_WIDTH),
    )
}

pub(super) const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Complete => "COMPLETE",
        Status::Pending => "PENDING",
    }
}

fn verdict(fonts: &Fonts, document: &Document) -> Block {
    let inner = WIDTH - 20.0;
    let (text, ground) = match document.status() {
        Status::Complete if document.contents().registries.is_empty() => (
            "Every part is done and proven: the unit showed who it is, its keys and flash were \
             erased and read back blank, and its certificate is revoked.",
            SHADE,
        ),
        Status::Complete => (
            "Every part is done and proven: the unit showed who it is, its keys and flash were \
             erased and read back blank, its certificate is revoked, and every configured \
             registry confirmed.",
            SHADE,
        ),
        Status::Pending => (
            "Not complete. Do not treat this unit as sanitized until what is listed here is done:",
            AMBER_SHADE,
        ),
    };
    let start = Block::text(fonts, STRONG, text, inner);
    let all = document.missing().iter().fold(start, |all, missing| {
        let line = format!("{}: {}", missing.part, missing.why);
        all.then(Block::space(2.0))
            .then(bullet(fonts, &line, inner))
    });
    Block::space(8.0).then(all.on(ground, WIDTH, 10.0))
}

pub(super) fn heading(fonts: &Fonts, text: &str) -> Block {
    Block::space(12.0)
        .then(Block::text(fonts, HEADING, text, WIDTH))
        .then(Block::rule(WIDTH, LINE))
        .then(Block::space(5.0))
}

fn unit(fonts: &Fonts, contents: &Contents) -> Block {
    let (unit, media) = (&contents.unit, &contents.media);
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let left = [
        ("Serial number", unit.serial.to_string()),
        ("Chip UID", unit.uid.to_string()),
        ("Product", unit.product.clone()),
        ("Batch", unit.batch.to_string()),
        ("Property number", optional(&media.property_number)),
        ("Data backed up", backup(&contents.backup)),
    ];
    let right = [
        ("Manufacturer", media.manufacturer.clone()),
        ("Model", media.model.clone()),
        ("Media type", media.media_type.clone()),
        ("Media source", media.source.clone()),
        ("Category before", optional(&contents.classification.before)),
        ("Category after", optional(&contents.classification.after)),
    ];
    beside(fields(fonts, &left, HALF), fields(fonts, &right, HALF))
}

fn summary(fonts: &Fonts, contents: &Contents) -> Block {
    let method = contents.method.map_or("none claimed", |it| it.text());
    let left = [
        ("Method", method.to_owned()),
        ("Reason", contents.reason.text().to_owned()),
    ];
    let right = [
        (
            "Tool",
            format!("{} {}", contents.tool.name, contents.tool.version),
        ),
        ("Destination", destination(contents)),
    ];
    beside(fields(fonts, &left, HALF), fields(fonts, &right, HALF)).then(Block::space(5.0))
}

fn revocation(fonts: &Fonts, contents: &Contents) -> Block {
    let none = || "never issued".to_owned();
    let certificate = contents.unit.certificate.clone().unwrap_or_else(none);
    let mut pairs = vec![("Certificate", certificate)];
    match &contents.revocation {
        None => pairs.push(("State", "not proven to be revoked".to_owned())),
        Some(it) => {
            let number = it.crl_number.as_deref().unwrap_or("without number");
            pairs.push(("State", format!("revoked, {}", it.reason)));
            pairs.push(("CRL", format!("{number}, issued {}", it.crl_issued_at)));
            pairs.push(("CRL SHA-256", it.crl_sha256.to_string()));
        }
    }
    fields(fonts, &pairs, WIDTH)
}

fn remains(fonts: &Fonts, contents: &Contents) -> Block {
    contents.remains.iter().fold(Block::default(), |all, it| {
        let line = format!("{}. {}.", it.what, it.why_harmless);
        all.then(bullet(fonts, &line, WIDTH))
            .then(Block::space(1.6))
    })
}

const QR_SIZE: f32 = 82.0;

/// How to check the data.
pub(super) fn check(fonts: &Fonts, paper: &Paper<'_>) -> Result<Block, Fault> {
    let (digest, file) = (paper.digest.to_string(), &paper.file);
    let how = format!(
        "This page is a rendering of {file}, which is attached to this PDF and carries the \
         signature of the document key (ECDSA P-256, SHA-256). To check it without a network: \
         cradle decommission verify {file} --key document-key.pem, with that key from the station \
         that signed. The code and the digest are those of the signed data."
    );
    let width = WIDTH - QR_SIZE - 18.0;
    let text = Block::text(fonts, HEADING, "Check this document", width)
        .then(Block::text(fonts, BODY, &how, width))
        .then(Block::space(4.0))
        .then(Block::text(
            fonts,
            LABEL,
            "SHA-256 of the signed data",
            width,
        ))
        .then(Block::text(fonts, CODE, &digest, width));
    let code = qr::code(&format!("sha256:{digest}"), QR_SIZE)?;
    Ok(Block::space(14.0).then(code.at(QR_SIZE + 18.0, 0.0, text)))
}

fn body(fonts: &Fonts, text: &str) -> Block {
    Block::text(fonts, BODY, text, WIDTH)
}

fn bullet(fonts: &Fonts, text: &str, width: f32) -> Block {
    let dot = Block::text(fonts, BODY, "•", width);
    dot.at(9.0, 0.0, Block::text(fonts, BODY, text, width - 9.0))
}

fn beside(left: Block, right: Block) -> Block {
    left.at(HALF + GAP, 0.0, right)
}

fn backup(backup: &Backup) -> String {
    match backup {
        Backup::Kept(place) => format!("yes: {place}"),
        Backup::None => "no".to_owned(),
        Backup::Unknown => "unknown".to_owned(),
    }
}

fn destination(contents: &Contents) -> String {
    let kind = match contents.destination.kind {
        DestinationKind::InternalReuse => "internal reuse",
        DestinationKind::ExternalReuse => "external reuse",
        DestinationKind::RecyclingFacility => "recycling facility",
        DestinationKind::Manufacturer => "manufacturer",
        DestinationKind::Other => "other",
    };
    match contents.destination.details.as_str() {
        "" => kind.to_owned(),
        details => format!("{kind}: {details}"),
    }
}
