//! The driver against a virtual chip without any firmware of ours.

mod driver_support;

use cradle_bench::Bench;
use cradle_bench::virtual_bench::{
    BoardConfig, Counting, FaultPlan, FlashFault, FlashOp, LinkFault, Moment,
};
use cradle_procedure::fault::{Code, Fault};
use cradle_procedure::ids::{SlotId, Uid};
use cradle_procedure::plan::BurnItem;
use cradle_procedure::ports::{Device, ReadProtection};
use driver_support::{SLOT, code, open, pattern, profile, program, region, setup};

#[test]
fn a_virgin_chip_is_identified() {
    let config = BoardConfig::genuine(7);
    let mut setup = setup(config.clone());
    let chip = setup.device.identify().unwrap();
    assert_eq!(chip.uid, Uid::new(&config.uid));
    assert_eq!((chip.device_id, chip.revision), (0x413, 0x100F));
    assert_eq!(chip.flash_kib, 1024);
    assert_eq!(chip.read_protection, ReadProtection::Open);
    let fuses = chip.fuses.unwrap();
    assert_eq!((fuses.root_key, fuses.counter), ([0xFF; 32], 0));
    assert!(fuses.rest_virgin && !fuses.root_key_locked && fuses.write_protected.is_empty());
    assert_eq!(setup.device.fuses().unwrap(), fuses);
}

#[test]
fn another_chip_family_is_refused() {
    let mut setup = setup(BoardConfig::default().with_dev_id(0x419));
    assert_eq!(code(setup.device.identify()), Code::WrongChip);
}

#[test]
fn an_empty_slot_is_no_device() {
    let mut setup = setup(BoardConfig::default());
    setup.bench.pull(0);
    assert_eq!(code(setup.device.identify()), Code::NoDevice);
}

#[test]
fn a_board_pulled_in_mid_work_is_a_lost_link_and_then_no_device() {
    let mut setup = setup(BoardConfig::default());
    setup.device.identify().unwrap();
    setup.bench.pull(0);
    assert_eq!(code(setup.device.fuses()), Code::LinkLost);
    assert_eq!(code(setup.device.fuses()), Code::NoDevice);
}

#[test]
fn a_board_exchanged_in_mid_work_is_not_worked_on() {
    let mut setup = setup(BoardConfig::genuine(1));
    setup.device.identify().unwrap();
    setup.bench.insert(0, BoardConfig::genuine(2)).unwrap();
    assert_eq!(code(setup.device.fuses()), Code::LinkLost);
    assert_eq!(code(setup.device.fuses()), Code::Contradiction);
    assert!(setup.device.identify().is_ok());
}

#[test]
fn there_is_no_device_in_a_slot_that_does_not_exist() {
    let setup = setup(BoardConfig::default());
    let bench = Bench::over_virtual(&setup.bench);
    let ids: Vec<_> = bench.slots().map(|slot| slot.id).collect();
    assert_eq!(ids, [SLOT]);
    let fault = bench.open(SlotId(2), &profile()).err().unwrap();
    assert_eq!(fault.code, Code::SlotUnknown);
}

#[test]
fn what_was_programmed_reads_back_and_nothing_else_is_touched() {
    let mut setup = setup(BoardConfig::default());
    let (bank, behind) = (region("bank-a"), region("bank-b"));
    program(&mut *setup.device, behind.start, &pattern(64)).unwrap();
    let image = pattern(70_001);
    let mut steps = Vec::new();
    setup
        .device
        .program(bank.start, &image, &mut |done| steps.push(done))
        .unwrap();
    let read = setup.device.read(bank.start, image.len() as u32).unwrap();
    assert_eq!(read, image);
    assert_eq!(setup.device.read(behind.start, 64).unwrap(), pattern(64));
    assert!(
        steps.is_sorted() && steps.last() == Some(&70_001),
        "{steps:?}"
    );
    assert_eq!(setup.board.counters().flash.of(FlashOp::MassErase), 0);
    assert_eq!(setup.board.counters().flash.of(FlashOp::SectorErase), 2);
}

