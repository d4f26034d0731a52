//! The instructions, by encoding (DDI0403 A5.2, A5.3, A7.7), and which of what an encoding can
//! say the architecture leaves unpredictable.

use super::pattern::{Encoded, Pattern};

/// What a core must have for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Base,
    Dsp,
    /// Division by any divisor; with one that is not zero it is in [`Group::Base`].
    Division,
}

/// What has to be prepared for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: registers to registers.
    Data,
    /// Divides by `m`, which must not be zero.
    Divides,
    /// Field `n` points into memory, and `m`, if there is one, is a small index. The address
    /// is a multiple of so many bytes.
    Access(u32),
}

/// Instructions with one meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Class(pub &'static str);

pub struct Form {
    pub class: Class,
    pub group: Group,
    pub kind: Kind,
    pub pattern: Pattern,
    legal: fn(&Encoded) -> bool,
}

impl Form {
    pub fn is_legal(&self, encoded: &Encoded) -> bool {
        (self.legal)(encoded)
    }
}

impl Class {
    pub fn of(groups: &[Group]) -> Vec<Self> {
        let forms = FORMS.iter().filter(|form| groups.contains(&form.group));
        let classes = forms.map(|form| form.class).chain(super::case::FLOW);
        let mut classes: Vec<_> = classes.collect();
        classes.sort();
        classes.dedup();
        classes
    }
}

const fn form(
    class: &'static str,
    group: Group,
    kind: Kind,
    pattern: &'static str,
    legal: fn(&Encoded) -> bool,
) -> Form {
    Form {
        class: Class(class),
        group,
        kind,
        pattern: Pattern(pattern),
        legal,
    }
}

const fn base(class: &'static str, pattern: &'static str, legal: fn(&Encoded) -> bool) -> Form {
    form(class, Group::Base, Kind::Data, pattern, legal)
}

const fn dsp(class: &'static str, pattern: &'static str, legal: fn(&Encoded) -> bool) -> Form {
    form(class, Group::Dsp, Kind::Data, pattern, legal)
}

const fn access(
    class: &'static str,
    alignment: u32,
    pattern: &'static str,
    legal: fn(&Encoded) -> bool,
) -> Form {
    form(class, Group::Base, Kind::Access(alignment), pattern, legal)
}

const fn any(_: &Encoded) -> bool {
    true
}

/// AND, BIC, ORR, ORN, EOR, ADD, ADC, SBC, SUB, RSB.
fn is_operation(e: &Encoded) -> bool {
    [0, 1, 2, 3, 4, 8, 10, 11, 13, 14].contains(&e.field('o'))
}

/// TST, TEQ, CMN, CMP.
fn is_test(e: &Encoded) -> bool {
    [0, 4, 8, 13].contains(&e.field('o'))
}

/// `ThumbExpandImm` of a repeated zero is unpredictable (A5.3.2).
fn expands(e: &Encoded) -> bool {
    e.field('i') == 1 || !(1..=3).contains(&e.field('j')) || e.field('k') != 0
}

fn same_register_twice(e: &Encoded) -> bool {
    e.field('m') == e.field('p')
}

fn two_results(e: &Encoded) -> bool {
    e.field('l') != e.field('h')
}

fn field_in_word(e: &Encoded) -> bool {
    e.field('j') * 4 + e.field('w') + e.field('s') < 32
}

fn ends_behind_start(e: &Encoded) -> bool {
    e.field('s') >= e.field('j') * 4 + e.field('w')
}

/// Shifted by ASR #0 it is another instruction.
fn is_shift(e: &Encoded) -> bool {
    e.field('y') == 0 || e.field('j') + e.field('w') != 0
}

fn has_index(e: &Encoded) -> bool {
    e.field('m') != e.field('n')
}

/// Index first or write back or both; a base that is written back is not the data as well.
fn indexes(e: &Encoded) -> bool {
    let (first, back) = (e.field('P') == 1, e.field('W') == 1);
    (first || back) && (!back || e.field('n') != e.field('t'))
}

fn indexes_two(e: &Encoded) -> bool {
    let apart = e.field('W') == 0 || e.field('n') != e.field('u');
    indexes(e) && apart && e.field('t') != e.field('u')
}

/// At least two registers, the base not among them.
fn has_list(e: &Encoded) -> bool {
    let list = e.field('r');
    list.count_ones() >= 2 && list >> e.field('n') & 1 == 0
}

/// Add and subtract in halves and quarters, plain, saturating and halving.
fn is_parallel(e: &Encoded) -> bool {
    [0, 1, 2, 4, 5, 6].contains(&e.field('o')) && e.field('q') != 3
}

fn high_register(e: &Encoded) -> bool {
    e.field('e') * 8 + e.field('f') <= 12
}

fn compares_high(e: &Encoded) -> bool {
    high_register(e) && (e.field('e') == 1 || e.field('m') > 7)
}

