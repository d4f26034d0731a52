//! Which USB device sits in which port, as Linux tells it below `/sys/bus/usb/devices`.
//!
//! probe-rs opens probes by vendor, product and serial number only. So a port is translated
//! into those, and refused when another device on the machine answers to the same.

use std::fs;
use std::path::Path;

use cradle_procedure::fault::{Code, Fault};
use probe_rs::probe::DebugProbeSelector;

/// Where Linux lists USB devices.
pub(crate) const SYSFS: &str = "/sys/bus/usb/devices";

/// What probe-rs opens the probe in this port by.
pub(crate) fn in_port(root: &Path, port: &str) -> Result<DebugProbeSelector, Fault> {
    let sane = !port.is_empty() && port.chars().all(|c| c.is_ascii_digit() || "-.".contains(c));
    if !sane {
        let detail = format!("{port:?} is not a USB port such as 1-4.2");
        return Err(Fault::new(Code::ConfigInvalid, detail));
    }
    let found = describe(&root.join(port))
        .ok_or_else(|| Fault::new(Code::NoDevice, format!("no probe in USB port {port}")))?;
    only(root, found)
}

/// The same, from `VID:PID:serial`.
pub(crate) fn by_serial(root: &Path, text: &str) -> Result<DebugProbeSelector, Fault> {
    let selector: DebugProbeSelector = text.parse().map_err(|_| {
        let detail = format!("{text:?} is not of the form VID:PID:serial");
        Fault::new(Code::ConfigInvalid, detail)
    })?;
    only(root, selector)
}

/// Exactly one device must answer to what probe-rs will ask for.
fn only(root: &Path, wanted: DebugProbeSelector) -> Result<DebugProbeSelector, Fault> {
    let answers = |found: &DebugProbeSelector| {
        let serial = wanted.serial_number.as_ref();
        found.vendor_id == wanted.vendor_id
            && found.product_id == wanted.product_id
            && serial.is_none_or(|serial| found.serial_number.as_ref() == Some(serial))
    };
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let matching = entries.filter_map(|entry| describe(&entry.path()));
    match matching.filter(answers).count() {
        1 => Ok(wanted),
        0 => Err(Fault::new(Code::NoDevice, format!("no probe {wanted}"))),
        many => Err(Fault::new(
            Code::ConfigInvalid,
            format!("{many} USB devices answer to {wanted}: give the probe another serial number"),
        )),
    }
}

fn describe(device: &Path) -> Option<DebugProbeSelector> {
    let text = |name: &str| {
        let bytes = fs::read(device.join(name)).ok()?;
        String::from_utf8(bytes)
            .ok()
            .map(|text| text.trim_end_matches('\n').to_owned())
    };
    let number = |name: &str| u16::from_str_radix(&text(name)?, 16).ok();
    Some(DebugProbeSelector {
        vendor_id: number("idVendor")?,
        product_id: number("idProduct")?,
        interface: None,
        serial_number: text("serial"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(devices: &[(&str, &str, Option<&[u8]>)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (port, product, serial) in devices {
            let device = root.path().join(port);
            fs::create_dir(&device).unwrap();
            fs::write(device.join("idVendor"), "0483\n").unwrap();
            fs::write(device.join("idProduct"), format!("{product}\n")).unwrap();
            if let Some(serial) = serial {
                fs::write(device.join("serial"), serial).unwrap();
            }
        }
        root
    }

    #[test]
    fn a_port_is_translated_into_what_sits_there() {
        let root = machine(&[
            ("1-4.1", "374b", Some(b"A1\n")),
            ("1-4.2", "374b", Some(b"A2\n")),
        ]);
        let found = in_port(root.path(), "1-4.2").unwrap();
        assert_eq!(found.to_string(), "0483:374b:A2");
    }

    #[test]
    fn two_probes_of_one_serial_number_are_refused() {
        let root = machine(&[
            ("1-1", "3748", Some(b"X\n")),
            ("1-2", "3748", Some(b"X\n")),
            ("1-3", "3748", Some(b"Y\n")),
        ]);
        let fault = in_port(root.path(), "1-1").unwrap_err();
        assert_eq!(fault.code, Code::ConfigInvalid);
        assert!(in_port(root.path(), "1-3").is_ok());
        assert!(by_serial(root.path(), "0483:3748:X").is_err());
        assert!(by_serial(root.path(), "0483:3748:Y").is_ok());
    }

    #[test]
    fn garbage_for_a_serial_number_needs_the_probe_to_be_the_only_one() {
        let root = machine(&[("1-1", "3748", Some(&[0xFF, 0xC3, 0x0A]))]);
        assert!(in_port(root.path(), "1-1").is_ok());
        let root = machine(&[("1-1", "3748", Some(&[0xFF])), ("1-2", "3748", None)]);
        assert!(in_port(root.path(), "1-1").is_err());
    }

    #[test]
    fn an_empty_port_is_no_device_and_a_path_is_no_port() {
        let root = machine(&[]);
        let code = |port| in_port(root.path(), port).unwrap_err().code;
        assert_eq!(code("1-1"), Code::NoDevice);
        assert_eq!(code("../../etc"), Code::ConfigInvalid);
    }
}
