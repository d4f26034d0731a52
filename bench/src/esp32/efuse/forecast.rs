//! What the eFuses hold and would hold after a burn: the fields of BLOCK0, and the key blocks.

use cradle_procedure::fault::Fault;
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::Forecast;

use super::acts;
use super::controller::{Registers, read};
use super::fields::{Field, KEY0, SUMMARY};
use super::image::Image;
use super::planned;

const KEYS: usize = 6;

/// Reads the chip and adds what the items would burn, as [`super::burn`] does; burns nothing.
///
/// # Errors
/// As [`super::burn`], as far as it can be foreseen.
pub(crate) fn forecast(
    chip: &mut dyn Registers,
    items: &[BurnItem],
) -> Result<Vec<Forecast>, Fault> {
    let now = read(chip)?;
    let mut then = now;
    for item in items {
        // What the device burns itself the station never sees, but for its signs.
        match acts::is_flash_key(item) {
            true => then.add(&acts::flash_key_signs()),
            false => then = planned(&then, &[item])?,
        }
    }
    let fields = SUMMARY.iter().map(|field| {
        let shown = |image: &Image| shown(*field, image);
        part(field.name.to_owned(), shown(&now), shown(&then))
    });
    let keys = (0..KEYS).map(|key| {
        let bytes = |image: &Image| hex(&image.bytes(KEY0 + key));
        part(format!("BLOCK_KEY{key}"), bytes(&now), bytes(&then))
    });
    Ok(fields.chain(keys).collect())
}

fn part(name: String, now: String, then: String) -> Forecast {
    Forecast { name, now, then }
}

fn shown(field: Field, image: &Image) -> String {
    let value = field.of(image);
    match field.width {
        0..=4 => value.to_string(),
        width => format!("{value:#0digits$x}", digits = 2 + width.div_ceil(4)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
