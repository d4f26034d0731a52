//! The order of irreversible acts: steps, plans, proofs, events and ports. No I/O, no clock, no thread.
