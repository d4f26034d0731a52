//! What the random number generator draws from while no radio runs: samples of the SAR ADC, and
//! the clock that they arrive with (TRM §25.3 and §25.4: "make sure at least either is enabled";
//! for most entropy, both).
//!
//! The ADC samples for ever under its digital controller (TRM chapter "On-Chip Sensors and Analog
//! Signal Processing"). What a sample says does not matter, the noise in its last bits does; the
//! controller hands each to the generator, and to nobody else.

use esp32c3::{APB_SARADC, RTC_CNTL, SYSTEM};

/// Keeps the ADC powered (RTC_CNTL_SENSOR_CTRL_REG and APB_SARADC_CTRL_REG).
const POWERED: u8 = 3;
/// Clock of the controller (APB_SARADC_CLKM_CONF_REG): the APB clock.
const FROM_APB: u8 = 2;
/// The first entry of the pattern table, six bits from the top of 24: ADC1, channel 0, full range
/// (attenuation 3).
const PATTERN: u32 = 0b0_000_11 << 18;
/// Ticks between samples.
const PERIOD: u16 = 100;

/// Switches both on.
#[allow(unsafe_code)]
pub fn start(rtc: &RTC_CNTL, system: &SYSTEM, adc: &APB_SARADC) {
    rtc.clk_conf()
        .modify(|_, w| w.enb_ck8m().clear_bit().dig_clk8m_en().set_bit());
    system
        .perip_clk_en0()
        .modify(|_, w| w.apb_saradc_clk_en().set_bit());
    system
        .perip_rst_en0()
        .modify(|_, w| w.apb_saradc_rst().clear_bit());
    rtc.ana_conf().modify(|_, w| w.sar_i2c_pu().set_bit());
    // SAFETY: values that the manual lists, each within its field.
    unsafe {
        rtc.sensor_ctrl()
            .modify(|_, w| w.force_xpd_sar().bits(POWERED));
        adc.clkm_conf().modify(|_, w| {
            w.clk_sel().bits(FROM_APB).clkm_div_num().bits(15);
            w.clk_en().set_bit()
        });
        adc.fsm_wait().modify(|_, w| {
            w.xpd_wait().bits(5).rstb_wait().bits(8);
            w.standby_wait().bits(100)
        });
        adc.sar_patt_tab1().write(|w| w.bits(PATTERN));
        adc.ctrl().modify(|_, w| {
            w.sar_clk_gated().set_bit().sar_clk_div().bits(1);
            w.xpd_sar_force().bits(POWERED).sar_patt_len().bits(0);
            w.sar_patt_p_clear().set_bit()
        });
        adc.ctrl().modify(|_, w| w.sar_patt_p_clear().clear_bit());
        adc.dma_conf().modify(|_, w| w.adc_trans().set_bit());
        adc.ctrl2().modify(|_, w| {
            w.meas_num_limit().clear_bit().timer_target().bits(PERIOD);
            w.timer_en().set_bit()
        });
    }
}
