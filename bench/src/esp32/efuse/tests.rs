//! The burner against a controller written from the manual's rules: bits that only set, coded
//! blocks, write protection, and a burn that is cut off.

use std::collections::BTreeMap;

use cradle_procedure::ids::Sha256;
use cradle_procedure::step::StepId;

use super::registers::{
    CMD, CMD_BLOCK, CMD_PROGRAM, CONF, OP_WRITE, PGM_DATA, RD_RS_ERR, STATUS, read_address,
};
use super::*;

#[derive(Default)]
struct Chip {
    registers: BTreeMap<u32, u32>,
    /// Check symbols that were burnt, by block.
    check: BTreeMap<usize, [u32; 3]>,
    burns: Vec<usize>,
    /// A bit of BLOCK0 that does not take.
    dead: Option<usize>,
}

impl Chip {
    fn get(&self, address: u32) -> u32 {
        self.registers.get(&address).copied().unwrap_or(0)
    }

    fn program(&mut self, block: usize) {
        self.burns.push(block);
        let words = registers::WORDS[block];
        for word in 0..words {
            let place = read_address(block) + 4 * word;
            let mut data = self.get(PGM_DATA + 4 * word);
            if let Some(dead) = self
                .dead
                .filter(|bit| block == 0 && bit / 32 == word as usize)
            {
                data &= !(1 << (dead % 32));
            }
            *self.registers.entry(place).or_default() |= data;
        }
        let check = [0, 1, 2].map(|word| self.get(PGM_DATA + 32 + 4 * word));
        let held = *self.check.entry(block).or_insert(check);
        if block > 0 && held != check {
            self.registers.insert(RD_RS_ERR, 1);
        }
    }
}

impl Registers for Chip {
    fn read(&mut self, address: u32) -> Result<u32, Fault> {
        Ok(match address {
            STATUS => 1,
            CMD => 0,
            _ => self.get(address),
        })
    }

    fn write(&mut self, address: u32, value: u32) -> Result<(), Fault> {
        if address == CMD && value & CMD_PROGRAM != 0 {
            assert_eq!(self.get(CONF), OP_WRITE);
            self.program((value >> CMD_BLOCK) as usize);
        } else {
            self.registers.insert(address, value);
        }
        Ok(())
    }
}

fn act(name: &str) -> BurnItem {
    BurnItem::Act {
        name: name.to_owned(),
        step: StepId::BurnSettings,
    }
}

fn fuses(chip: &mut Chip) -> cradle_procedure::ports::Fuses {
    decode(&read(chip).unwrap())
}

#[test]
fn every_item_reads_back_as_held_after_its_burn() {
    let mut chip = Chip::default();
    let items = [
        BurnItem::RootKeyHash(Sha256::of(b"root")),
        BurnItem::LockRootKey,
        BurnItem::BootKey(Sha256::of(b"boot")),
        act("boot-key-purpose"),
        act("boot-key-lock"),
        act("jtag-disable"),
        BurnItem::Counter(3),
        act("secure-boot"),
        act("secure-download"),
    ];
    for item in &items {
        assert!(!item.holds(&fuses(&mut chip)), "{item}");
        burn(&mut chip, &[item]).unwrap();
        assert!(item.holds(&fuses(&mut chip)), "{item}");
    }
    let end = fuses(&mut chip);
    assert!(items.iter().all(|item| item.holds(&end)));
    assert!(end.rest_virgin);
}

#[test]
fn settings_of_one_block_take_one_burn() {
    let mut chip = Chip::default();
    let items = [act("boot-key-lock"), act("jtag-disable")];
    burn(&mut chip, &items.each_ref()).unwrap();
    assert_eq!(chip.burns, [0]);
    burn(&mut chip, &items.each_ref()).unwrap();
    assert_eq!(chip.burns, [0], "nothing was missing");
}

#[test]
fn a_block_that_holds_something_else_is_refused_and_the_same_burn_is_finished() {
    let hash = Sha256::of(b"root");
    let mut chip = Chip::default();
    let half = u32::from_le_bytes(hash.bytes()[..4].try_into().unwrap());
    chip.registers.insert(read_address(fields::KEY1), half);
    burn(&mut chip, &[&BurnItem::RootKeyHash(hash)]).unwrap();
    assert_eq!(fuses(&mut chip).root_key, *hash.bytes());
    let other = BurnItem::RootKeyHash(Sha256::of(b"another"));
    let fault = burn(&mut chip, &[&other]).unwrap_err();
    assert_eq!(fault.code, Code::OtpNotVirgin);
}

#[test]
fn a_closed_block_is_refused() {
    let mut chip = Chip::default();
    burn(&mut chip, &[&BurnItem::LockRootKey]).unwrap();
    let item = BurnItem::RootKeyHash(Sha256::of(b"root"));
    let fault = burn(&mut chip, &[&item]).unwrap_err();
    assert_eq!(fault.code, Code::OtpNotVirgin);
    assert_eq!(chip.burns, [0]);
}

#[test]
fn a_bit_that_does_not_take_is_noticed() {
    let mut chip = Chip {
        dead: Some(fields::SECURE_BOOT_EN.bit),
        ..Chip::default()
    };
    let fault = burn(&mut chip, &[&act("secure-boot")]).unwrap_err();
    assert_eq!(fault.code, Code::BurnFailed);
}

#[test]
fn a_counter_counts_its_bits_and_no_more_than_there_are() {
    let mut chip = Chip::default();
    for value in [1, 2, 16] {
        burn(&mut chip, &[&BurnItem::Counter(value)]).unwrap();
        assert_eq!(fuses(&mut chip).counter, value);
    }
    let fault = burn(&mut chip, &[&BurnItem::Counter(17)]).unwrap_err();
    assert_eq!(fault.code, Code::PlanUnsafe);
}

#[test]
fn a_cell_that_nobody_speaks_of_is_noticed() {
    let mut chip = Chip::default();
    chip.registers.insert(read_address(7), 1);
    assert!(!fuses(&mut chip).rest_virgin);
}
