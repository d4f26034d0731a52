//! Accounts, changed on the clerk's worker.

use cradle_ca::token::Pin;
use cradle_procedure::fault::Fault;
use cradle_procedure::ids::{OperatorName, Sha256};
use cradle_procedure::ports::Card as _;
use cradle_records::{NewOperator, Operator, PersonChange, Session};

use super::{Desk, Shared};
use crate::cards;
use crate::gui::backend::{Pending, People, PersonChanged, PersonOrder};
use crate::two_people::{Second, Settled, settle};

impl People for Desk {
    fn people(&self) -> Pending<Vec<Operator>> {
        self.ask(&self.reader, |desk, session| {
            desk.station.store().operators(session)
        })
    }

    fn change_person(
        &self,
        name: OperatorName,
        order: PersonOrder,
        second: Option<Second>,
    ) -> Pending<Settled<PersonChanged>> {
        self.ask(&self.clerk, move |desk, session| {
            desk.change_person(session, &name, &order, second.as_ref())
        })
    }
}

impl Shared {
    fn change_person(
        &self,
        session: &Session,
        name: &OperatorName,
        order: &PersonOrder,
        second: Option<&Second>,
    ) -> Result<Settled<PersonChanged>, Fault> {
        let store = self.station.store();
        let alone = |admins_left| {
            let name = name.clone();
            Ok(Settled::Done(PersonChanged { name, admins_left }))
        };
        let two = |change, act: &dyn Fn() -> Result<Option<u32>, Fault>| {
            let asked = store.ask_for_change(session, name, change)?;
            let here = || self.begin(second);
            settle(self.station.as_ref(), asked, here, || {
                let name = name.clone();
                act().map(|admins_left| PersonChanged { name, admins_left })
            })
        };
        match order {
            PersonOrder::Add(role, password) => two(PersonChange::Add(*role), &|| {
                let person = NewOperator { name, password };
                store.add_operator(session, person, *role).map(|()| None)
            }),
            PersonOrder::SetRole(role) => two(PersonChange::SetRole(*role), &|| {
                store.set_role(session, name, *role).map(Some)
            }),
            PersonOrder::Reset(password) => two(PersonChange::ResetPassword, &|| {
                let person = NewOperator { name, password };
                store.reset_password(session, person).map(|()| None)
            }),
            PersonOrder::Enable => two(PersonChange::Enable, &|| {
                store.enable_operator(session, name).map(|()| None)
            }),
            PersonOrder::EnrolCard { card, pin } => {
                let card = cards::open(&card.parse()?, Pin::new(pin.to_string())?)?;
                let certificate = Sha256::of(card.certificate());
                two(PersonChange::EnrolCard(certificate), &|| {
                    store.enrol_card(session, name, &card).map(|_| None)
                })
            }
            PersonOrder::Unlock => {
                store.unlock_operator(session, name)?;
                alone(None)
            }
            PersonOrder::Disable => alone(Some(store.disable_operator(session, name)?)),
            PersonOrder::WithdrawCards => {
                store.withdraw_cards(session, name)?;
                alone(None)
            }
        }
    }
}
