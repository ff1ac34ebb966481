//! What the firmware says of the machine.

use std::path::Path;

use super::read;
use crate::data::Map;
use crate::runner::Target;

/// Fact, file of the kernel, keyword of dmidecode.
const FACTS: [(&str, &str, &str); 18] = [
    ("bios_date", "bios_date", "bios-release-date"),
    ("bios_vendor", "bios_vendor", "bios-vendor"),
    ("bios_version", "bios_version", "bios-version"),
    ("board_asset_tag", "board_asset_tag", "baseboard-asset-tag"),
    ("board_name", "board_name", "baseboard-product-name"),
    ("board_serial", "board_serial", "baseboard-serial-number"),
    ("board_vendor", "board_vendor", "baseboard-manufacturer"),
    ("board_version", "board_version", "baseboard-version"),
    ("chassis_asset_tag", "chassis_asset_tag", "chassis-asset-tag"),
    ("chassis_serial", "chassis_serial", "chassis-serial-number"),
    ("chassis_vendor", "chassis_vendor", "chassis-manufacturer"),
    ("chassis_version", "chassis_version", "chassis-version"),
    ("form_factor", "chassis_type", "chassis-type"),
    ("product_name", "product_name", "system-product-name"),
    ("product_serial", "product_serial", "system-serial-number"),
    ("product_uuid", "product_uuid", "system-uuid"),
    ("product_version", "product_version", "system-version"),
    ("system_vendor", "sys_vendor", "system-manufacturer"),
];

/// The firmware standard's numbers for the shape of the machine.
const SHAPES: [&str; 37] = [
    "Unknown",
    "Other",
    "Unknown",
    "Desktop",
    "Low Profile Desktop",
    "Pizza Box",
    "Mini Tower",
    "Tower",
    "Portable",
    "Laptop",
    "Notebook",
    "Hand Held",
    "Docking Station",
    "All In One",
    "Sub Notebook",
    "Space-saving",
    "Lunch Box",
    "Main Server Chassis",
    "Expansion Chassis",
    "Sub Chassis",
    "Bus Expansion Chassis",
    "Peripheral Chassis",
    "RAID Chassis",
    "Rack Mount Chassis",
    "Sealed-case PC",
    "Multi-system",
    "CompactPCI",
    "AdvancedTCA",
    "Blade",
    "Blade Enclosure",
    "Tablet",
    "Convertible",
    "Detachable",
    "IoT Gateway",
    "Embedded PC",
    "Mini PC",
    "Stick PC",
];

pub fn collect(target: &Target) -> Map {
    let folder = Path::new("/sys/devices/virtual/dmi/id");
    if folder.join("product_name").exists() {
        return FACTS.iter().map(|(fact, file, _)| (*fact, from_kernel(&folder.join(file), file))).collect();
    }
    let program = target.find_program("dmidecode");
    let ask = |keyword: &str| {
        let finished = target.command([program.as_ref()?]).arg("-s").arg(keyword).run().ok()?;
        let text = finished.stdout_text();
        let lines = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
        (finished.is_success() && !lines.is_empty()).then_some(lines)
    };
    FACTS.iter().map(|(fact, _, keyword)| (*fact, ask(keyword).unwrap_or_else(|| "NA".to_owned()))).collect()
}

fn from_kernel(path: &Path, name: &str) -> String {
    let Some(text) = read(path) else { return "NA".to_owned() };
    if name != "chassis_type" {
        return text;
    }
    let number: Option<usize> = text.parse().ok();
    number
        .and_then(|number| SHAPES.get(number))
        .map_or_else(|| format!("unknown chassis ({text})"), |shape| (*shape).to_owned())
}
