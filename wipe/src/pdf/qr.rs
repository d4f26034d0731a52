//! The digest as a QR code (ISO/IEC 18004).

use cradle_procedure::fault::{Code, Fault, OrFault as _};
use qrcode::{Color, EcLevel, QrCode};

use super::block::Block;
use super::colour::INK;

/// A code as wide as asked, without its quiet zone: that is four modules of white.
pub(super) fn code(text: &str, width: f32) -> Result<Block, Fault> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).or_fault(Code::Internal)?;
    let modules = code.width();
    let module = width / f32::from(u16::try_from(modules).or_fault(Code::Internal)?);
    let mut block = Block::space(width);
    let (mut x, mut y) = (0.0, 0.0);
    for row in code.to_colors().chunks(modules) {
        for run in row.chunk_by(|a, b| a == b) {
            let length = run.iter().map(|_| module).sum::<f32>();
            if run.first() == Some(&Color::Dark) {
                block = block.at(x, y, Block::area(length, module, INK));
            }
            x += length;
        }
        (x, y) = (0.0, y + module);
    }
    Ok(block)
}
