//! Register addresses and bit positions of the model against ST's own description: the
//! `stm32f4` crate is generated from the SVD file. Its accessors work on a register
//! block in host memory here; what they produce there is carried to the board by the
//! debugger, at the addresses they name, and what the board answers is read with them.
#![allow(unsafe_code, clippy::unwrap_used)]

mod common;

use std::mem::MaybeUninit;

use probe_rs::{Core, MemoryInterface};
use stm32f4::stm32f405 as pac;

use common::{FLASH, attach_halted, one_board};

/// A register block of all zeros.
fn scratch<T>() -> Box<T> {
    // SAFETY: the blocks consist of 32-bit and 16-bit cells only, for which zero is a
    // value.
    Box::new(unsafe { MaybeUninit::zeroed().assume_init() })
}

fn scratch_like<T>(_: *const T) -> Box<T> {
    scratch()
}

/// The bits that the accessors set in a register that was all zeros.
macro_rules! value {
    ($peripheral:ident . $register:ident, $set:expr) => {{
        let block = scratch_like(pac::$peripheral::PTR);
        // SAFETY: it is host memory.
        unsafe { block.$register().write_with_zero($set) };
        u32::from(block.$register().read().bits())
    }};
}

/// A value as the accessors read it.
macro_rules! reader {
    ($peripheral:ident . $register:ident, $value:expr) => {{
        let block = scratch_like(pac::$peripheral::PTR);
        let value = $value;
        // SAFETY: it is host memory.
        block
            .$register()
            .write(|w| unsafe { w.bits(value.try_into().unwrap()) });
        block.$register().read()
    }};
}

/// Address of a register: the base that the SVD gives and its place in the block.
macro_rules! address {
    ($peripheral:ident . $register:ident) => {{
        let base = pac::$peripheral::PTR;
        let block = scratch_like(base);
        let place = std::ptr::from_ref(block.$register()) as usize;
        (base as usize + place - std::ptr::from_ref(&*block) as usize) as u64
    }};
}

fn write(core: &mut Core<'_>, address: u64, value: u32) {
    core.write_word_32(address, value).unwrap();
}

fn read(core: &mut Core<'_>, address: u64) -> u32 {
    core.read_word_32(address).unwrap()
}

