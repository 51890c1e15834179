//! What stands for the devices of a guest.

use std::{fs, os::unix::fs::FileTypeExt as _, path::PathBuf};

use sarab_guest::qemu::{Backend, Device, Disk, Place};
use sarab_monitor::{
    Error, File,
    attach::found,
    command::{Command, Net},
    image::Want,
};
use sarab_tap::Tap;

/// Networks that there are addresses for.
const NETWORKS_MAX: usize = 255;

/// What is attached.
#[derive(Default)]
pub(crate) struct Attached {
    /// The devices, in the manifest's order.
    pub(crate) devices: Vec<Device>,
    /// The disks' files, locked.
    files: Vec<File>,
}

impl Attached {
    /// Looks at what `command` attaches to an image that asks for `wants`, and locks the disks.
    pub(crate) fn open(wants: &[Want], command: &Command) -> Result<Self, Error> {
        let mut attached = Self::default();
        for want in wants {
            let device = match want {
                Want::Network(name) => attached.card(found(&command.networks, name)?)?,
                Want::Disk(name) => attached.disk(name, found(&command.disks, name)?)?,
            };
            attached.devices.push(device);
        }
        Ok(attached)
    }

    fn card(&self, net: &Net) -> Result<Device, Error> {
        match net {
            // QEMU opens it anew; here it is found out whether it can, and what its address is.
            Net::Tap(name) => {
                let tap = Tap::open(name).map_err(Error::unavailable)?;
                let backend = Backend::Tap(name.clone());
                Ok(Device::Card { backend, mac: tap.mac(), mtu: tap.mtu() })
            }
            Net::User => {
                let index = self.devices.iter().filter(|device| device.is_user()).count();
                let index = u8::try_from(index).ok().filter(|_| index < NETWORKS_MAX);
                let index = index.ok_or_else(|| {
                    Error::usage(format_args!("more than {NETWORKS_MAX} networks of kind `user`"))
                })?;
                Ok(Device::user(index))
            }
            Net::Bridge(name) => Err(Error::usage(format_args!(
                "--net bridge:{name}: only the target `xen` takes a bridge; write it like tap:tap0 or user"
            ))),
        }
    }

    fn disk(&mut self, name: &str, path: &PathBuf) -> Result<Device, Error> {
        // The name lasts as long as the program, for reports of the other tenders.
        let file = File::open(name.to_owned().leak(), path)?;
        let is_device = fs::metadata(path).is_ok_and(|it| it.file_type().is_block_device());
        let disk = Disk {
            name: name.into(),
            path: path.clone(),
            place: if is_device { Place::BlockDevice } else { Place::File },
            sector_bytes: file.sector_bytes,
            is_writable: file.is_writable,
        };
        self.files.push(file);
        Ok(Device::Disk(disk))
    }
}
