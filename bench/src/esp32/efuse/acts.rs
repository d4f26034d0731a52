//! What the acts of the family are in eFuses.

use std::collections::BTreeSet;

use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::{Fuses, ReadProtection};

use super::fields::{
    DIS_DOWNLOAD_ICACHE, DIS_DOWNLOAD_MANUAL_ENCRYPT, DIS_DOWNLOAD_MODE, DIS_PAD_JTAG,
    DIS_USB_JTAG, ENABLE_SECURITY_DOWNLOAD, Field, KEY_PURPOSE_0, KEY_PURPOSE_2, KEY0, KEY1, KEY2,
    PURPOSE_SECURE_BOOT_DIGEST0, PURPOSE_XTS_AES_128, SECURE_BOOT_EN, SECURE_VERSION,
    SOFT_DIS_JTAG, SPI_BOOT_CRYPT_CNT, SYS_PART1, WR_DIS_CRYPT_COUNT, WR_DIS_FACTORY, WR_DIS_JTAG,
    WR_DIS_KEY0, WR_DIS_PURPOSE_0, WR_DIS_RD_DIS, rd_dis, wr_dis,
};
use super::image::Image;

const ROOT_KEY_LOCK: [(Field, u32); 2] = [
    (wr_dis(WR_DIS_KEY0 + 1), 1),
    (wr_dis(WR_DIS_PURPOSE_0 + 1), 1),
];

/// Acts that are named by the family alone, with the fields they burn.
const ACTS: [(&str, &[(Field, u32)]); 11] = [
    (
        "boot-key-purpose",
        &[(KEY_PURPOSE_0, PURPOSE_SECURE_BOOT_DIGEST0)],
    ),
    (
        "boot-key-lock",
        &[(wr_dis(WR_DIS_KEY0), 1), (wr_dis(WR_DIS_PURPOSE_0), 1)],
    ),
    (
        "flash-encryption-purpose",
        &[(KEY_PURPOSE_2, PURPOSE_XTS_AES_128)],
    ),
    ("flash-encryption-hide", &[(rd_dis(KEY2), 1)]),
    (
        "flash-encryption-lock",
        &[
            (wr_dis(WR_DIS_KEY0 + 2), 1),
            (wr_dis(WR_DIS_PURPOSE_0 + 2), 1),
        ],
    ),
    (
        "flash-encryption-release",
        &[(SPI_BOOT_CRYPT_CNT, 7), (wr_dis(WR_DIS_CRYPT_COUNT), 1)],
    ),
    (
        "flash-encryption-close",
        &[(DIS_DOWNLOAD_MANUAL_ENCRYPT, 1), (DIS_DOWNLOAD_ICACHE, 1)],
    ),
    (
        JTAG_DISABLE,
        &[(DIS_PAD_JTAG, 1), (SOFT_DIS_JTAG, 7), (DIS_USB_JTAG, 1)],
    ),
    ("jtag-lock", &[(wr_dis(WR_DIS_JTAG), 1)]),
    (
        SECURE_BOOT,
        &[(SECURE_BOOT_EN, 1), (wr_dis(WR_DIS_RD_DIS), 1)],
    ),
    (SECURE_DOWNLOAD, &[(ENABLE_SECURITY_DOWNLOAD, 1)]),
];
/// What the device burns itself; the station sees that it has a purpose and cannot be read.
pub(crate) const FLASH_KEY: &str = "flash-encryption-key";
const FLASH_KEY_SEEN: [(Field, u32); 2] = [(KEY_PURPOSE_2, PURPOSE_XTS_AES_128), (rd_dis(KEY2), 1)];

/// Whether the device burns it itself.
pub(crate) fn is_flash_key(item: &BurnItem) -> bool {
    matches!(item, BurnItem::Act { name, .. } if name == FLASH_KEY)
}

/// What is to be seen of the key then.
pub(crate) fn flash_key_signs() -> Image {
    let mut signs = Image::default();
    put(&FLASH_KEY_SEEN, &mut signs);
    signs
}
pub(crate) const JTAG_DISABLE: &str = "jtag-disable";
pub(crate) const SECURE_BOOT: &str = "secure-boot";
pub(crate) const SECURE_DOWNLOAD: &str = "secure-download";
pub(crate) const DOWNLOAD_DISABLE: &str = "download-disable";

