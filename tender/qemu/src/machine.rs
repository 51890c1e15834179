//! Which machine it is to be, and what it refuses.

use sarab_guest::qemu::Machine;
use sarab_monitor::Error;

/// Returns `wanted`, or the first that has room for `device_count` devices.
pub(crate) fn choose(wanted: Option<Machine>, device_count: usize) -> Result<Machine, Error> {
    let machine = wanted.unwrap_or(Machine::with_room(device_count));
    let most = machine.room();
    if device_count <= most {
        return Ok(machine);
    }
    let way_out = if most < Machine::Q35.room() { "; take `--machine q35`" } else { "" };
    Err(Error::usage(format_args!(
        "the image asks for {device_count} devices, and the machine has room for {most}{way_out}"
    )))
}

/// Checks that a command line arrives whole.
pub(crate) fn check_text(machine: Machine, text: &str) -> Result<(), Error> {
    let most = machine.text_bytes_max();
    if text.len() <= most {
        return Ok(());
    }
    Err(Error::usage(format_args!(
        "the words for the guest have {} bytes, and q35 passes on {most}; take `--machine microvm`",
        text.len()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_room_is_refused() {
        let choose = |wanted, count| choose(wanted, count).map_err(|it| it.to_string());
        assert_eq!(choose(None, 7), Ok(Machine::Microvm));
        assert_eq!(choose(None, 8), Ok(Machine::Q35));
        assert_eq!(choose(Some(Machine::Q35), 0), Ok(Machine::Q35));
        let text = |count: usize, most, way_out| {
            Err(format!(
                "the image asks for {count} devices, and the machine has room for {most}{way_out}"
            ))
        };
        assert_eq!(choose(Some(Machine::Microvm), 8), text(8, 7, "; take `--machine q35`"));
        assert_eq!(choose(None, 30), text(30, 29, ""));
    }

    #[test]
    fn a_command_line_that_would_be_cut_is_refused() {
        let is_good = |machine, bytes| check_text(machine, &"x".repeat(bytes)).is_ok();
        assert!(is_good(Machine::Q35, 4095) && !is_good(Machine::Q35, 4096));
        assert!(is_good(Machine::Microvm, 65536));
    }
}
