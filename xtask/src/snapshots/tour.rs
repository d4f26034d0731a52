//! What the pictures show, and the way there.

use std::path::Path;

use anyhow::Result;

use super::window::Window;

/// The unit that is taken out of service.
const UNIT: &str = "SN-000001";
/// One that stays in service.
const OTHER_UNIT: &str = "SN-000002";

/// Takes all pictures, from the sign-in to the end of a unit.
pub(super) fn take(window: &Window, folder: &Path) -> Result<()> {
    let tour = Tour { window, folder };
    tour.all_looks("sign-in")?;
    tour.operator()?;
    tour.technician()?;
    tour.operator_fails()?;
    tour.admin()
}

struct Tour<'a> {
    window: &'a Window,
    folder: &'a Path,
}

impl Tour<'_> {
    fn operator(&self) -> Result<()> {
        self.sign_in("olga")?;
        self.all_looks("bench-ready")?;
        // The first serial number goes to the first slot, and no race decides it. What it took
        // is how long the others are expected to take.
        self.window.enter("1");
        self.window.enter("");
        self.window.rest()?;
        self.window.press(&["F5"]);
        std::thread::sleep(std::time::Duration::from_millis(400));
        self.picture("bench-working", "en-dark")?;
        self.window.rest()?;
        self.all_looks("bench-passed")?;
        self.enlarged("bench-passed")?;
        self.window.press(&["F1"]);
        self.all_looks("help")?;
        self.window.press(&["Escape"]);
        self.sign_out()
    }

    /// A label that belongs to another unit: what an operator sees of it, and what the guide says.
    fn operator_fails(&self) -> Result<()> {
        self.sign_in("olga")?;
        self.window.press(&["F6"]);
        self.window.enter("1");
        self.window.enter(OTHER_UNIT);
        self.window.rest()?;
        self.all_looks("bench-failed")?;
        self.enlarged("bench-failed")?;
        self.window.press(&["F2"]);
        self.all_looks("guide")?;
        self.window.press(&["Escape"]);
        self.sign_out()
    }

    fn technician(&self) -> Result<()> {
        self.sign_in("tariq")?;
        self.all_looks("decommission-begin")?;
        self.window.enter(UNIT);
        self.window.rest()?;
        self.all_looks("decommission-slot")?;
        let password = self.window.password("vera")?;
        // The first slot, end of life, where it was, recycling, and who checks it.
        for answer in ["", "", "Pump station 4", "", "vera", &password] {
            self.window.enter(answer);
            // What is typed before the next question is there goes nowhere.
            self.window.rest()?;
        }
        self.window.rest()?;
        self.all_looks("decommission-summary")?;
        self.window.enter("");
        self.window.rest()?;
        self.all_looks("decommission-complete")?;
        self.enlarged("decommission-complete")?;
        self.sign_out()
    }

    fn admin(&self) -> Result<()> {
        self.sign_in("alice")?;
        // The places in the order in which the rail shows them to a security admin.
        for (at, name) in ADMIN.iter().enumerate() {
            self.window.press(&[&format!("ctrl+{}", at + 1)]);
            if *name == "unit" {
                self.window.enter(UNIT);
            }
            self.window.rest()?;
            self.all_looks(name)?;
            self.enlarged(name)?;
        }
        Ok(())
    }

    /// In three languages, light and dark by turns: every language and every theme is seen.
    fn all_looks(&self, name: &str) -> Result<()> {
        let looks = [
            ("en-dark", ["F10", "F9"]),
            ("de-light", ["F10", "F9"]),
            ("zh-dark", ["F10", "F9"]),
        ];
        for (look, next) in looks {
            self.window.rest()?;
            self.picture(name, look)?;
            self.window.press(&next);
        }
        // Three languages lead back to the first; three changes of the theme do not.
        self.window.press(&["F9"]);
        Ok(())
    }

    /// German at twice the size: where clipping shows first.
    fn enlarged(&self, name: &str) -> Result<()> {
        self.window.press(&["F10"]);
        self.window.press(&["ctrl+plus"; 10]);
        self.window.rest()?;
        self.picture(name, "de-dark-200")?;
        self.window.press(&["ctrl+0", "F10", "F10"]);
        Ok(())
    }

    fn picture(&self, name: &str, look: &str) -> Result<()> {
        let file = self.folder.join(format!("{name}-{look}.png"));
        self.window.picture(&file)
    }

    fn sign_in(&self, name: &str) -> Result<()> {
        self.window.rest()?;
        self.window.enter(name);
        self.window.enter(&self.window.password(name)?);
        self.window.rest()
    }

    fn sign_out(&self) -> Result<()> {
        self.window.press(&["ctrl+l"]);
        self.window.rest()
    }
}

const ADMIN: &[&str] = &[
    "bench-admin",
    "unit",
    "batches",
    "releases",
    "authority",
    "people",
    "audit",
    "training",
    "settings",
];