#[test]
fn an_erased_region_is_blank_and_its_neighbours_are_not() {
    let mut setup = setup(BoardConfig::default());
    let (bank, before) = (region("bank-a"), region("nvs"));
    for region in [bank, before] {
        program(&mut *setup.device, region.start, &pattern(4096)).unwrap();
    }
    setup.device.erase(bank.start, bank.length).unwrap();
    let blank = setup.device.read(bank.start, 4096).unwrap();
    assert!(blank.iter().all(|byte| *byte == 0xFF));
    assert_eq!(
        setup.device.read(before.start, 4096).unwrap(),
        pattern(4096)
    );
}

#[test]
fn a_write_protected_bootloader_cannot_be_programmed_but_the_rest_can() {
    let mut setup = setup(BoardConfig::default());
    let item = BurnItem::WriteProtect(vec!["bootloader".to_owned()]);
    setup.device.burn(&item).unwrap();
    let fuses = setup.device.fuses().unwrap();
    assert_eq!(fuses.write_protected, ["bootloader"]);
    assert!(item.holds(&fuses));
    let at = |name: &str| region(name).start;
    let refused = program(&mut *setup.device, at("bootloader"), &pattern(64));
    assert_eq!(code(refused), Code::FlashFailed);
    program(&mut *setup.device, at("metadata-0"), &pattern(64)).unwrap();
}

#[test]
fn read_protection_hides_flash_and_one_time_memory_until_the_mass_erase() {
    let mut setup = setup(BoardConfig::default());
    let at = region("bank-a").start;
    program(&mut *setup.device, at, &pattern(5000)).unwrap();
    let protect = BurnItem::WriteProtect(vec!["bootloader".to_owned()]);
    for item in [protect, BurnItem::ReadProtect] {
        setup.device.burn(&item).unwrap();
        assert!(item.holds(&setup.device.fuses().unwrap()), "{item}");
    }
    assert_eq!(code(setup.device.read(at, 16)), Code::AlreadyLocked);
    setup.device.run().unwrap();
    let chip = setup.device.identify().unwrap();
    assert_eq!(chip.read_protection, ReadProtection::Locked);
    assert_eq!(chip.fuses, None);
    assert_eq!(code(setup.device.fuses()), Code::AlreadyLocked);

    setup.device.mass_erase().unwrap();
    let chip = setup.device.identify().unwrap();
    assert_eq!(chip.read_protection, ReadProtection::Open);
    assert!(chip.fuses.unwrap().write_protected.is_empty());
    assert!(setup.board.dump_flash().iter().all(|byte| *byte == 0xFF));
    assert_eq!(setup.device.read(at, 16).unwrap(), [0xFF; 16]);
}

#[test]
fn an_open_chip_is_mass_erased_too() {
    let mut setup = setup(BoardConfig::default());
    let item = BurnItem::WriteProtect(vec!["bootloader".to_owned()]);
    program(&mut *setup.device, region("bootloader").start, &pattern(64)).unwrap();
    setup.device.burn(&item).unwrap();
    setup.device.mass_erase().unwrap();
    assert!(setup.board.dump_flash().iter().all(|byte| *byte == 0xFF));
    assert!(setup.device.fuses().unwrap().write_protected.is_empty());
}

#[test]
fn nothing_is_burnt_without_the_provisioner() {
    let mut setup = setup(BoardConfig::default());
    setup.device.identify().unwrap();
    for item in [BurnItem::LockRootKey, BurnItem::Counter(3)] {
        assert_eq!(code(setup.device.burn(&item)), Code::Internal);
    }
    assert!(setup.board.dump_otp().iter().all(|byte| *byte == 0xFF));
}

#[test]
fn a_used_chip_shows_its_burnt_memory() {
    let mut setup = setup(BoardConfig::default().with_used_otp());
    let fuses = setup.device.identify().unwrap().fuses.unwrap();
    assert!(fuses.root_key_locked);
    assert_ne!(fuses.root_key, [0xFF; 32]);
}

