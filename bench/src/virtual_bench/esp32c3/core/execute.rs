//! What each instruction does (RISC-V Unprivileged ISA, chapters "RV32I", "M", "Zicsr").

use super::op::{Kind, Op};
use super::{Core, Event, Registers, cause};
use crate::virtual_bench::esp32c3::ram::{Ram, Width};

impl Core {
    #[inline]
    fn get(&self, index: u8) -> u32 {
        self.x[usize::from(index & 31)]
    }

    #[inline]
    fn set(&mut self, index: u8, value: u32) {
        self.x[usize::from(index & 31)] = value;
        self.x[0] = 0;
    }

    /// One instruction; the program counter stays where it is when it traps.
    #[inline]
    pub(super) fn execute(
        &mut self,
        op: Op,
        ram: &mut Ram,
        io: &mut impl Registers,
    ) -> Result<(), Event> {
        use Kind as K;
        let (a, b, imm) = (self.get(op.rs1), self.get(op.rs2), op.imm);
        let mut attention = false;
        let result = match op.kind {
            K::Lui => imm,
            K::Auipc => self.pc.wrapping_add(imm),
            K::Jal | K::Jalr => return self.jump(op, a),
            K::Beq => return self.branch(a == b, op),
            K::Bne => return self.branch(a != b, op),
            K::Blt => return self.branch((a as i32) < b as i32, op),
            K::Bge => return self.branch(a as i32 >= b as i32, op),
            K::Bltu => return self.branch(a < b, op),
            K::Bgeu => return self.branch(a >= b, op),
            K::Lb | K::Lh | K::Lw | K::Lbu | K::Lhu => {
                self.load(op, a.wrapping_add(imm), ram, io, &mut attention)?
            }
            K::Sb | K::Sh | K::Sw => {
                self.store(op, a.wrapping_add(imm), b, ram, io, &mut attention)?;
                0
            }
            K::Addi => a.wrapping_add(imm),
            K::Slti => u32::from((a as i32) < imm as i32),
            K::Sltiu => u32::from(a < imm),
            K::Xori => a ^ imm,
            K::Ori => a | imm,
            K::Andi => a & imm,
            K::Slli => a << (imm & 31),
            K::Srli => a >> (imm & 31),
            K::Srai => (a as i32 >> (imm & 31)) as u32,
            K::Add => a.wrapping_add(b),
            K::Sub => a.wrapping_sub(b),
            K::Sll => a << (b & 31),
            K::Slt => u32::from((a as i32) < b as i32),
            K::Sltu => u32::from(a < b),
            K::Xor => a ^ b,
            K::Srl => a >> (b & 31),
            K::Sra => (a as i32 >> (b & 31)) as u32,
            K::Or => a | b,
            K::And => a & b,
            K::Mul => a.wrapping_mul(b),
            K::Mulh => ((i64::from(a as i32) * i64::from(b as i32)) >> 32) as u32,
            K::Mulhsu => ((i64::from(a as i32) * i64::from(b)) >> 32) as u32,
            K::Mulhu => ((u64::from(a) * u64::from(b)) >> 32) as u32,
            K::Div => divide(a, b),
            K::Divu => a.checked_div(b).unwrap_or(u32::MAX),
            K::Rem => remainder(a, b),
            K::Remu => a.checked_rem(b).unwrap_or(a),
            _ => return self.system(op, a),
        };
        self.set(op.rd, result);
        self.pc = self.pc.wrapping_add(op.len);
        if attention {
            Err(Event::Attention)
        } else {
            Ok(())
        }
    }

    fn jump(&mut self, op: Op, base: u32) -> Result<(), Event> {
        let from = if op.kind == Kind::Jal { self.pc } else { base };
        let link = self.pc.wrapping_add(op.len);
        // JALR clears the lowest bit; with 16-bit instructions nothing else can be misaligned.
        self.pc = from.wrapping_add(op.imm) & !1;
        self.set(op.rd, link);
        Ok(())
    }

    #[inline]
    fn branch(&mut self, taken: bool, op: Op) -> Result<(), Event> {
        let by = if taken { op.imm } else { op.len };
        self.pc = self.pc.wrapping_add(by);
        Ok(())
    }

