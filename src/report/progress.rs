//! What the live line says: the task, how many hosts have done it, since when, who is slowest.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::engine::event::Event;

/// A task is shown only when it takes longer than this, so that quick ones do not flicker.
const SHOWN_AFTER: Duration = Duration::from_millis(400);

/// How many of the slowest hosts are named.
const NAMED: usize = 3;

/// Follows a run.
#[derive(Default)]
pub struct Progress {
    /// Tasks that are under way, the newest last.
    tasks: Vec<Task>,
}

struct Task {
    id: usize,
    name: String,
    begun: Instant,
    /// Hosts that have come to it.
    all: usize,
    done: usize,
    /// By the order in which they began.
    running: BTreeMap<usize, (Arc<str>, Instant)>,
    places: HashMap<Arc<str>, usize>,
}

impl Progress {
    pub fn on(&mut self, event: &Event, now: Instant) {
        match event {
            Event::HostStart(info, host) => {
                let task = match self.tasks.iter().position(|task| task.id == info.id) {
                    Some(place) => &mut self.tasks[place],
                    None => {
                        self.tasks.push(Task::new(info.id, info.name.clone(), now));
                        self.tasks.last_mut().expect("it was just pushed")
                    }
                };
                task.start(host, now);
            }
            Event::Result(result) => {
                let Some(place) = self.tasks.iter().position(|task| task.id == result.task.id) else { return };
                let task = &mut self.tasks[place];
                task.finish(&result.host);
                if task.running.is_empty() {
                    self.tasks.remove(place);
                }
            }
            Event::Stats(_) | Event::PlayStart(_) => self.tasks.clear(),
            _ => {}
        }
    }

    /// Whether no task is under way.
    pub fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The line for a terminal of so many columns; `None` while there is nothing worth a line.
    pub fn line(&self, now: Instant, columns: usize) -> Option<String> {
        let task = self.tasks.last().filter(|task| now.duration_since(task.begun) >= SHOWN_AFTER)?;
        let since = |moment: Instant| seconds(now.duration_since(moment));
        let slowest = task.running.values().take(NAMED).map(|(host, begun)| format!("{host} {}", since(*begun)));
        let slowest = slowest.collect::<Vec<_>>().join(", ");
        let counts = format!("{}/{} hosts, {}", task.done, task.all, since(task.begun));
        let name: String = task.name.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        // The name gives way first: what moves is what people look at.
        let room = columns.saturating_sub(counts.width() + 4).max(8);
        Some(cut(&format!("{}  {counts}: {slowest}", cut(&name, room)), columns))
    }
}

impl Task {
    fn new(id: usize, name: String, now: Instant) -> Self {
        Self { id, name, begun: now, all: 0, done: 0, running: BTreeMap::new(), places: HashMap::new() }
    }

    fn start(&mut self, host: &Arc<str>, now: Instant) {
        self.running.insert(self.all, (Arc::clone(host), now));
        self.places.insert(Arc::clone(host), self.all);
        self.all += 1;
    }

    fn finish(&mut self, host: &Arc<str>) {
        if let Some(place) = self.places.remove(host) {
            self.running.remove(&place);
            self.done += 1;
        }
    }
}

fn seconds(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{:02}s", seconds % 60),
        (hours, minutes) => format!("{hours}h{:02}m", minutes % 60),
    }
}

/// The text as far as it fits, with a mark where it was cut.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut room = columns.saturating_sub(1);
    let fits = |letter: &char| match letter.width() {
        Some(width) if width <= room => {
            room -= width;
            true
        }
        _ => false,
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Map;
    use crate::diagnostic::Origin;
    use crate::engine::event::{HostResult, TaskInfo};

    fn task(name: &str) -> Arc<TaskInfo> {
        Arc::new(TaskInfo {
            id: name.len(),
            name: name.to_owned(),
            action: "ping".to_owned(),
            args: Map::new(),
            is_handler: false,
            is_include: false,
            looped: false,
            check: false,
            diff: false,
            no_log: false,
            origin: Origin::none(),
        })
    }

    /// Hosts begin a task one second after the other; some are done; then the line is looked at.
    fn check(name: &str, hosts: &[&str], done: &[&str], wait: u64, columns: usize, expected: Option<&str>) {
        let (task, start) = (task(name), Instant::now());
        let mut progress = Progress::default();
        for (number, host) in hosts.iter().enumerate() {
            let now = start + Duration::from_secs(number as u64);
            progress.on(&Event::HostStart(Arc::clone(&task), (*host).into()), now);
        }
        for host in done {
            let result =
                HostResult { host: (*host).into(), task: Arc::clone(&task), result: Arc::default(), ignored: false };
            progress.on(&Event::Result(result), start);
        }
        let line = progress.line(start + Duration::from_secs(wait), columns);
        assert_eq!(line.as_deref(), expected);
    }

    #[test]
    fn the_line_tells_of_the_newest_task() {
        check("install", &["a", "b", "c"], &["b"], 75, 60, Some("install  1/3 hosts, 1m15s: a 1m15s, c 1m13s"));
        check("install", &["a"], &["a"], 9, 60, None);
        check("install", &["a"], &[], 0, 60, None);
        check("ab\ncd", &["a"], &[], 3700, 60, Some("ab cd  0/1 hosts, 1h01m: a 1h01m"));
        let hosts = ["h1", "h2", "h3", "h4", "h5"];
        check("tässk", &hosts, &["h1"], 9, 60, Some("tässk  1/5 hosts, 9s: h2 8s, h3 7s, h4 6s"));
        check("a task with a very long name", &["a", "b"], &[], 5, 30, Some("a task with …  0/2 hosts, 5s:…"));
    }
}
