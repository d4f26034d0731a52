//! Who may do what: one table.

use crate::fault::{Code, Fault};
use crate::named::named;

named! {
    /// What a person is at the station.
    Role {
        /// Provisions units at the bench.
        Operator = "operator",
        /// Operator who may also pause batches and release quarantined units to repair.
        Supervisor = "supervisor",
        /// Approves batches and releases, manages people, runs the CA.
        SecurityAdmin = "security-admin",
        /// Reads everything, changes nothing.
        Auditor = "auditor",
        /// Decommissions units.
        ServiceTechnician = "service-technician",
    }
}

named! {
    /// One thing that a role may allow.
    Permission {
        /// Provision a unit of an open batch.
        Provision = "provision",
        /// Ask for a batch, or for a larger quota.
        RequestBatch = "request-batch",
        /// Approve what another person asked for.
        Approve = "approve",
        /// Import a release.
        ImportRelease = "import-release",
        /// Add, change and unlock people.
        ManagePeople = "manage-people",
        /// Use the CA: issue CRLs, revoke.
        ManageAuthority = "manage-authority",
        /// Wipe and revoke a unit at end of life.
        Decommission = "decommission",
        /// Stand in as the second person for a decommissioning.
        WitnessDecommission = "witness-decommission",
        /// Read records, audit log and reports.
        ReadRecords = "read-records",
        /// Confirm, in person, a change to the account of one who may stand in as second person.
        ConfirmPeople = "confirm-people",
        /// Back up and restore the records, accept a clock that was set back.
        ManageRecords = "manage-records",
    }
}

impl Role {
    /// The table. Separation of duties: no role both asks for and approves the same thing alone
    /// (approval by oneself is refused in `records`), and an auditor changes nothing.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Operator => &[P::Provision],
            Self::Supervisor => &[
                P::Provision,
                P::RequestBatch,
                P::ConfirmPeople,
                P::WitnessDecommission,
                P::ReadRecords,
            ],
            Self::SecurityAdmin => &[
                P::RequestBatch,
                P::Approve,
                P::ImportRelease,
                P::ManagePeople,
                P::ConfirmPeople,
                P::ManageAuthority,
                P::WitnessDecommission,
                P::ReadRecords,
                P::ManageRecords,
            ],
            Self::Auditor => &[P::ReadRecords],
            Self::ServiceTechnician => &[P::Decommission, P::WitnessDecommission, P::ReadRecords],
        }
    }

    /// As documents name the person's position.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Operator => "Operator",
            Self::Supervisor => "Supervisor",
            Self::SecurityAdmin => "Security admin",
            Self::Auditor => "Auditor",
            Self::ServiceTechnician => "Service technician",
        }
    }

    /// The table as people read it: a line for each permission, a column for each role.
    #[must_use]
    pub fn table() -> String {
        let mut lines = vec![format!("{:<22}", "may")];
        lines.extend(
            Permission::ALL
                .iter()
                .map(|one| format!("{:<22}", one.text())),
        );
        for role in Self::ALL {
            let width = role.text().len();
            lines[0] += &format!(" {role}");
            for (line, permission) in lines[1..].iter_mut().zip(Permission::ALL) {
                let mark = match role.permissions().contains(permission) {
                    true => "yes",
                    false => "-",
                };
                *line += &format!(" {mark:<width$}");
            }
        }
        lines
            .iter()
            .map(|line| format!("{}\n", line.trim_end()))
            .collect()
    }

    /// Whether the role can be the second person in anything. Whoever could make, take over or
    /// promote such an account alone would be two people, so that takes two.
    #[must_use]
    pub fn may_be_second(self) -> bool {
        use Permission as P;
        let second = [P::Approve, P::ConfirmPeople, P::WitnessDecommission];
        second.iter().any(|one| self.permissions().contains(one))
    }

    /// Refuses what the role does not allow.
    ///
    /// # Errors
    /// `AUT-03`, naming the roles that may.
    pub fn require(self, permission: Permission) -> Result<(), Fault> {
        if self.permissions().contains(&permission) {
            return Ok(());
        }
        let able: Vec<_> = Self::ALL
            .iter()
            .filter(|role| role.permissions().contains(&permission))
            .map(|role| role.text())
            .collect();
        let able = able.join(", ");
        Err(Fault::new(
            Code::NotPermitted,
            format!("{permission} needs one of: {able}; you are {self}"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_changes_nothing() {
        assert_eq!(Role::Auditor.permissions(), [Permission::ReadRecords]);
    }

    #[test]
    fn only_operators_and_auditors_are_never_the_second_person() {
        let never: Vec<_> = Role::ALL
            .iter()
            .filter(|role| !role.may_be_second())
            .collect();
        assert_eq!(never, [&Role::Operator, &Role::Auditor]);
    }

    #[test]
    fn stored_text_reads_back() {
        for role in Role::ALL {
            assert_eq!(role.text().parse::<Role>().unwrap(), *role);
        }
    }
}