#[test]
fn a_cable_that_drops_while_programming_is_a_lost_link_and_a_new_start_succeeds() {
    let mut setup = setup(BoardConfig::default());
    let at = region("bank-a").start;
    let image = pattern(40_000);
    setup.device.identify().unwrap();
    setup
        .board
        .arm(FaultPlan::new().at_transfer(4000, LinkFault::Drop));
    let lost = program(&mut *setup.device, at, &image);
    assert_eq!(code(lost), Code::LinkLost);
    assert_eq!(code(setup.device.fuses()), Code::NoDevice);
    setup.board.reconnect_cable();
    setup.device.identify().unwrap();
    program(&mut *setup.device, at, &image).unwrap();
    assert_eq!(setup.device.read(at, 40_000).unwrap(), image);
}

#[test]
fn a_power_cut_while_programming_is_a_lost_link_and_a_new_start_succeeds() {
    let mut setup = setup(BoardConfig::default());
    let at = region("bank-a").start;
    let image = pattern(20_000);
    setup.device.identify().unwrap();
    let cut = FlashFault::PowerCut(Moment::Mid);
    setup
        .board
        .arm(FaultPlan::new().at_flash(Counting::Only(FlashOp::Program), 1000, cut));
    assert_eq!(
        code(program(&mut *setup.device, at, &image)),
        Code::LinkLost
    );
    let mut again = open(&setup.bench);
    again.identify().unwrap();
    program(&mut *again, at, &image).unwrap();
    assert_eq!(again.read(at, 20_000).unwrap(), image);
}

/// Every seed is another single fault somewhere in the work.
#[test]
fn after_any_planned_fault_a_new_start_succeeds() {
    let at = region("bank-a").start;
    let image = pattern(10_000);
    let work = |device: &mut dyn Device| {
        device.identify()?;
        program(device, at, &image)?;
        let read = device.read(at, 10_000)?;
        let same = (read == image).then_some(());
        same.ok_or_else(|| Fault::new(Code::VerifyFailed, "read back"))
    };
    let mut struck = 0;
    for seed in 0..24 {
        let mut setup = setup(BoardConfig::default());
        setup.board.arm(FaultPlan::seeded(seed, 2500, 6000));
        if let Err(fault) = work(&mut *setup.device) {
            struck += 1;
            let told = [Code::LinkLost, Code::FlashFailed, Code::VerifyFailed];
            assert!(told.contains(&fault.code), "seed {seed}: {fault}");
        }
        drop(setup.device);
        setup.board.arm(FaultPlan::new());
        setup.board.reconnect_cable();
        setup.board.power_cycle();
        let again = work(&mut *open(&setup.bench));
        assert_eq!(again, Ok(()), "seed {seed}");
    }
    assert!(struck > 5, "only {struck} faults struck");
}

/// Wherever in an operation it happens: nothing is written to a chip that was not identified.
#[test]
fn a_board_swapped_while_a_session_is_open_is_not_written_to() {
    let other = BoardConfig::genuine(2).uid;
    for nth in [1, 50, 500, 2_000] {
        let mut setup = setup(BoardConfig::genuine(1));
        let device = &mut *setup.device;
        device.identify().unwrap();
        setup
            .board
            .arm(FaultPlan::new().at_transfer(nth, LinkFault::Swap(other)));
        let bytes = pattern(16 * 1024);
        program(device, 0x0800_4000, &bytes).unwrap_err();
        assert_eq!(setup.board.uid(), other, "transfer {nth}");
        for _ in 0..2 {
            let again = program(device, 0x0800_4000, &bytes);
            assert_eq!(code(again), Code::Contradiction, "transfer {nth}");
        }
        assert!(
            setup.board.dump_flash().iter().all(|byte| *byte == 0xFF),
            "transfer {nth}"
        );
    }
}
