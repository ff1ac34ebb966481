//! Volumes, mounts, folders in memory.

use crate::data::{Map, Value, python};
use crate::object;
use crate::runner::Failure;
use crate::runner::docker::units;

use super::compare::Kind;
use super::options::{ContainerOptions, Mount};
use super::settings::{Existing, Place, Settings, list};

pub fn gather(options: &ContainerOptions, existing: Existing, settings: &mut Settings) -> Result<(), Failure> {
    let volumes: Vec<Volume> = options.volumes.iter().flatten().map(|text| Volume::parse(text)).collect();
    collisions(&volumes, options.mounts.as_deref().unwrap_or_default())?;
    if options.volumes.is_some() {
        let binds = list(volumes.iter().filter_map(Volume::bind));
        let anonymous: Vec<String> =
            volumes.iter().filter(|volume| volume.source.is_none()).map(|volume| volume.written.clone()).collect();
        let sent = anonymous.iter().map(|path| (path.as_str(), Value::from(Map::new()))).collect::<Map>();
        let keys = |value: Value| {
            value.as_map().map(|map| map.keys().map(python::str).collect::<Vec<_>>()).unwrap_or_default()
        };
        let mut wanted = anonymous;
        wanted.extend(keys(existing.of_image("Volumes")));
        let current = list(keys(existing.config("Volumes")));
        settings.add("volumes", Kind::Set, Place::Config("Volumes"), sent.into(), list(wanted), current);
        if binds.is_truthy() {
            settings.add("volumes", Kind::Set, Place::Host("Binds"), binds.clone(), binds, existing.host("Binds"));
        } else {
            settings.compare("volumes", Kind::Set, binds, existing.host("Binds"), false);
        }
    }
    if let Some(mounts) = &options.mounts {
        let mut sent = Vec::new();
        let mut wanted = Vec::new();
        for mount in mounts {
            let body = mount.body()?;
            wanted.push(flat(&body, false));
            sent.push(body);
        }
        let current = existing.host("Mounts");
        let current =
            current.as_items().unwrap_or_default().iter().filter_map(Value::as_map).map(|mount| flat(mount, true));
        settings.add("mounts", Kind::SetOfMaps, Place::Host("Mounts"), list(sent), list(wanted), list(current));
    }
    if let Some(folders) = &options.tmpfs {
        let pairs = folders.iter().map(|text| text.split_once(':').unwrap_or((text, "")));
        let map = Value::from(pairs.map(|(path, options)| (path, Value::text(options))).collect::<Map>());
        settings.add("tmpfs", Kind::Map, Place::Host("Tmpfs"), map.clone(), map, existing.host("Tmpfs"));
    }
    Ok(())
}

fn collisions(volumes: &[Volume], mounts: &[Mount]) -> Result<(), Failure> {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let all = volumes
        .iter()
        .map(|volume| (volume.target.as_str(), "volumes"))
        .chain(mounts.iter().map(|mount| (mount.target.as_str(), "mounts")));
    for (path, option) in all {
        match seen.iter().find(|(other, _)| *other == path) {
            Some((_, other)) if *other == option => {
                let message = format!("The mount point \"{path}\" appears twice in the {option} option");
                return Err(Failure::new(message));
            }
            Some(_) => {
                let message = format!("The mount point \"{path}\" appears both in the volumes and mounts option");
                return Err(Failure::new(message));
            }
            None => seen.push((path, option)),
        }
    }
    Ok(())
}

/// `source:/target:mode`, or a path alone for a volume without a name.
struct Volume {
    source: Option<String>,
    target: String,
    mode: String,
    written: String,
}

const MODES: &[&str] = &[
    "ro",
    "rw",
    "z",
    "Z",
    "consistent",
    "delegated",
    "cached",
    "rprivate",
    "private",
    "rshared",
    "shared",
    "rslave",
    "slave",
    "nocopy",
];

fn is_mode(text: &str) -> bool {
    text.split(',').all(|word| MODES.contains(&word))
}

impl Volume {
    fn parse(text: &str) -> Self {
        let parts: Vec<&str> = text.split(':').collect();
        let of = |source: Option<&str>, target: &str, mode: &str| Self {
            source: source.map(absolute),
            target: target.to_owned(),
            mode: mode.to_owned(),
            written: text.to_owned(),
        };
        match parts.as_slice() {
            [source, target, mode] => of(Some(source), target, mode),
            [target, mode] if is_mode(mode) => of(None, target, mode),
            [source, target] => of(Some(source), target, "rw"),
            _ => of(None, text, "rw"),
        }
    }

    fn bind(&self) -> Option<String> {
        self.source.as_ref().map(|source| format!("{source}:{}:{}", self.target, self.mode))
    }
}

