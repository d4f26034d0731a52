//! Our burns, as espefuse reads them and as it makes them itself.

use std::fs;
use std::path::Path;

use cradle_bench::virtual_bench::EspBoard;
use cradle_procedure::ids::Sha256;
use cradle_procedure::plan::{BurnItem, Goal, prove};
use cradle_procedure::ports::Forecast;
use serde_json::Value;

use crate::board::{download, espefuse, succeed};
use crate::{profile, virgin};

fn goal() -> Goal {
    Goal {
        root_key: Sha256::of(b"root"),
        counter: 3,
        boot_key: Some(Sha256::of(b"boot")),
    }
}

/// The same, in espefuse's words. Burning a key sets its purpose and closes it.
const THEIRS: [&[&str]; 8] = [
    &["burn-key", "BLOCK_KEY1", "root", "USER"],
    &["burn-key", "BLOCK_KEY0", "boot", "SECURE_BOOT_DIGEST0"],
    &["burn-efuse", "DIS_PAD_JTAG", "1"],
    &["burn-efuse", "SOFT_DIS_JTAG", "7"],
    &["burn-efuse", "DIS_USB_JTAG", "1"],
    &["burn-efuse", "SECURE_VERSION", "7"],
    &["burn-efuse", "SECURE_BOOT_EN", "1"],
    &["write-protect-efuse", "RD_DIS"],
];

const SECURE_DOWNLOAD: &[&str] = &["burn-efuse", "ENABLE_SECURITY_DOWNLOAD", "1"];

/// First read register of each block behind the controller's base, and the end of the last.
const READ_REGISTERS: [usize; 12] = [
    0x2C, 0x44, 0x5C, 0x7C, 0x9C, 0xBC, 0xDC, 0xFC, 0x11C, 0x13C, 0x15C, 0x17C,
];
/// The factory closes blocks 1 and 2.
const FACTORY_WR_DIS: u8 = 0x30;

#[test]
fn espefuse_burns_the_same_in_its_own_model_and_reads_ours_as_intended() {
    let (mut it, folder) = (virgin(), tempfile::tempdir().unwrap());
    let fuses = it.device.identify().unwrap().fuses.unwrap();
    let plan = prove(&profile(), &fuses, &goal()).unwrap();
    let (last, others) = plan.locks().split_last().unwrap();
    let before_last = plan.items().split_last().unwrap().1;
    let forecast = it.device.forecast(before_last).unwrap();
    let untouched = cells(&it.board);
    assert!(it.device.forecast(plan.items()).is_ok());
    assert_eq!(untouched, cells(&it.board), "a forecast burns nothing");
    let batches: Vec<_> = plan.batches().collect();
    assert_eq!(batches.len(), 6, "{plan}");
    for batch in batches {
        let items: Vec<_> = batch.iter().collect();
        it.device.burn_together(&items).unwrap();
    }
    for item in others {
        it.device.burn(item).unwrap();
    }
    let held = it.device.fuses().unwrap();
    let done = |item: &&BurnItem| item.holds(&held);
    assert!(plan.burns().iter().chain(others).all(|item| done(&item)));

    // Lets go of the port.
    it.device.run().unwrap();
    download(&it.board);
    espefuse_reads_what_was_intended(&it.board, folder.path());
    espefuse_reads_what_was_foretold(&forecast, folder.path());
    it.device.burn(last).unwrap();
    assert!(last.protects(&it.device.protections().unwrap()));

    fs::write(folder.path().join("root"), goal().root_key.bytes()).unwrap();
    let boot = goal().boot_key.unwrap();
    fs::write(folder.path().join("boot"), boot.bytes()).unwrap();
    for step in THEIRS.into_iter().chain([SECURE_DOWNLOAD]) {
        let model = ["--chip", "esp32c3", "--virt", "--path-efuse-file", "model"];
        let all = [&model[..], &["--do-not-confirm"], step].concat();
        succeed("espefuse", &all, folder.path());
    }
    let mut registers = fs::read(folder.path().join("model")).unwrap();
    registers.reverse();
    for (block, span) in READ_REGISTERS.windows(2).enumerate() {
        let mut theirs = registers[span[0]..span[1]].to_vec();
        if block == 0 {
            theirs[2] |= FACTORY_WR_DIS;
        }
        if !matches!(block, 1 | 2) {
            assert_eq!(it.board.dump_efuse_block(block), theirs, "block {block}");
        }
    }
}

fn cells(board: &EspBoard) -> Vec<Vec<u8>> {
    let blocks = 0..READ_REGISTERS.len() - 1;
    blocks.map(|block| board.dump_efuse_block(block)).collect()
}

/// Every part of the forecast, held against the summary that was made after the burns.
fn espefuse_reads_what_was_foretold(forecast: &[Forecast], folder: &Path) {
    let text = fs::read(folder.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&text).unwrap();
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).unwrap(),
        None => text.parse().unwrap(),
    };
    for Forecast { name, then, .. } in forecast {
        let value = &summary[name]["value"];
        if name.starts_with("BLOCK_KEY") {
            let bytes: String = value.as_str().unwrap().split_whitespace().collect();
            assert_eq!(bytes, *then, "{name}");
            continue;
        }
        let theirs = match value {
            Value::Bool(set) => u64::from(*set),
            Value::String(word) if word == "USER" || word == "Disable" => 0,
            Value::String(purpose) if purpose == "SECURE_BOOT_DIGEST0" => 9,
            Value::String(hex) => number(hex),
            other => other.as_u64().unwrap(),
        };
        assert_eq!(theirs, number(then), "{name}: {value}");
    }
    let changes = forecast.iter().filter(|part| part.now != part.then);
    assert_eq!(changes.count(), 9, "{forecast:?}");
}

fn espefuse_reads_what_was_intended(board: &EspBoard, folder: &Path) {
    let summary = ["summary", "--format", "json", "--file", "summary.json"];
    espefuse(board, &summary, folder);
    let text = fs::read_to_string(folder.join("summary.json")).unwrap();
    let plain: String = text.split_whitespace().collect();
    let value = |name: &str| {
        let start = plain.find(&format!("\"{name}\":{{")).expect(name);
        let rest = &plain[start..];
        let value = &rest[rest.find("\"value\":").unwrap() + 8..];
        value[..value.find(['}', ',']).unwrap()].to_owned()
    };
    let hex = |digest: &Sha256| {
        let bytes = digest.bytes().iter();
        bytes.map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert_eq!(
        value("BLOCK_KEY1"),
        format!("\"{}\"", hex(&goal().root_key))
    );
    let boot = goal().boot_key.unwrap();
    assert_eq!(value("BLOCK_KEY0"), format!("\"{}\"", hex(&boot)));
    assert_eq!(value("KEY_PURPOSE_0"), "\"SECURE_BOOT_DIGEST0\"");
    assert_eq!(value("KEY_PURPOSE_1"), "\"USER\"");
    assert_eq!(value("SECURE_VERSION"), "7");
    for name in ["SECURE_BOOT_EN", "DIS_PAD_JTAG", "DIS_USB_JTAG"] {
        assert_eq!(value(name), "true", "{name}");
    }
    assert_eq!(value("SOFT_DIS_JTAG"), "7");
    for name in ["DIS_DOWNLOAD_MODE", "ENABLE_SECURITY_DOWNLOAD"] {
        assert_eq!(value(name), "false", "{name}");
    }
}
