//! The target's clock, in all the shapes that playbooks use.

use super::Gathering;
use crate::data::{Map, Value};

pub fn collect(gathering: &mut Gathering<'_>) -> Map {
    let local = gathering.target.environment().now();
    let utc = local.with_time_zone(jiff::tz::TimeZone::UTC);
    let shown = |format: &str| Value::text(local.strftime(format).to_string());
    let micros = local.subsec_nanosecond() / 1000;
    let epoch = local.timestamp().as_second().to_string();
    let facts = Map::from([
        ("year", shown("%Y")),
        ("month", shown("%m")),
        ("weekday", shown("%A")),
        ("weekday_number", shown("%w")),
        ("weeknumber", shown("%W")),
        ("day", shown("%d")),
        ("hour", shown("%H")),
        ("minute", shown("%M")),
        ("second", shown("%S")),
        ("epoch", epoch.as_str().into()),
        ("epoch_int", epoch.as_str().into()),
        ("date", shown("%Y-%m-%d")),
        ("time", shown("%H:%M:%S")),
        ("iso8601_micro", format!("{}.{micros:06}Z", utc.strftime("%Y-%m-%dT%H:%M:%S")).into()),
        ("iso8601", utc.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into()),
        ("iso8601_basic", format!("{}{micros:06}", local.strftime("%Y%m%dT%H%M%S")).into()),
        ("iso8601_basic_short", shown("%Y%m%dT%H%M%S")),
        ("tz", shown("%Z")),
        ("tz_dst", summer_name(&local).into()),
        ("tz_offset", shown("%z")),
    ]);
    Map::from([("date_time", facts)])
}

/// The zone's name in summer; the usual one where there is no summer time.
fn summer_name(now: &jiff::Zoned) -> String {
    let zone = now.time_zone();
    let year = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * 366);
    let summer = zone.following(year).take(4).find(|change| change.dst().is_dst());
    summer.map_or_else(|| now.strftime("%Z").to_string(), |change| change.abbreviation().to_owned())
}
