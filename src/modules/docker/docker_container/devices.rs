//! Devices, their limits, and limits of the process.

use crate::data::Map;
use crate::object;
use crate::runner::Failure;
use crate::runner::docker::units;

use super::compare::Kind;
use super::options::ContainerOptions;
use super::settings::{Existing, Place, Settings, list};

pub fn gather(options: &ContainerOptions, existing: Existing, settings: &mut Settings) -> Result<(), Failure> {
    let mut add = |name: &'static str, key: &'static str, items: Option<Vec<Map>>| {
        if let Some(items) = items {
            let value = list(items);
            settings.add(name, Kind::SetOfMaps, Place::Host(key), value.clone(), value, existing.host(key));
        }
    };
    for (name, key, rates) in [
        ("device_read_bps", "BlkioDeviceReadBps", &options.device_read_bps),
        ("device_write_bps", "BlkioDeviceWriteBps", &options.device_write_bps),
    ] {
        let rate = |rate: &super::options::DeviceRate| {
            let bytes = units::bytes(&rate.rate)
                .map_err(|error| Failure::new(format!("Failed to convert {name} rate to bytes: {error}")))?;
            Ok::<_, Failure>(object! { "Path" => rate.path.as_str(), "Rate" => bytes })
        };
        let items = rates.as_ref().map(|rates| rates.iter().map(rate).collect::<Result<Vec<_>, _>>()).transpose()?;
        add(name, key, items);
    }
    for (name, key, rates) in [
        ("device_read_iops", "BlkioDeviceReadIOps", &options.device_read_iops),
        ("device_write_iops", "BlkioDeviceWriteIOps", &options.device_write_iops),
    ] {
        let item = |rate: &super::options::DeviceCount| object! { "Path" => rate.path.as_str(), "Rate" => rate.rate };
        add(name, key, rates.as_ref().map(|rates| rates.iter().map(item).collect()));
    }
    add("devices", "Devices", options.devices.as_ref().map(|items| items.iter().map(|text| device(text)).collect()));
    let requests = options.device_requests.as_ref().map(|requests| {
        let request = |request: &super::options::DeviceRequest| {
            object! {
                "Driver" => request.driver.as_deref().unwrap_or_default(),
                "Count" => request.count.unwrap_or(0),
                "DeviceIDs" => list(request.device_ids.clone().unwrap_or_default()),
                "Capabilities" => list(request.capabilities.clone().unwrap_or_default()),
                "Options" => super::super::texts(&request.options.clone().unwrap_or_default()),
            }
        };
        requests.iter().map(request).collect()
    });
    add("device_requests", "DeviceRequests", requests);
    let limits =
        options.ulimits.as_ref().map(|items| items.iter().map(|text| limit(text)).collect::<Result<Vec<_>, _>>());
    add("ulimits", "Ulimits", limits.transpose()?);
    Ok(())
}

/// `/dev/a`, `/dev/a:/dev/b`, `/dev/a:/dev/b:rw`.
fn device(text: &str) -> Map {
    let mut parts = text.splitn(3, ':');
    let host = parts.next().unwrap_or_default();
    let (inside, permissions) = (parts.next().unwrap_or(host), parts.next().unwrap_or("rwm"));
    object! { "PathOnHost" => host, "PathInContainer" => inside, "CgroupPermissions" => permissions }
}

/// `nofile:1024` or `nofile:1024:2048`.
fn limit(text: &str) -> Result<Map, Failure> {
    let mut parts = text.split(':');
    let name = parts.next().unwrap_or_default();
    let number = |part: Option<&str>| {
        part.map(|part| {
            part.trim().parse::<i64>().map_err(|_| Failure::new(format!("Error parsing ulimits value {text}")))
        })
        .transpose()
    };
    let soft = number(parts.next())?.ok_or_else(|| Failure::new(format!("Error parsing ulimits value {text}")))?;
    let hard = number(parts.next())?;
    Ok(object! { "Name" => name, "Soft" => soft, "Hard" => hard.unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Value;

    #[test]
    fn devices_and_limits() {
        let text = |map: Map| format!("{:?}", Value::from(map));
        assert!(text(device("/dev/a")).contains("\"/dev/a\""));
        assert!(text(device("/dev/a:/dev/b:r")).contains("\"r\""));
        assert!(limit("nofile:1:2").is_ok() && limit("nofile").is_err() && limit("nofile:x").is_err());
    }
}