fn with_core(test: impl FnOnce(&mut Core<'_>)) {
    let (_bench, board) = one_board();
    let mut session = attach_halted(&board);
    test(&mut session.core(0).unwrap());
}

fn unlock(core: &mut Core<'_>) {
    for key in [0x4567_0123, 0xCDEF_89AB] {
        write(core, address!(FLASH.keyr), key);
    }
}

fn arm_programming(core: &mut Core<'_>) {
    let program = value!(FLASH.cr, |w| w.pg().set_bit().psize().psize32());
    write(core, address!(FLASH.cr), program);
}

#[test]
fn flash_control_and_status_are_where_the_svd_says() {
    with_core(|core| {
        let (cr, sr) = (address!(FLASH.cr), address!(FLASH.sr));
        assert!(reader!(FLASH.cr, read(core, cr)).lock().bit());
        unlock(core);
        assert!(!reader!(FLASH.cr, read(core, cr)).lock().bit());
        arm_programming(core);
        write(core, FLASH + 0x4000, 0x1234_5678);
        assert_eq!(read(core, FLASH + 0x4000), 0x1234_5678);
        // A byte does not fit the parallelism.
        core.write_word_8(FLASH, 0).unwrap();
        let status = read(core, sr);
        assert!(reader!(FLASH.sr, status).pgperr().bit());
        write(core, sr, status);
        assert_eq!(read(core, sr), 0);
        let erase = value!(FLASH.cr, |w| {
            let w = w.ser().set_bit().strt().set_bit().psize().psize32();
            w.snb().bits(1)
        });
        write(core, cr, erase);
        assert_eq!(read(core, FLASH + 0x4000), 0xFFFF_FFFF);
        write(core, cr, value!(FLASH.cr, |w| w.lock().set_bit()));
        write(core, FLASH, 0);
        assert!(reader!(FLASH.sr, read(core, sr)).pgserr().bit());
    });
}

#[test]
fn option_control_is_where_the_svd_says() {
    with_core(|core| {
        let optcr = address!(FLASH.optcr);
        assert!(reader!(FLASH.optcr, read(core, optcr)).optlock().bit());
        for key in [0x0819_2A3B, 0x4C5D_6E7F] {
            write(core, address!(FLASH.optkeyr), key);
        }
        let before = read(core, optcr);
        assert!(!reader!(FLASH.optcr, before).optlock().bit());
        let start = value!(FLASH.optcr, |w| w.optstrt().set_bit());
        write(core, optcr, before & !(1 << 17) | start);
        let seen = reader!(FLASH.optcr, read(core, optcr));
        assert_eq!(seen.rdp().bits(), 0xAA);
        assert!(seen.n_wrp0().bit() && !seen.n_wrp1().bit() && seen.n_wrp11().bit());
        unlock(core);
        arm_programming(core);
        write(core, FLASH + 0x4000, 0);
        assert!(
            reader!(FLASH.sr, read(core, address!(FLASH.sr)))
                .wrperr()
                .bit()
        );
    });
}

#[test]
fn clocks_get_ready_in_the_bits_the_svd_names() {
    with_core(|core| {
        let (cr, cfgr, csr) = (address!(RCC.cr), address!(RCC.cfgr), address!(RCC.csr));
        let on = value!(RCC.cr, |w| w
            .hsion()
            .set_bit()
            .hseon()
            .set_bit()
            .pllon()
            .set_bit());
        write(core, cr, on);
        let seen = reader!(RCC.cr, read(core, cr));
        assert!(seen.hsirdy().bit() && seen.hserdy().bit() && seen.pllrdy().bit());
        write(core, cfgr, value!(RCC.cfgr, |w| w.sw().pll()));
        assert!(reader!(RCC.cfgr, read(core, cfgr)).sws().is_pll());
        write(core, csr, value!(RCC.csr, |w| w.lsion().set_bit()));
        let seen = reader!(RCC.csr, read(core, csr));
        assert!(seen.lsirdy().bit() && seen.porrstf().bit() && seen.sftrstf().bit());
        assert!(!seen.wdgrstf().bit());
    });
}

#[test]
fn the_random_generator_is_where_the_svd_says() {
    with_core(|core| {
        write(
            core,
            address!(RNG.cr),
            value!(RNG.cr, |w| w.rngen().set_bit()),
        );
        // The PLL is off.
        let seen = reader!(RNG.sr, read(core, address!(RNG.sr)));
        assert!(seen.cecs().bit() && seen.ceis().bit() && !seen.drdy().bit());
    });
}

#[test]
fn the_usart_is_where_the_svd_says() {
    with_core(|core| {
        let seen = reader!(USART1.sr, read(core, address!(USART1.sr)));
        assert!(seen.txe().bit() && seen.tc().bit() && !seen.rxne().bit());
        let cr1 = value!(USART1.cr1, |w| {
            w.ue()
                .set_bit()
                .te()
                .set_bit()
                .re()
                .set_bit()
                .rxneie()
                .set_bit()
        });
        write(core, address!(USART1.cr1), cr1);
        assert_eq!(read(core, address!(USART1.cr1)), cr1);
        assert_eq!(cr1, 0x202C);
    });
}

#[test]
fn the_i2c_interface_is_where_the_svd_says() {
    with_core(|core| {
        let (cr1, sr1, sr2) = (address!(I2C1.cr1), address!(I2C1.sr1), address!(I2C1.sr2));
        assert_eq!(read(core, address!(I2C1.trise)), 2);
        for (register, value) in [
            (address!(I2C1.ccr), value!(I2C1.ccr, |w| w.f_s().set_bit())),
            (
                address!(I2C1.cr2),
                value!(I2C1.cr2, |w| w.iterren().set_bit()),
            ),
            (cr1, value!(I2C1.cr1, |w| w.pe().set_bit().ack().set_bit())),
        ] {
            write(core, register, value);
            assert_eq!(read(core, register), value, "at {register:#x}");
        }
        // The core stands still and so does the bus: the condition is under way for ever.
        write(
            core,
            cr1,
            value!(I2C1.cr1, |w| w.pe().set_bit().start().set_bit()),
        );
        assert!(reader!(I2C1.cr1, read(core, cr1)).start().bit());
        assert_eq!(read(core, sr1), 0);
        // BUSY without MSL; the crate gives no way to make a value of a read-only register.
        assert_eq!(read(core, sr2), 1 << 1);
        let reset = value!(I2C1.cr1, |w| w.swrst().set_bit());
        write(core, cr1, reset);
        assert_eq!(read(core, sr2), 0);
    });
}

#[test]
fn the_remaining_blocks_are_where_the_svd_says() {
    with_core(|core| {
        write(core, address!(IWDG.kr), 0x5555);
        write(core, address!(IWDG.rlr), 0x123);
        assert_eq!(read(core, address!(IWDG.rlr)), 0x123);
        assert_eq!(read(core, address!(DBGMCU.idcode)) & 0xFFF, 0x413);
        for address in [
            address!(GPIOA.afrh),
            address!(GPIOI.moder),
            address!(SYSCFG.exticr1),
            address!(EXTI.imr),
            address!(PWR.cr),
            address!(I2C1.oar1),
            address!(I2C3.oar1),
            address!(RCC.plli2scfgr),
        ] {
            write(core, address, 0x0000_0110);
            assert_eq!(read(core, address), 0x0000_0110, "at {address:#x}");
        }
    });
}
