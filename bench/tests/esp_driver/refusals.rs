//! What the driver says of chips and cables that are not as they should be.

use cradle_bench::virtual_bench::EspConfig;
use cradle_procedure::fault::Code;
use cradle_procedure::ids::Sha256;
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::ReadProtection;

use crate::{act, code, firmware, setup, virgin};

#[test]
fn another_chip_of_the_maker_is_refused() {
    let mut it = setup(EspConfig::default().with_chip_id(9));
    assert_eq!(code(it.device.identify()), Code::WrongChip);
}

#[test]
fn a_port_that_another_program_has_is_busy() {
    let mut it = virgin();
    let path = it.board.uart_path();
    let _other = serialport::new(path.to_str().unwrap(), 115_200)
        .open()
        .unwrap();
    assert_eq!(code(it.device.identify()), Code::PortBusy);
}

#[test]
fn an_empty_slot_has_no_device() {
    let mut it = virgin();
    it.bench.pull(0);
    assert_eq!(code(it.device.identify()), Code::NoDevice);
}

#[test]
fn a_chip_without_power_does_not_enter_download_mode() {
    let mut it = virgin();
    it.board.power_off();
    assert_eq!(code(it.device.identify()), Code::NotInDownloadMode);
}

#[test]
fn a_block_that_is_used_or_closed_is_refused_before_anything_is_burnt() {
    let mut it = virgin();
    it.device.identify().unwrap();
    let ours = BurnItem::RootKeyHash(Sha256::of(b"ours"));
    let theirs = BurnItem::RootKeyHash(Sha256::of(b"theirs"));
    it.device.burn(&theirs).unwrap();
    let before = it.board.dump_efuse_block(5);
    assert_eq!(code(it.device.burn(&ours)), Code::OtpNotVirgin);
    assert_eq!(it.board.dump_efuse_block(5), before);
    it.device.burn(&act("boot-key-lock")).unwrap();
    let digest = BurnItem::BootKey(Sha256::of(b"boot"));
    assert_eq!(code(it.device.burn(&digest)), Code::OtpNotVirgin);
}

/// Nothing is in flash that could say who the chip is.
#[test]
fn secure_download_mode_hides_the_chip_and_runs_nothing_from_ram() {
    let mut it = virgin();
    it.device.identify().unwrap();
    it.device.burn(&act("jtag-disable")).unwrap();
    it.device.burn(&act("secure-download")).unwrap();
    it.device.run().unwrap();
    let on = it.device.protections().unwrap();
    assert_eq!(on.read_protection, ReadProtection::Permanent);
    assert!(on.acts.contains("secure-download") && on.acts.contains("jtag-disable"));
    let elf = firmware("provisioner.elf");
    let refused = it.device.start_provisioner(&elf);
    assert_eq!(code(refused), Code::RamProgramRefused);
}

#[test]
fn a_locked_chip_whose_firmware_is_erased_does_not_say_who_it_is() {
    let mut it = virgin();
    it.device.identify().unwrap();
    it.device.burn(&act("secure-download")).unwrap();
    let fault = it.device.identify().unwrap_err();
    assert_eq!(fault.code, Code::SecureDownload, "{fault}");
    assert_eq!(fault.detail, "its flash is erased");
}

/// Only its firmware is left to wipe anything, and it has none.
#[test]
fn a_chip_with_downloads_disabled_for_ever_is_never_said_to_be_erased() {
    let mut it = virgin();
    it.device.identify().unwrap();
    it.device.program(0, &[0x5A; 64], &mut |_| {}).unwrap();
    it.device.burn(&act("download-disable")).unwrap();
    it.device.run().unwrap();
    assert_eq!(code(it.device.mass_erase()), Code::NotInDownloadMode);
    assert_eq!(code(it.device.starts_nothing()), Code::NotBlank);
    assert_eq!(it.board.dump_flash()[..64], [0x5A; 64]);
}

#[test]
fn an_erased_flash_is_told_by_the_rom_and_anything_else_is_not() {
    let mut it = virgin();
    it.device.identify().unwrap();
    it.device.mass_erase().unwrap();
    assert!(it.device.starts_nothing().unwrap().contains("0xffffffff"));
    it.device.program(0, &[0xE9; 64], &mut |_| {}).unwrap();
    assert_eq!(code(it.device.starts_nothing()), Code::NotBlank);
}
