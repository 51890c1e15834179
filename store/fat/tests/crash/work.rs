//! Random workloads, and what must be found after each request.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use sarab_crash::{Disk, Random};
use sarab_device::{Bytes, File, Fs, Open};
use sarab_fat::{Fat, FatFile};

/// One request.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    /// Makes a file with these contents.
    Make(String, Vec<u8>),
    /// Writes into a file.
    Write(String, u64, Vec<u8>),
    SetSize(String, u64),
    Folder(String),
    Remove(String),
    Rename(String, String),
    SyncFile(String),
    Sync,
}

/// What is in a volume: files with their contents, and folders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) folders: BTreeSet<String>,
}

/// Requests, and what is in the volume before each and after the last.
pub(crate) struct Work {
    pub(crate) requests: Vec<Request>,
    pub(crate) models: Vec<Model>,
}

impl Work {
    pub(crate) fn draw(seed: u64, count: usize) -> Self {
        let mut random = Random::new(seed);
        let mut models = vec![Model::default()];
        let mut requests = Vec::new();
        while requests.len() < count {
            let mut model = models[requests.len()].clone();
            if let Some(request) = model.draw(&mut random, requests.len()) {
                model.apply(&request);
                models.push(model);
                requests.push(request);
            }
        }
        Self { requests, models }
    }

    /// Takes requests in the order given.
    pub(crate) fn of(requests: Vec<Request>) -> Self {
        let mut models = vec![Model::default()];
        for request in &requests {
            let mut model = models[models.len() - 1].clone();
            model.apply(request);
            models.push(model);
        }
        Self { requests, models }
    }

    /// Does the requests, and tells the disk how far they are.
    pub(crate) async fn run(&self, disk: &Rc<Disk>) {
        let fat = Fat::mount_with(Rc::clone(disk), || None).await.unwrap();
        let mut open: Vec<FatFile<Rc<Disk>>> = Vec::new();
        for (place, request) in self.requests.iter().enumerate() {
            disk.attempted(place + 1);
            do_request(&fat, request, &mut open).await;
            // Here a file does not become durable without all that was done before.
            if matches!(request, Request::Sync | Request::SyncFile(_)) {
                disk.acknowledged(place + 1);
            }
        }
        drop(open);
        fat.sync().await.unwrap();
        disk.acknowledged(self.requests.len());
    }
}

async fn do_request(fat: &Fat<Rc<Disk>>, request: &Request, open: &mut Vec<FatFile<Rc<Disk>>>) {
    match request {
        Request::Make(path, data) => {
            let file = fat.open(path, Open::New).await.unwrap();
            file.write_at(0, Bytes::from(data.clone())).await.unwrap();
            open.push(file);
            if open.len() > 3 {
                open.remove(0);
            }
        }
        Request::Write(path, offset, data) => {
            let file = fat.open(path, Open::Existing).await.unwrap();
            file.write_at(*offset, Bytes::from(data.clone())).await.unwrap();
        }
        Request::SetSize(path, size) => {
            fat.open(path, Open::Existing).await.unwrap().set_size(*size).await.unwrap();
        }
        Request::Folder(path) => fat.create_folder(path).await.unwrap(),
        Request::Remove(path) => fat.remove(path).await.unwrap(),
        Request::Rename(from, to) => fat.rename(from, to).await.unwrap(),
        Request::SyncFile(path) => {
            fat.open(path, Open::Read).await.unwrap().sync().await.unwrap();
        }
        Request::Sync => fat.sync().await.unwrap(),
    }
}

impl Model {
    fn draw(&self, random: &mut Random, number: usize) -> Option<Request> {
        let fill = |random: &mut Random, most: u64| {
            vec![
                u8::try_from(number % 250 + 1).unwrap();
                usize::try_from(random.below(most)).unwrap()
            ]
        };
        Some(match random.below(16) {
            0..5 => {
                let path = self.free_name(random)?;
                Request::Make(path, fill(random, 2500))
            }
            5 => Request::Write(self.file(random)?, random.below(1500), fill(random, 1500)),
            6 => Request::SetSize(self.file(random)?, random.below(2500)),
            7 => Request::Folder(self.free_name(random)?),
            8 => Request::Remove(self.file(random)?),
            9..12 => Request::Rename(self.file(random)?, self.free_name(random)?),
            12 => {
                let (from, to) = (self.file(random)?, self.file(random)?);
                if from == to {
                    return None;
                }
                Request::Rename(from, to)
            }
            13 => {
                let (from, to) = (one_of(&self.folders, random)?, self.free_name(random)?);
                if to.starts_with(&format!("{from}/")) {
                    return None;
                }
                Request::Rename(from, to)
            }
            14 => Request::SyncFile(self.file(random)?),
            _ => Request::Sync,
        })
    }

    fn file(&self, random: &mut Random) -> Option<String> {
        one_of(&self.files.keys().cloned().collect(), random)
    }

    fn free_name(&self, random: &mut Random) -> Option<String> {
        let mut folders = self.folders.clone();
        folders.insert(String::new());
        let folder = one_of(&folders, random)?;
        let name = match random.below(4) {
            0 => format!("F{}", random.below(20)),
            1 => format!("A longer name {}", random.below(20)),
            2 => format!("{} {}", "long ".repeat(44), random.below(5)),
            _ => format!("{} {}", "name of six ".repeat(5), random.below(5)),
        };
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        (!self.files.contains_key(&path) && !self.folders.contains(&path)).then_some(path)
    }

    fn apply(&mut self, request: &Request) {
        match request {
            Request::Make(path, data) => drop(self.files.insert(path.clone(), data.clone())),
            Request::Write(path, offset, data) => {
                let file = self.files.get_mut(path).unwrap();
                let at = usize::try_from(*offset).unwrap();
                if !data.is_empty() {
                    file.resize(file.len().max(at + data.len()), 0);
                    file[at..at + data.len()].copy_from_slice(data);
                }
            }
            Request::SetSize(path, size) => {
                self.files.get_mut(path).unwrap().resize(usize::try_from(*size).unwrap(), 0);
            }
            Request::Folder(path) => drop(self.folders.insert(path.clone()).then_some(())),
            Request::Remove(path) => drop(self.files.remove(path)),
            Request::Rename(from, to) => {
                let moved = |path: &String| match path.strip_prefix(from.as_str()) {
                    Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{to}{rest}"),
                    _ => path.clone(),
                };
                self.files.remove(to);
                self.files =
                    self.files.iter().map(|(path, data)| (moved(path), data.clone())).collect();
                self.folders = self.folders.iter().map(moved).collect();
            }
            Request::SyncFile(_) | Request::Sync => {}
        }
    }
}

fn one_of(all: &BTreeSet<String>, random: &mut Random) -> Option<String> {
    let count = u64::try_from(all.len()).unwrap();
    if count == 0 {
        return None;
    }
    all.iter().nth(usize::try_from(random.below(count)).unwrap()).cloned()
}
