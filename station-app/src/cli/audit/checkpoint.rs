//! `cradle audit checkpoint`: a signed statement of how far the log has come, to be kept where
//! nobody can change it: on paper as a QR code (ISO/IEC 18004), or in a witness file.

use std::path::PathBuf;

use clap::Args;
use cradle_procedure::fault::{Code, Fault, OrFault as _};
use qrcode::render::{svg, unicode};
use qrcode::{EcLevel, QrCode};
use serde_json::json;

use super::super::people::SignIn;
use super::super::{Answer, Shared};
use crate::files;

#[derive(Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    sign_in: SignIn,
    /// Show it as a QR code as well
    #[arg(long)]
    qr: bool,
    /// Write the QR code to a file, to be printed
    #[arg(long, value_name = "SVG")]
    svg: Option<PathBuf>,
    /// Add it to this witness file, once it is proven that the log continues what is in there
    #[arg(long, value_name = "FILE")]
    witness: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<Answer, Fault> {
    let office = shared.office()?;
    let store = office.store();
    let checkpoint = arguments.sign_in.with(&office, |_| {
        let checkpoint = store.checkpoint(office.audit_key())?;
        if let Some(file) = &arguments.witness {
            store.witness(&checkpoint, file)?;
        }
        Ok(checkpoint)
    })?;
    let code = QrCode::with_error_correction_level(&checkpoint.note, EcLevel::M);
    let code = code.or_fault(Code::Internal)?;
    if let Some(file) = &arguments.svg {
        let mut picture = code.render::<svg::Color<'_>>();
        let picture = picture.min_dimensions(400, 400).build();
        files::write(file, picture.as_bytes())?;
    }
    let mut words = checkpoint.note.clone();
    if arguments.qr {
        words.push('\n');
        // Terminals are dark: the modules are drawn with the light colour left out.
        let mut drawn = code.render::<unicode::Dense1x2>();
        let drawn = drawn
            .dark_color(unicode::Dense1x2::Light)
            .light_color(unicode::Dense1x2::Dark)
            .build();
        words.push_str(&drawn);
    }
    Answer::done(
        words,
        json!({ "entries": checkpoint.size, "note": checkpoint.note }),
    )
}