pub static FORMS: &[Form] = &[
    base("shift, 16 bits", "00000 sssss mmm ddd", |e| {
        e.field('s') != 0
    }),
    base("shift, 16 bits", "00001 sssss mmm ddd", any),
    base("arithmetic shift, 16 bits", "00010 sssss mmm ddd", any),
    base("add and subtract, 16 bits", "00011 xx mmm nnn ddd", any),
    base("immediate, 16 bits", "001 xx ddd xxxxxxxx", any),
    base("register, 16 bits", "010000 oooo mmm ddd", any),
    base("high registers", "01000100 e mmmm fff", high_register),
    base("high registers", "01000101 e mmmm fff", compares_high),
    base("high registers", "01000110 e mmmm fff", high_register),
    base("extend, 16 bits", "10110010 xx mmm ddd", any),
    base("reverse, 16 bits", "1011101000 mmm ddd", any),
    base("reverse, 16 bits", "1011101001 mmm ddd", any),
    base("reverse, 16 bits", "1011101011 mmm ddd", any),
    base("address", "10100 ddd xxxxxxxx", any),
    base("literal", "01001 ttt 000xxxxx", any),
    base(
        "immediate",
        "11110 i 0 oooo x nnnn 0 jjj dddd kkkkkkkk",
        |e| is_operation(e) && expands(e),
    ),
    base(
        "immediate, move",
        "11110 i 0001 x x 1111 0 jjj dddd kkkkkkkk",
        expands,
    ),
    base(
        "immediate, test",
        "11110 i 0 oooo 1 nnnn 0 jjj 1111 kkkkkkkk",
        |e| is_test(e) && expands(e),
    ),
    base(
        "shifted register",
        "11101 01 oooo x nnnn 0 jjj dddd ww yy mmmm",
        is_operation,
    ),
    base(
        "shifted register, move",
        "11101 01 001 x x 1111 0 jjj dddd ww yy mmmm",
        any,
    ),
    base(
        "shifted register, test",
        "11101 01 oooo 1 nnnn 0 jjj 1111 ww yy mmmm",
        is_test,
    ),
    base(
        "immediate of 12 bits",
        "11110 x 100000 nnnn 0 xxx dddd xxxxxxxx",
        any,
    ),
    base(
        "immediate of 12 bits",
        "11110 x 101010 nnnn 0 xxx dddd xxxxxxxx",
        any,
    ),
    base(
        "immediate of 16 bits",
        "11110 x 100100 xxxx 0 xxx dddd xxxxxxxx",
        any,
    ),
    base(
        "immediate of 16 bits",
        "11110 x 101100 xxxx 0 xxx dddd xxxxxxxx",
        any,
    ),
    base(
        "saturate",
        "11110 0 11 x 0 y 0 nnnn 0 jjj dddd ww 0 xxxxx",
        is_shift,
    ),
    base(
        "bit field, extract",
        "11110 0 11 x 100 nnnn 0 jjj dddd ww 0 sssss",
        field_in_word,
    ),
    base(
        "bit field, insert",
        "11110 0 11 0110 nnnn 0 jjj dddd ww 0 sssss",
        ends_behind_start,
    ),
    base(
        "bit field, insert",
        "11110 0 11 0110 1111 0 jjj dddd ww 0 sssss",
        ends_behind_start,
    ),
    base("shift", "11111 010 0 yy x nnnn 1111 dddd 0000 mmmm", any),
    base("extend", "11111 010 0 x0x 1111 1111 dddd 10xx mmmm", any),
    base(
        "reverse",
        "11111 010 1001 pppp 1111 dddd 10xx mmmm",
        same_register_twice,
    ),
    base(
        "leading zeros",
        "11111 010 1011 pppp 1111 dddd 1000 mmmm",
        same_register_twice,
    ),
    base("multiply", "11111 0110 000 nnnn 1111 dddd 0000 mmmm", any),
    base("multiply", "11111 0110 000 nnnn aaaa dddd 000x mmmm", any),
    base(
        "multiply, long",
        "11111 0111 0x0 nnnn llll hhhh 0000 mmmm",
        two_results,
    ),
    base(
        "multiply, long",
        "11111 0111 1x0 nnnn llll hhhh 0000 mmmm",
        two_results,
    ),
    form(
        "divide",
        Group::Base,
        Kind::Divides,
        "11111 0111 0x1 nnnn 1111 dddd 1111 mmmm",
        any,
    ),
    base("read flags", "11110 0111110 1111 1000 dddd 00000000", any),
    access("word, 16 bits", 1, "0110x xxxxx nnn ttt", any),
    access("byte, 16 bits", 1, "0111x xxxxx nnn ttt", any),
    access("halfword, 16 bits", 1, "1000x xxxxx nnn ttt", any),
    access("indexed, 16 bits", 1, "0101 xxx mmm nnn ttt", has_index),
    access("several, 16 bits", 4, "1100x nnn rrrrrrrr", has_list),
    access("store", 1, "11111 000 1000 nnnn tttt 0000 xxxxxxxx", any),
    access("store", 1, "11111 000 1010 nnnn tttt 0000 xxxxxxxx", any),
    access("store", 1, "11111 000 1100 nnnn tttt 0000 xxxxxxxx", any),
    access("load", 1, "11111 00x 10x1 nnnn tttt 0000 xxxxxxxx", any),
    access("load", 1, "11111 000 1101 nnnn tttt 0000 xxxxxxxx", any),
    access(
        "store, indexing",
        1,
        "11111 000 00x0 nnnn tttt 1 P x W xxxxxxxx",
        indexes,
    ),
    access(
        "store, indexing",
        1,
        "11111 000 0100 nnnn tttt 1 P x W xxxxxxxx",
        indexes,
    ),
    access(
        "load, indexing",
        1,
        "11111 00x 00x1 nnnn tttt 1 P x W xxxxxxxx",
        indexes,
    ),
    access(
        "load, indexing",
        1,
        "11111 000 0101 nnnn tttt 1 P x W xxxxxxxx",
        indexes,
    ),
    access(
        "store, register index",
        1,
        "11111 000 00x0 nnnn tttt 000000 xx mmmm",
        has_index,
    ),
    access(
        "store, register index",
        1,
        "11111 000 0100 nnnn tttt 000000 xx mmmm",
        has_index,
    ),
    access(
        "load, register index",
        1,
        "11111 00x 00x1 nnnn tttt 000000 xx mmmm",
        has_index,
    ),
    access(
        "load, register index",
        1,
        "11111 000 0101 nnnn tttt 000000 xx mmmm",
        has_index,
    ),
    access(
        "two words",
        4,
        "11101 00 P x 1 W x nnnn tttt uuuu 00xxxxxx",
        indexes_two,
    ),
    access(
        "several",
        4,
        "11101 00 010 xx nnnn 000 rrrrrrrrrrrrr",
        has_list,
    ),
    access(
        "several",
        4,
        "11101 00 100 xx nnnn 000 rrrrrrrrrrrrr",
        has_list,
    ),
    form(
        "divide by anything",
        Group::Division,
        Kind::Data,
        "11111 0111 0x1 nnnn 1111 dddd 1111 mmmm",
        any,
    ),
    dsp("write flags", "11110 0111000 nnnn 1000 11 00 00000000", any),
    dsp("pack", "11101 01 0110 0 nnnn 0 xxx dddd xx x 0 mmmm", any),
    dsp(
        "saturate two",
        "11110 0 11 x 010 nnnn 0000 dddd 0000 xxxx",
        any,
    ),
    dsp("extend two", "11111 010 001x 1111 1111 dddd 10xx mmmm", any),
    dsp(
        "extend and add",
        "11111 010 00xx nnnn 1111 dddd 10xx mmmm",
        any,
    ),
    dsp(
        "extend and add",
        "11111 010 010x nnnn 1111 dddd 10xx mmmm",
        any,
    ),
    dsp("saturating", "11111 010 1000 nnnn 1111 dddd 10xx mmmm", any),
    dsp("select", "11111 010 1010 nnnn 1111 dddd 1000 mmmm", any),
    dsp(
        "parallel",
        "11111 010 1 ooo nnnn 1111 dddd 0 x qq mmmm",
        is_parallel,
    ),
    dsp(
        "multiply halves",
        "11111 0110 001 nnnn aaaa dddd 00xx mmmm",
        any,
    ),
    dsp(
        "multiply halves",
        "11111 0110 001 nnnn 1111 dddd 00xx mmmm",
        any,
    ),
    dsp(
        "multiply halves",
        "11111 0110 011 nnnn aaaa dddd 000x mmmm",
        any,
    ),
    dsp(
        "multiply halves",
        "11111 0110 011 nnnn 1111 dddd 000x mmmm",
        any,
    ),
    dsp(
        "multiply two",
        "11111 0110 010 nnnn aaaa dddd 000x mmmm",
        any,
    ),
    dsp(
        "multiply two",
        "11111 0110 100 nnnn aaaa dddd 000x mmmm",
        any,
    ),
    dsp(
        "multiply two",
        "11111 0110 010 nnnn 1111 dddd 000x mmmm",
        any,
    ),
    dsp(
        "multiply two",
        "11111 0110 100 nnnn 1111 dddd 000x mmmm",
        any,
    ),
    dsp(
        "multiply, high word",
        "11111 0110 101 nnnn aaaa dddd 000x mmmm",
        any,
    ),
    dsp(
        "multiply, high word",
        "11111 0110 101 nnnn 1111 dddd 000x mmmm",
        any,
    ),
    dsp(
        "multiply, high word",
        "11111 0110 110 nnnn aaaa dddd 000x mmmm",
        any,
    ),
    dsp(
        "differences",
        "11111 0110 111 nnnn aaaa dddd 0000 mmmm",
        any,
    ),
    dsp(
        "differences",
        "11111 0110 111 nnnn 1111 dddd 0000 mmmm",
        any,
    ),
    dsp(
        "multiply halves, long",
        "11111 0111 100 nnnn llll hhhh 10xx mmmm",
        two_results,
    ),
    dsp(
        "multiply two, long",
        "11111 0111 10x nnnn llll hhhh 110x mmmm",
        two_results,
    ),
    dsp(
        "multiply, long and two added",
        "11111 0111 110 nnnn llll hhhh 0110 mmmm",
        two_results,
    ),
];
