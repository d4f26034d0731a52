//! Bad profiles, each a trap that real parts have, and what is said of each.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use cradle_procedure::fault::Code;
use cradle_procedure::profile::TargetProfile;

const STM32F405: &str = include_str!("../../profiles/stm32f405.toml");
const ESP32C3: &str = include_str!("../../profiles/esp32c3.toml");
const ESP32C3_ENCRYPTED: &str = include_str!("../../profiles/esp32c3-encrypted.toml");

#[test]
fn the_good_profiles_are_accepted() {
    for text in [STM32F405, ESP32C3, ESP32C3_ENCRYPTED] {
        let profile = TargetProfile::parse(text).unwrap();
        assert!(!profile.burns.is_empty());
    }
}

#[test]
fn the_encrypted_profile_differs_from_the_plain_one_in_its_burns_alone() {
    let head = |text: &str| {
        let facts = text.split("[[burn]]").next().unwrap().to_owned();
        let lines = facts.lines().filter(|line| !line.starts_with(['#', 'i']));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(head(ESP32C3), head(ESP32C3_ENCRYPTED));
    assert!(ESP32C3_ENCRYPTED.contains("id = \"esp32c3-encrypted\""));
}

/// Spoils the profile and returns what is said of it.
fn refused(good: &str, code: Code, spoil: impl Fn(&mut Burns, &mut String)) -> String {
    let mut burns = Burns::of(good);
    let mut head = burns.head.clone();
    spoil(&mut burns, &mut head);
    let text = format!("{head}{}", burns.text());
    let fault = TargetProfile::parse(&text).expect_err(&text);
    assert_eq!(fault.code, code, "{fault}");
    // Every flaw says where it is.
    assert!(fault.detail.contains("line "), "{fault}");
    fault.detail
}

/// The burns of a profile, to be moved about.
struct Burns {
    head: String,
    blocks: Vec<String>,
}

impl Burns {
    fn of(text: &str) -> Self {
        let mut parts = text.split("[[burn]]\n");
        Self {
            head: parts.next().unwrap().to_owned(),
            blocks: parts
                .map(|block| format!("[[burn]]\n{}\n", block.trim_end()))
                .collect(),
        }
    }

    fn text(&self) -> String {
        self.blocks.concat()
    }

    fn place(&self, item: &str) -> usize {
        let wanted = format!("item = {item:?}");
        self.blocks
            .iter()
            .position(|block| block.contains(&wanted))
            .unwrap()
    }

    fn remove(&mut self, item: &str) -> String {
        self.blocks.remove(self.place(item))
    }

    fn before(&mut self, item: &str, other: &str) {
        let block = self.remove(item);
        self.blocks.insert(self.place(other), block);
    }

    fn add(&mut self, item: &str, after: &str) {
        let block = format!("[[burn]]\nitem = {item:?}\nverify = \"read-back\"\n");
        self.blocks.insert(self.place(after) + 1, block);
    }

    fn verify(&mut self, item: &str, how: &str) {
        let place = self.place(item);
        let block = &mut self.blocks[place];
        let start = block.find("verify = ").unwrap();
        block.replace_range(start.., &format!("verify = {how:?}\n"));
    }

    fn edit(&mut self, item: &str, from: &str, to: &str) {
        let place = self.place(item);
        assert!(self.blocks[place].contains(from));
        self.blocks[place] = self.blocks[place].replace(from, to);
    }
}

fn head(from: &'static str, to: &'static str) -> impl Fn(&mut Burns, &mut String) {
    move |_, head| {
        assert!(head.contains(from), "{from}");
        *head = head.replace(from, to);
    }
}

type Spoil = Box<dyn Fn(&mut Burns, &mut String)>;

fn order(change: impl Fn(&mut Burns) + 'static) -> Spoil {
    Box::new(move |burns, _| change(burns))
}

#[test]
fn stm32_geometry_traps_are_refused() {
    let cases: [(&str, Spoil, &str); 12] = [
        (
            "a region that ends where the next sector has begun",
            Box::new(head("length = 0x0000_8000", "length = 0x0000_C000")),
            "share the erase sector at 0x08008000",
        ),
        (
            "a region inside a sector",
            Box::new(head(
                "nvs-spare = { start = 0x080E_0000, length = 0x0002_0000 }",
                "nvs-spare = { start = 0x080E_0000, length = 0x0001_0000 }",
            )),
            "\"nvs-spare\" does not begin and end on erase sectors",
        ),
        (
            "a region behind the end of the flash",
            Box::new(head(
                "nvs-spare = { start = 0x080E_0000",
                "nvs-spare = { start = 0x0810_0000",
            )),
            "\"nvs-spare\" does not begin and end on erase sectors",
        ),
        (
            "sectors as other families have them",
            Box::new(head(
                "[16, 16, 16, 16, 64, 128, 128, 128, 128, 128, 128, 128]",
                "[64]",
            )),
            "these are not the erase sectors of a stm32f4",
        ),
        (
            "the big sectors first",
            Box::new(head(
                "[16, 16, 16, 16, 64, 128,",
                "[128, 16, 16, 16, 16, 64,",
            )),
            "these are not the erase sectors of a stm32f4",
        ),
        (
            "more flash than the sectors add up to",
            Box::new(head("flash_kib = 1024", "flash_kib = 2048")),
            "sectors add up to 1024 KiB",
        ),
        (
            "a dual-bank die with another sector map",
            Box::new(head("device_id = 0x413", "device_id = 0x419")),
            "device id 0x419 is no stm32f4",
        ),
        (
            "flash where system memory is",
            Box::new(head(
                "[flash]\nstart = 0x0800_0000",
                "[flash]\nstart = 0x0000_0000",
            )),
            "the flash begins at 0x08000000",
        ),
        (
            "a bootloader that is not where the chip starts",
            Box::new(|_: &mut Burns, head: &mut String| {
                *head = head
                    .replace(
                        "bootloader = { start = 0x0800_0000",
                        "bootloader = { start = 0x0800_8000",
                    )
                    .replace(
                        "metadata-0 = { start = 0x0800_8000",
                        "metadata-0 = { start = 0x0800_0000",
                    )
                    .replace(
                        "metadata-1 = { start = 0x0800_C000",
                        "metadata-1 = { start = 0x0800_4000",
                    );
            }),
            "the chip starts from 0x08000000",
        ),
        (
            "banks of different size",
            Box::new(|_: &mut Burns, head: &mut String| {
                *head = head.replace(
                    "bank-b = { start = 0x0808_0000, length = 0x0006_0000 }",
                    "bank-b = { start = 0x0808_0000, length = 0x0004_0000 }",
                );
            }),
            "the banks differ in length",
        ),
        (
            "cells that burn the other way",
            Box::new(head("virgin_byte = 0xFF", "virgin_byte = 0x00")),
            "unburnt cells of a stm32f4 read 0xff",
        ),
        (
            "a counter longer than its block",
            Box::new(head("counter_max = 256", "counter_max = 512")),
            "counter has 256 bits",
        ),
    ];
    for (name, spoil, told) in cases {
        let detail = refused(STM32F405, Code::ProfileInvalid, spoil);
        assert!(detail.contains(told), "{name}: {detail}");
    }
}

#[test]
fn stm32_burn_traps_are_refused() {
    let cases: [(&str, Spoil, &str); 16] = [
        (
            "the block locked while it is empty",
            order(|b| b.before("root-key-lock", "root-key-hash")),
            "root-key-hash must come before root-key-lock, after which root-key takes nothing",
        ),
        (
            "a counter burnt through a debugger that is shut out",
            order(|b| {
                let counter = b.remove("counter");
                b.blocks.push(counter);
            }),
            "counter must come before read-protect, after which counter takes nothing",
        ),
        (
            "read protection before write protection",
            order(|b| b.before("read-protect", "write-protect")),
            "read-protect must come after write-protect",
        ),
        (
            "a burn between the locks",
            order(|b| {
                let lock = b.remove("root-key-lock");
                let place = b.place("read-protect");
                b.blocks.insert(place, lock);
            }),
            "root-key-lock must come before write-protect",
        ),
        (
            "a root key that anyone can burn further",
            order(|b| drop(b.remove("root-key-lock"))),
            "root-key is never closed",
        ),
        (
            "no root key at all",
            order(|b| drop(b.remove("root-key-hash"))),
            "root-key is never burnt",
        ),
        (
            "no counter",
            order(|b| drop(b.remove("counter"))),
            "counter is never burnt",
        ),
        (
            "a bootloader that firmware can overwrite",
            order(|b| drop(b.remove("write-protect"))),
            "flash:bootloader is never closed",
        ),
        (
            "a chip that can be read out",
            order(|b| drop(b.remove("read-protect"))),
            "flash:* is never barred",
        ),
        (
            "write protection over what is written in the field",
            order(|b| b.edit("write-protect", "\"bootloader\"", "\"bootloader\", \"nvs\"")),
            "write-protect takes nvs away",
        ),
        (
            "write protection of a region that is not there",
            order(|b| b.edit("write-protect", "\"bootloader\"", "\"boot\"")),
            "there is no region \"boot\"",
        ),
        (
            "an anti-rollback counter that can never rise again",
            order(|b| b.add("counter-lock", "counter")),
            "counter-lock takes counter away",
        ),
        (
            "a burn that is there twice",
            order(|b| b.add("counter", "counter")),
            "counter is there twice",
        ),
        (
            "level 2, and something after it",
            order(|b| {
                b.add("read-protect-for-ever", "write-protect");
                b.verify("read-protect-for-ever", "attested");
            }),
            "read-protect-for-ever is for ever and comes last",
        ),
        (
            "level 2 read back through a debugger that is gone",
            order(|b| b.add("read-protect-for-ever", "read-protect")),
            "read-protection cannot be read back after read-protect-for-ever",
        ),
        (
            "a flag of the controller where the cell can be read",
            order(|b| b.verify("root-key-hash", "controller-status")),
            "root-key-hash can be read back, which sees more than controller-status",
        ),
    ];
    for (name, spoil, told) in cases {
        let detail = refused(STM32F405, Code::PlanUnsafe, spoil);
        assert!(detail.contains(told), "{name}: {detail}");
    }
}

#[test]
fn esp32_burn_traps_are_refused() {
    let cases: [(&str, Spoil, &str); 18] = [
        (
            "the flash key after what flash holds in the clear",
            order(|b| b.before("root-key-hash", "flash-encryption-key")),
            "flash-encryption-key comes first: flash is written after it",
        ),
        (
            "a flash key that the station would have to read",
            order(|b| b.verify("flash-encryption-key", "read-back")),
            "key2 cannot be read back after flash-encryption-key",
        ),
        (
            "encryption for good, with the decryption in download mode left open",
            order(|b| drop(b.remove("flash-encryption-close"))),
            "flash-encryption-release needs flash-encryption-close too: a program in RAM",
        ),
        (
            "secure boot first: it closes RD_DIS, and the flash key stays readable",
            order(|b| b.before("secure-boot", "flash-encryption-key")),
            "flash-encryption-hide must come before secure-boot, after which rd-dis takes nothing",
        ),
        (
            "WR_DIS bit 18, which freezes SECURE_VERSION too",
            order(|b| b.add("download-lock", "secure-boot")),
            "download-lock takes secure-version away",
        ),
        (
            "WR_DIS bit 18 before the download mode is chosen",
            order(|b| b.add("download-lock", "counter")),
            "secure-download must come before download-lock, after which download takes nothing",
        ),
        (
            "WR_DIS bit 2 before the JTAG bits",
            order(|b| b.add("jtag-lock", "boot-key-lock")),
            "jtag-disable must come before jtag-lock, after which jtag takes nothing",
        ),
        (
            "a digest that the ROM cannot read",
            order(|b| b.add("boot-key-hide", "boot-key-purpose")),
            "boot-key-hide takes key0 away",
        ),
        (
            "the purpose of an empty block",
            order(|b| b.before("boot-key-purpose", "boot-key-digest")),
            "boot-key-purpose must come after boot-key-digest",
        ),
        (
            "a purpose after the block's write protection",
            order(|b| b.before("boot-key-lock", "boot-key-purpose")),
            "boot-key-purpose must come before boot-key-lock, after which purpose0 takes nothing",
        ),
        (
            "the flash key hidden before it has a purpose",
            order(|b| b.before("flash-encryption-hide", "flash-encryption-purpose")),
            "flash-encryption-hide must come after flash-encryption-purpose",
        ),
        (
            "a flash key that any program can read",
            order(|b| drop(b.remove("flash-encryption-hide"))),
            "flash-encryption-key needs flash-encryption-hide too: any program could read the key",
        ),
        (
            "encryption switched on before its key is hidden",
            order(|b| b.before("flash-encryption-release", "flash-encryption-hide")),
            "flash-encryption-release must come after flash-encryption-hide",
        ),
        (
            "the XTS key in KEY5",
            order(|b| b.add("flash-encryption-key-in-key5", "flash-encryption-key")),
            "the silicon cannot use this from key5",
        ),
        (
            "secure boot without a digest",
            order(|b| drop(b.remove("boot-key-purpose"))),
            "secure-boot must come after boot-key-purpose",
        ),
        (
            "download mode off before the last burn",
            order(|b| {
                b.before("secure-download", "counter");
                b.edit("secure-download", "secure-download", "download-disable");
            }),
            "counter must come before download-disable",
        ),
        (
            "a Reed-Solomon block written twice",
            order(|b| b.add("root-key-hash", "root-key-hash")),
            "key1 was burnt before: it is Reed-Solomon coded",
        ),
        (
            "a read-back in secure download mode",
            order(|b| b.verify("secure-download", "read-back")),
            "download cannot be read back after secure-download",
        ),
    ];
    for (name, spoil, told) in cases {
        let detail = refused(ESP32C3_ENCRYPTED, Code::PlanUnsafe, spoil);
        assert!(detail.contains(told), "{name}: {detail}");
    }
}

#[test]
fn every_flaw_is_named_at_once_with_its_line() {
    let detail = refused(STM32F405, Code::PlanUnsafe, |burns, _| {
        burns.before("root-key-lock", "root-key-hash");
        burns.verify("counter", "signature");
    });
    let line = |needle: &str| {
        let text = {
            let mut burns = Burns::of(STM32F405);
            burns.before("root-key-lock", "root-key-hash");
            burns.verify("counter", "signature");
            format!("{}{}", burns.head, burns.text())
        };
        text[..text.find(needle).unwrap()].matches('\n').count() + 1
    };
    let hash = format!(
        "line {}: root-key-hash must come",
        line("item = \"root-key-hash\"")
    );
    let counter = format!(
        "line {}: signature says nothing",
        line("verify = \"signature\"")
    );
    assert!(detail.contains(&hash), "{detail}");
    assert!(detail.contains(&counter), "{detail}");
}

#[test]
fn an_item_that_the_family_does_not_have_is_refused() {
    let detail = refused(STM32F405, Code::PlanUnsafe, |burns, _| {
        burns.edit("counter", "\"counter\"", "\"secure-boot\"");
    });
    assert!(
        detail.contains("a stm32f4 has no \"secure-boot\""),
        "{detail}"
    );
}
