//! A release's checks as a list, and its components as the person looks through them.

use cradle_procedure::release::Check;
use cradle_records::Component;

use crate::gui::backend::ReleaseChecked;

/// What became of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    /// It holds.
    Passed,
    /// It is what the release was refused for.
    Failed,
    /// An earlier one failed, so it was not made.
    NotMade,
}

/// Every check in its order, with what became of it.
#[must_use]
pub fn checks(checked: &ReleaseChecked) -> Vec<(Check, CheckState)> {
    let refused = checked.verdict.is_err();
    let mut states = Vec::new();
    for check in Check::ALL {
        let state = match checked.passed.contains(check) {
            true => CheckState::Passed,
            false if refused && !states.iter().any(|(_, state)| *state == CheckState::Failed) => {
                CheckState::Failed
            }
            false => CheckState::NotMade,
        };
        states.push((*check, state));
    }
    states
}

/// Those components whose name, version or package URL contains the text, in upper or lower case.
#[must_use]
pub fn matching<'a>(components: &'a [Component], text: &str) -> Vec<&'a Component> {
    let text = text.trim().to_lowercase();
    let holds = |part: &str| part.to_lowercase().contains(&text);
    let wanted = |component: &&Component| {
        holds(&component.name)
            || holds(&component.version)
            || component.purl.as_deref().is_some_and(holds)
    };
    components.iter().filter(wanted).collect()
}