/// The bits that an item burns.
///
/// # Errors
/// `PLN-02` the station does not burn such an item on this chip.
pub(crate) fn bits(item: &BurnItem) -> Result<Image, Fault> {
    let mut image = Image::default();
    match item {
        BurnItem::RootKeyHash(hash) => image.put_bytes(KEY1, hash.bytes()),
        BurnItem::LockRootKey => put(&ROOT_KEY_LOCK, &mut image),
        BurnItem::BootKey(digest) => image.put_bytes(KEY0, digest.bytes()),
        BurnItem::Counter(value) => SECURE_VERSION.put(unary(*value)?, &mut image),
        BurnItem::Act { name, .. } if name == DOWNLOAD_DISABLE => {
            DIS_DOWNLOAD_MODE.put(1, &mut image);
        }
        BurnItem::Act { name, .. } => {
            let (_, fields) = ACTS
                .iter()
                .find(|(known, _)| known == name)
                .ok_or_else(|| unknown(item))?;
            put(fields, &mut image);
        }
        BurnItem::WriteProtect(_) | BurnItem::ReadProtect => return Err(unknown(item)),
    }
    Ok(image)
}

/// `SECURE_VERSION` counts its bits.
fn unary(value: u32) -> Result<u32, Fault> {
    let room = SECURE_VERSION.width as u32;
    if value > room {
        let detail = format!("counter {value} is above {room}");
        return Err(Fault::new(Code::PlanUnsafe, detail));
    }
    Ok((1 << value) - 1)
}

fn put(fields: &[(Field, u32)], image: &mut Image) {
    for (field, value) in fields {
        field.put(*value, image);
    }
}

fn holds(fields: &[(Field, u32)], image: &Image) -> bool {
    fields
        .iter()
        .all(|(field, value)| field.of(image) == *value)
}

fn unknown(item: &BurnItem) -> Fault {
    Fault::new(
        Code::PlanUnsafe,
        format!("this station burns no {item} on this chip"),
    )
}

/// What a read-out means.
pub(crate) fn decode(image: &Image) -> Fuses {
    let secure_download = ENABLE_SECURITY_DOWNLOAD.of(image) != 0;
    let disabled = DIS_DOWNLOAD_MODE.of(image) != 0;
    let mut acts: BTreeSet<_> = ACTS
        .iter()
        .filter(|(_, fields)| holds(fields, image))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    acts.extend(holds(&FLASH_KEY_SEEN, image).then(|| FLASH_KEY.to_owned()));
    acts.extend(disabled.then(|| DOWNLOAD_DISABLE.to_owned()));
    let read_protection = protection(secure_download || disabled, acts.contains(JTAG_DISABLE));
    Fuses {
        root_key: image.bytes(KEY1),
        root_key_locked: holds(&ROOT_KEY_LOCK, image),
        counter: SECURE_VERSION.of(image).count_ones(),
        boot_key: Some(image.bytes(KEY0)),
        acts,
        rest_virgin: image.is_within(&known(image)),
        write_protected: Vec::new(),
        read_protection,
    }
}

/// Read protection is for ever once neither loader nor JTAG reads any more.
pub(crate) fn protection(loader_is_closed: bool, jtag_is_closed: bool) -> ReadProtection {
    match (loader_is_closed, jtag_is_closed) {
        (false, _) => ReadProtection::Open,
        (true, false) => ReadProtection::Locked,
        (true, true) => ReadProtection::Permanent,
    }
}

/// Every bit that the factory or this station burns; the value of key blocks, identity and
/// calibration is taken from the read-out.
fn known(image: &Image) -> Image {
    let mut known = Image::default();
    for block in [1, SYS_PART1, KEY0, KEY1] {
        known.words_mut(block).copy_from_slice(image.words(block));
    }
    let ours = ACTS.iter().flat_map(|(_, fields)| *fields);
    let ours = ours.chain(&ROOT_KEY_LOCK);
    for (field, _) in ours {
        field.put(u32::MAX, &mut known);
    }
    for bit in WR_DIS_FACTORY {
        wr_dis(bit).put(1, &mut known);
    }
    SECURE_VERSION.put(u32::MAX, &mut known);
    DIS_DOWNLOAD_MODE.put(1, &mut known);
    known
}