/// A path that begins with a dot or `~` is made absolute by who wrote it; names of volumes stay.
fn absolute(source: &str) -> String {
    if !source.starts_with('.') {
        return source.to_owned();
    }
    std::path::absolute(source).map_or_else(|_| source.to_owned(), |path| path.to_string_lossy().into_owned())
}

impl Mount {
    fn body(&self) -> Result<Map, Failure> {
        let kind = self.r#type.as_str();
        if self.source.is_none() && !matches!(kind, "tmpfs" | "volume" | "image" | "cluster") {
            return Err(Failure::new(format!(
                "source must be specified for mount \"{}\" of type \"{kind}\"",
                self.target
            )));
        }
        let mut body = object! {
            "Target" => self.target.as_str(),
            "Source" => self.source.as_deref().map(absolute),
            "Type" => kind,
            "ReadOnly" => self.read_only,
        };
        if let Some(consistency) = &self.consistency {
            body.insert("Consistency", consistency.as_str());
        }
        let mut part = |key: &str, values: Vec<(&str, Option<Value>)>| {
            let map: Map = values.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
            if !map.is_empty() {
                body.insert(key, map);
            }
        };
        part(
            "BindOptions",
            vec![
                ("Propagation", self.propagation.clone().map(Value::from)),
                ("NonRecursive", self.non_recursive.map(Value::from)),
                ("CreateMountpoint", self.create_mountpoint.map(Value::from)),
                ("ReadOnlyNonRecursive", self.read_only_non_recursive.map(Value::from)),
                ("ReadOnlyForceRecursive", self.read_only_force_recursive.map(Value::from)),
            ],
        );
        let driver = self.volume_driver.as_ref().map(|driver| {
            let options = self.volume_options.as_ref().map(super::super::texts).unwrap_or_default();
            Value::from(object! { "Name" => driver.as_str(), "Options" => options })
        });
        let subpath = self.subpath.clone().map(Value::from);
        part(
            "VolumeOptions",
            vec![
                ("NoCopy", self.no_copy.map(Value::from)),
                ("Labels", self.labels.as_ref().map(|labels| super::super::texts(labels).into())),
                ("DriverConfig", driver),
                ("Subpath", subpath.clone().filter(|_| kind == "volume")),
            ],
        );
        part("ImageOptions", vec![("Subpath", subpath.filter(|_| kind == "image"))]);
        let size = self.tmpfs_size.as_deref().map(units::bytes).transpose();
        let size = size.map_err(|error| {
            Failure::new(format!("Failed to convert tmpfs_size of mount \"{}\" to bytes: {error}", self.target))
        })?;
        let mode = self.tmpfs_mode.as_deref().map(|mode| i64::from_str_radix(mode, 8)).transpose();
        let mode =
            mode.map_err(|_| Failure::new(format!("tmpfs_mode of mount \"{}\" is not an octal string!", self.target)))?;
        let more = self.tmpfs_options.as_ref().map(|options| {
            Value::list(options.iter().map(|option| {
                list(option.iter().flat_map(|(key, value)| {
                    let value = if value.is_null() { None } else { Some(python::str(value)) };
                    [Some(python::str(key)), value].into_iter().flatten()
                }))
            }))
        });
        part(
            "TmpfsOptions",
            vec![("SizeBytes", size.map(Value::from)), ("Mode", mode.map(Value::from)), ("Options", more)],
        );
        Ok(body)
    }
}

/// A mount with the keys of its parts on one level, so that one comparison sees them all. What is
/// silent in a wanted mount does not count; in one that is there it means "no".
fn flat(mount: &Map, is_current: bool) -> Map {
    let mut flat = Map::new();
    for (key, value) in mount {
        match value.as_map() {
            Some(part) if python::str(key).ends_with("Options") => flat.extend(part.clone()),
            _ if value.is_null() => {}
            _ => {
                flat.insert(key.clone(), value.clone());
            }
        }
    }
    if is_current {
        for key in ["ReadOnly", "NoCopy", "NonRecursive", "CreateMountpoint"] {
            if !flat.contains_key(key) {
                flat.insert(key, false);
            }
        }
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volume_texts() {
        let of = |text: &str| Volume::parse(text).bind();
        assert_eq!(of("/a:/b").as_deref(), Some("/a:/b:rw"));
        assert_eq!(of("/a:/b:ro,Z").as_deref(), Some("/a:/b:ro,Z"));
        assert_eq!(of("name:/b").as_deref(), Some("name:/b:rw"));
        assert_eq!(of("/anon:rw"), None);
        assert_eq!(of("/anon"), None);
    }
}
