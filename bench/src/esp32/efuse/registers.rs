//! Registers of the eFuse controller (TRM section 4.5, "Register Summary"; base address from
//! table 3-3, "Module/Peripheral Address Mapping").

pub(crate) const BASE: u32 = 0x6000_8800;

/// Data to be burnt, eight words (`EFUSE_PGM_DATA0_REG` on), then the check symbols, three
/// (`EFUSE_PGM_CHECK_VALUE0_REG` on).
pub(crate) const PGM_DATA: u32 = BASE;
/// Words of data and check symbols together.
pub(crate) const PGM_WORDS: u32 = 11;
/// BLOCK0 as it was read last (`EFUSE_RD_WR_DIS_REG` on); the other blocks follow.
pub(crate) const RD_BLOCK0: u32 = BASE + 0x02C;
/// Errors of BLOCK0 (`EFUSE_RD_REPEAT_ERR0_REG` to `ERR4`, with a reserved word before the last).
pub(crate) const RD_REPEAT_ERR: u32 = BASE + 0x17C;
pub(crate) const RD_REPEAT_ERR_WORDS: u32 = 6;
/// Errors of the coded blocks, two words (`EFUSE_RD_RS_ERR0_REG` on).
pub(crate) const RD_RS_ERR: u32 = BASE + 0x1C0;
pub(crate) const CONF: u32 = BASE + 0x1CC;
pub(crate) const STATUS: u32 = BASE + 0x1D0;
pub(crate) const CMD: u32 = BASE + 0x1D4;
pub(crate) const DAC_CONF: u32 = BASE + 0x1E8;
pub(crate) const WR_TIM_CONF1: u32 = BASE + 0x1F0;
pub(crate) const WR_TIM_CONF2: u32 = BASE + 0x1F4;

/// `EFUSE_CONF_REG.OP_CODE` for burning and for reading (section 4.3.2, 4.3.3).
pub(crate) const OP_WRITE: u32 = 0x5A5A;
pub(crate) const OP_READ: u32 = 0x5AA5;
/// `EFUSE_CMD_REG`: `READ_CMD`, `PGM_CMD`, and where the block's number goes.
pub(crate) const CMD_READ: u32 = 1 << 0;
pub(crate) const CMD_PROGRAM: u32 = 1 << 1;
pub(crate) const CMD_BLOCK: u32 = 2;
/// `EFUSE_STATUS_REG.STATE`, and what it says when nothing is under way.
pub(crate) const STATE: u32 = 0xF;
pub(crate) const STATE_IDLE: u32 = 1;

/// Number of words of each block.
pub(crate) const WORDS: [u32; 11] = [6, 6, 8, 8, 8, 8, 8, 8, 8, 8, 8];

/// First read register of a block.
pub(crate) fn read_address(block: usize) -> u32 {
    let before: u32 = WORDS.iter().take(block).sum();
    RD_BLOCK0 + 4 * before
}

/// Timing for the 40 MHz crystal (section 4.3.4, "eFuse Programming Timing"): register, mask,
/// value.
pub(crate) const TIMING: [(u32, u32, u32); 4] = [
    (DAC_CONF, 0xFF << 9, 0xFF << 9),         // DAC_NUM
    (DAC_CONF, 0xFF, 0x28),                   // DAC_CLK_DIV
    (WR_TIM_CONF1, 0xFFFF << 8, 0x3000 << 8), // PWR_ON_NUM
    (WR_TIM_CONF2, 0xFFFF, 0x190),            // PWR_OFF_NUM
];

#[cfg(test)]
mod tests {
    use std::mem::MaybeUninit;

    use esp32c3::EFUSE;

    use super::*;

    /// Address of a register in the description that is made from Espressif's SVD file.
    macro_rules! address {
        ($register:ident) => {{
            #[allow(unsafe_code)]
            // SAFETY: a register block consists of 32-bit cells, for which zero is a value.
            let block: Box<esp32c3::efuse::RegisterBlock> =
                Box::new(unsafe { MaybeUninit::zeroed().assume_init() });
            let place = std::ptr::from_ref(block.$register()) as usize
                - std::ptr::from_ref(&*block) as usize;
            BASE + u32::try_from(place).unwrap()
        }};
    }

    #[test]
    fn every_register_is_where_the_description_has_it() {
        assert_eq!(EFUSE::PTR as usize, BASE as usize);
        let cases = [
            (PGM_DATA, address!(pgm_data0)),
            (PGM_DATA + 32, address!(pgm_check_value0)),
            (PGM_DATA + 4 * (PGM_WORDS - 1), address!(pgm_check_value2)),
            (read_address(0), address!(rd_wr_dis)),
            (read_address(0) + 4, address!(rd_repeat_data0)),
            (read_address(1), address!(rd_mac_spi_sys_0)),
            (read_address(2), address!(rd_sys_part1_data0)),
            (read_address(3), address!(rd_usr_data0)),
            (read_address(4), address!(rd_key0_data0)),
            (read_address(5), address!(rd_key1_data0)),
            (read_address(6), address!(rd_key2_data0)),
            (read_address(9), address!(rd_key5_data0)),
            (read_address(10), address!(rd_sys_part2_data0)),
            (RD_REPEAT_ERR, address!(rd_repeat_err0)),
            (
                RD_REPEAT_ERR + 4 * (RD_REPEAT_ERR_WORDS - 1),
                address!(rd_repeat_err4),
            ),
            (RD_RS_ERR, address!(rd_rs_err0)),
            (RD_RS_ERR + 4, address!(rd_rs_err1)),
            (CONF, address!(conf)),
            (STATUS, address!(status)),
            (CMD, address!(cmd)),
            (DAC_CONF, address!(dac_conf)),
            (WR_TIM_CONF1, address!(wr_tim_conf1)),
            (WR_TIM_CONF2, address!(wr_tim_conf2)),
        ];
        for (ours, described) in cases {
            assert_eq!(ours, described, "{ours:#x}");
        }
    }
}
