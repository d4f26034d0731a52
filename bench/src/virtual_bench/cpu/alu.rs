//! Arithmetic as the architecture manual defines it (DDI0403 A2.2.1, A5.3.2, A7.4.2).

/// Sum, carry and signed overflow: `AddWithCarry()`.
#[inline]
pub(super) fn add_with_carry(x: u32, y: u32, carry: bool) -> (u32, bool, bool) {
    let (partial, first) = x.overflowing_add(y);
    let (sum, second) = partial.overflowing_add(u32::from(carry));
    let overflow = (x ^ sum) & (y ^ sum) & 1 << 31 != 0;
    (sum, first | second, overflow)
}

pub(super) const LSL: u8 = 0;
pub(super) const LSR: u8 = 1;
pub(super) const ASR: u8 = 2;
pub(super) const ROR: u8 = 3;
/// Rotation by one bit through the carry.
pub(super) const RRX: u8 = 4;

/// `Shift_C()`: the shifted value and the carry out.
#[inline]
pub(super) fn shift(value: u32, kind: u8, amount: u32, carry: bool) -> (u32, bool) {
    if amount == 0 {
        return (value, carry);
    }
    let bit = |at: u32| value >> at & 1 != 0;
    match kind {
        LSL if amount < 32 => (value << amount, bit(32 - amount)),
        LSL => (0, amount == 32 && bit(0)),
        LSR if amount < 32 => (value >> amount, bit(amount - 1)),
        LSR => (0, amount == 32 && bit(31)),
        ASR if amount < 32 => ((value as i32 >> amount) as u32, bit(amount - 1)),
        ASR => ((value as i32 >> 31) as u32, bit(31)),
        RRX => (value >> 1 | u32::from(carry) << 31, bit(0)),
        _ => {
            let result = value.rotate_right(amount % 32);
            (result, result >> 31 != 0)
        }
    }
}

/// `DecodeImmShift()`: what the two fields of an immediate shift mean.
pub(super) fn immediate_shift(kind: u8, amount: u32) -> (u8, u32) {
    match (kind & 3, amount) {
        (ROR, 0) => (RRX, 1),
        (LSR | ASR, 0) => (kind & 3, 32),
        _ => (kind & 3, amount),
    }
}

/// `ThumbExpandImm_C()`: the value, and the carry if it is one of those that rotate.
pub(super) fn expand_immediate(imm12: u32) -> (u32, Option<bool>) {
    let byte = imm12 & 0xFF;
    match imm12 >> 8 {
        0 => (byte, None),
        1 => (byte * 0x0001_0001, None),
        2 => (byte * 0x0100_0100, None),
        3 => (byte * 0x0101_0101, None),
        _ => {
            let value = (0x80 | imm12 & 0x7F).rotate_right(imm12 >> 7 & 0x1F);
            (value, Some(value >> 31 != 0))
        }
    }
}

/// `SignedSatQ()`: into so many bits, and whether it had to.
pub(super) fn saturate_signed(value: i64, bits: u32) -> (i32, bool) {
    let limit = 1_i64 << (bits - 1);
    let held = value.clamp(-limit, limit - 1);
    (held as i32, held != value)
}

/// `UnsignedSatQ()`.
pub(super) fn saturate_unsigned(value: i64, bits: u32) -> (u32, bool) {
    let held = value.clamp(0, (1_i64 << bits) - 1);
    (held as u32, held != value)
}
