//! The floors of the house: a crate uses crates of its own floor or below, never above.

use super::{
    Breach,
    packages::{Member, Packages},
};

/// The folders by floor, ground floor first.
const FLOORS: [&[&str]; 6] = [
    &["api"],
    &["net", "store"],
    &["driver"],
    &["machine"],
    &["tender", "tool", "quality"],
    &["example"],
];

/// Chores stand outside the house and may use all of it.
const OUTSIDE: &str = "xtask";

pub(super) fn check(packages: &Packages) -> Vec<Breach> {
    packages.0.iter().flat_map(|member| misplaced(packages, member)).collect()
}

fn misplaced(packages: &Packages, member: &Member) -> Vec<Breach> {
    if member.folder == OUTSIDE {
        return Vec::new();
    }
    let Some(floor) = floor(&member.folder) else {
        return vec![Breach::new(&member.folder, "stands on no floor")];
    };
    let used = packages.0.iter().filter(|other| member.uses.contains(&other.name));
    let above = used.filter(|other| self::floor(&other.folder).is_none_or(|its| its > floor));
    above.map(|other| Breach::new(&member.folder, climbs(member, other))).collect()
}

fn climbs(member: &Member, other: &Member) -> String {
    format!("`{}` uses `{}` of a floor above its own ({})", member.name, other.name, other.folder)
}

fn floor(folder: &str) -> Option<usize> {
    let top = folder.split('/').next()?;
    FLOORS.iter().position(|floor| floor.contains(&top))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, folder: &str, uses: &[&str]) -> Member {
        let uses = uses.iter().map(ToString::to_string).collect();
        Member { name: name.into(), folder: folder.into(), uses, roots: Vec::new() }
    }

    #[test]
    fn a_crate_may_use_its_own_floor_and_those_below() {
        let packages = Packages(vec![
            member("device", "api/device", &["compose"]),
            member("compose", "api/compose", &[]),
            member("unix", "machine/unix", &["device", "tap"]),
            member("tap", "driver/tap", &[]),
        ]);
        assert!(check(&packages).is_empty());
    }

    #[test]
    fn a_crate_may_not_use_a_floor_above() {
        let packages = Packages(vec![
            member("stack", "net/stack", &["tap"]),
            member("tap", "driver/tap", &[]),
        ]);
        let breaches = check(&packages);
        assert_eq!(breaches.len(), 1);
        assert!(breaches[0].to_string().contains("`stack` uses `tap`"));
    }

    #[test]
    fn a_crate_must_stand_on_a_floor() {
        assert_eq!(check(&Packages(vec![member("odd", "attic/odd", &[])])).len(), 1);
    }
}