    #[inline]
    fn load(
        &mut self,
        op: Op,
        address: u32,
        ram: &Ram,
        io: &mut impl Registers,
        attention: &mut bool,
    ) -> Result<u32, Event> {
        let width = match op.kind {
            Kind::Lb | Kind::Lbu => Width::Byte,
            Kind::Lh | Kind::Lhu => Width::Half,
            _ => Width::Word,
        };
        if address & (width as u32 - 1) != 0 {
            return Err(Event::Trap(cause::LOAD_MISALIGNED, address));
        }
        let value = match ram.load(address, width) {
            Some(value) => value,
            None => {
                let value = io
                    .load(address, width, self.cycles)
                    .map_err(|_| Event::Trap(cause::LOAD_ACCESS, address))?;
                *attention = io.wants_attention();
                value
            }
        };
        Ok(match op.kind {
            Kind::Lb => value as u8 as i8 as u32,
            Kind::Lh => value as u16 as i16 as u32,
            _ => value,
        })
    }

    #[inline]
    fn store(
        &mut self,
        op: Op,
        address: u32,
        value: u32,
        ram: &mut Ram,
        io: &mut impl Registers,
        attention: &mut bool,
    ) -> Result<(), Event> {
        let width = match op.kind {
            Kind::Sb => Width::Byte,
            Kind::Sh => Width::Half,
            _ => Width::Word,
        };
        if address & (width as u32 - 1) != 0 {
            return Err(Event::Trap(cause::STORE_MISALIGNED, address));
        }
        if ram.store(address, width, value).is_none() {
            io.store(address, width, value, self.cycles)
                .map_err(|_| Event::Trap(cause::STORE_ACCESS, address))?;
            *attention = io.wants_attention();
        }
        Ok(())
    }

    #[cold]
    fn system(&mut self, op: Op, a: u32) -> Result<(), Event> {
        match op.kind {
            Kind::Fence => {}
            Kind::Ecall => return Err(Event::Trap(cause::ECALL_MACHINE, 0)),
            Kind::Ebreak => return Err(Event::Trap(cause::BREAKPOINT, self.pc)),
            Kind::Mret => {
                self.pc = self.csrs.leave_trap();
                return Ok(());
            }
            Kind::Wfi => {
                self.pc = self.pc.wrapping_add(op.len);
                return Err(Event::Waiting);
            }
            Kind::Csrrw | Kind::Csrrs | Kind::Csrrc => self.csr(op, a)?,
            Kind::Csrrwi | Kind::Csrrsi | Kind::Csrrci => self.csr(op, u32::from(op.rs1))?,
            _ => return Err(Event::Trap(cause::ILLEGAL, op.imm)),
        }
        self.pc = self.pc.wrapping_add(op.len);
        Ok(())
    }

    /// CSRRS and CSRRC with x0, or with 0, do not write.
    fn csr(&mut self, op: Op, operand: u32) -> Result<(), Event> {
        let missing = Event::Trap(cause::ILLEGAL, 0);
        let old = self.csrs.read(op.imm, self.cycles).ok_or(missing)?;
        let new = match op.kind {
            Kind::Csrrw | Kind::Csrrwi => Some(operand),
            Kind::Csrrs | Kind::Csrrsi => (op.rs1 != 0).then_some(old | operand),
            _ => (op.rs1 != 0).then_some(old & !operand),
        };
        if let Some(new) = new {
            let written = self.csrs.write(op.imm, new, self.cycles);
            written.ok_or(missing)?;
        }
        self.set(op.rd, old);
        Ok(())
    }
}

/// Division by zero gives all ones, the overflow its dividend (chapter "M", table of
/// semantics).
fn divide(a: u32, b: u32) -> u32 {
    match b {
        0 => u32::MAX,
        _ => (a as i32).wrapping_div(b as i32) as u32,
    }
}

fn remainder(a: u32, b: u32) -> u32 {
    match b {
        0 => a,
        _ => (a as i32).wrapping_rem(b as i32) as u32,
    }
}
