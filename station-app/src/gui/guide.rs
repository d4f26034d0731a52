//! The operator guide's entry for a code, in the window.

use cradle_procedure::fault::Code;
use eframe::egui::{Context, Id};

const GUIDE: &str = include_str!("../../../operator-guide.md");

/// What the guide says of a code beyond what happened and what to do, which the window says in
/// its own language: paragraphs in English. Often none.
pub(super) fn more(code: Code) -> Vec<String> {
    let heading = format!("\n#### {}\n", code.id());
    let entry = GUIDE.split(&heading).nth(1).unwrap_or_default();
    let entry = entry.split("\n#").next().unwrap_or_default();
    let said = |paragraph: &str| {
        paragraph.contains(code.what()) || paragraph.trim_start().starts_with("**Do:**")
    };
    let paragraphs = entry.trim().split("\n\n");
    let more = paragraphs.filter(|paragraph| !paragraph.is_empty() && !said(paragraph));
    more.map(plain).collect()
}

/// Lines of a paragraph joined, without the marks of Markdown.
fn plain(paragraph: &str) -> String {
    let lines: Vec<_> = paragraph.lines().map(str::trim).collect();
    lines.join(" ").replace(['`', '*'], "")
}

/// Which fault a key for the guide means: the one that was painted last.
#[derive(Clone, Copy)]
struct Shown {
    code: Code,
    pass: u64,
}

/// A fault is on the screen.
pub(super) fn show(ctx: &Context, code: Code) {
    let pass = ctx.cumulative_pass_nr();
    ctx.data_mut(|data| data.insert_temp(place(), Shown { code, pass }));
}

/// The fault that is on the screen, if there is one.
pub(super) fn shown(ctx: &Context) -> Option<Code> {
    let shown: Shown = ctx.data(|data| data.get_temp(place()))?;
    // What was painted in the pass before this one is what the person sees.
    (shown.pass + 1 >= ctx.cumulative_pass_nr()).then_some(shown.code)
}

fn place() -> Id {
    Id::unique("fault on the screen")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_found_and_leaves_out_what_the_window_says_itself() {
        for code in Code::ALL {
            let entry = GUIDE.contains(&format!("\n#### {}\n", code.id()));
            assert!(entry, "{}", code.id());
            for paragraph in more(*code) {
                assert!(!paragraph.contains(code.what()), "{}", code.id());
                assert!(!paragraph.contains("Do:"), "{}", code.id());
            }
        }
    }

    #[test]
    fn what_is_said_beyond_the_remedy_is_there_without_marks() {
        let more = more(Code::AccountLocked);
        assert!(more[0].starts_with("The waiting time doubles"), "{more:?}");
        let marks = Code::ALL.iter().flat_map(|code| self::more(*code));
        assert!(marks.into_iter().all(|text| !text.contains(['`', '*'])));
    }
}
