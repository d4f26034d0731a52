use cradle_procedure::fault::Code;
use cradle_procedure::ids::ReleaseId;
use cradle_procedure::ports::Ledger as _;

use crate::fixture::{Fixture, release, request};

fn carriers(fixture: &Fixture, name: &str, below: Option<&str>) -> Vec<String> {
    fixture
        .store
        .carriers(&fixture.session("art"), name, below)
        .unwrap()
        .iter()
        .map(|carrier| format!("{} {}", carrier.serial, carrier.version))
        .collect()
}

#[test]
fn a_component_leads_to_the_units_that_carry_it() {
    let fixture = Fixture::with_batch(2);
    fixture.make_unit(1);
    fixture.make_unit(2);
    let both = ["b-1-0001 0.9.1", "b-1-0002 0.9.1"];
    assert_eq!(carriers(&fixture, "heapless", None), both);
    assert_eq!(carriers(&fixture, "heapless", Some("0.10.0")), both);
    assert!(carriers(&fixture, "heapless", Some("0.9.1")).is_empty());
    assert!(carriers(&fixture, "openssl", None).is_empty());
    // Inside another component, and of a version before its release.
    assert_eq!(carriers(&fixture, "sec1", Some("0.8.0")).len(), 2);
    assert!(carriers(&fixture, "sec1", Some("0.8.0-rc.9")).is_empty());
}

#[test]
fn a_release_leads_to_its_components() {
    let fixture = Fixture::founded();
    let components = fixture
        .store
        .components(&fixture.session("art"), &release().id)
        .unwrap();
    let names: Vec<_> = components.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["heapless", "p256", "sec1"]);
    assert_eq!(
        components[0].purl.as_deref(),
        Some("pkg:cargo/heapless@0.9.1")
    );
    let refused = fixture
        .store
        .components(&fixture.session("otto"), &release().id);
    assert_eq!(refused.unwrap_err().code, Code::NotPermitted);
}

#[test]
fn a_release_without_a_readable_sbom_is_not_imported() {
    let fixture = Fixture::founded();
    let ada = fixture.session("ada");
    for sbom in [
        "",
        "{}",
        "SPDXVersion: SPDX-2.3",
        r#"{"bomFormat": "CycloneDX", "components": [{"version": "1"}]}"#,
    ] {
        let mut other = release();
        other.id = ReleaseId::new("sensor-1.5.0").unwrap();
        other.sbom = sbom.into();
        let fault = fixture.store.import_release(&ada, other).unwrap_err();
        assert_eq!(fault.code, Code::ReleaseUnreadable, "{sbom}");
    }
    assert_eq!(fixture.store.releases(&ada).unwrap().len(), 1);
}

#[test]
fn a_retired_release_gets_no_more_units() {
    let fixture = Fixture::with_batch(2);
    fixture.make_unit(1);
    let (ada, sue) = (fixture.session("ada"), fixture.session("sue"));
    let refused = fixture.store.retire_release(&sue, &release().id);
    assert_eq!(refused.unwrap_err().code, Code::NotPermitted);
    fixture.store.retire_release(&ada, &release().id).unwrap();
    let fault = fixture.ledger().authorize().unwrap_err();
    assert_eq!(fault.code, Code::ReleaseRetired);
    let fault = fixture
        .store
        .request_batch(&ada, request("b-2", 1))
        .unwrap_err();
    assert_eq!(fault.code, Code::ReleaseRetired);
    let releases = fixture.store.releases(&ada).unwrap();
    assert!(releases[0].retired_ms.is_some());
    fixture.store.check().unwrap();
}
