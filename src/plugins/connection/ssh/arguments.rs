//! The arguments of the `ssh` program that users write in `ansible_ssh_common_args` and its like,
//! as lines of settings.

use super::config::Settings;

/// Options of `ssh` that take a value, and what they set.
const WITH_VALUE: &[(char, Option<&str>)] = &[
    ('o', None),
    ('J', Some("ProxyJump")),
    ('i', Some("IdentityFile")),
    ('l', Some("User")),
    ('p', Some("Port")),
    ('F', None),
    ('b', Some("BindAddress")),
    ('B', Some("BindInterface")),
    ('c', Some("Ciphers")),
    ('m', Some("MACs")),
    ('S', Some("ControlPath")),
    ('P', Some("Tag")),
    // What only makes sense for a shell of one's own is read and left.
    ('D', None),
    ('L', None),
    ('R', None),
    ('W', None),
    ('e', None),
    ('E', None),
    ('I', None),
    ('O', None),
    ('Q', None),
    ('w', None),
];

/// Options of `ssh` without a value that set something.
const FLAGS: &[(char, &str)] = &[
    ('C', "Compression=yes"),
    ('A', "ForwardAgent=yes"),
    ('a', "ForwardAgent=no"),
    ('4', "AddressFamily=inet"),
    ('6', "AddressFamily=inet6"),
    ('M', "ControlMaster=yes"),
];

/// Puts arguments into the settings, in order. Returns the file of a `-F`.
pub fn apply(settings: &mut Settings, words: &[String]) -> Result<Option<String>, String> {
    let mut config_file = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(mut cluster) = word.strip_prefix('-').filter(|cluster| !cluster.is_empty()) else {
            return Err(format!("ssh: unexpected argument '{word}'"));
        };
        while let Some(letter) = cluster.chars().next() {
            cluster = &cluster[letter.len_utf8()..];
            if let Some((_, keyword)) = WITH_VALUE.iter().find(|(option, _)| *option == letter) {
                let value = match cluster {
                    "" => words.next().ok_or_else(|| format!("option requires an argument -- {letter}"))?.as_str(),
                    attached => attached,
                };
                take(settings, letter, *keyword, value, &mut config_file);
                break;
            }
            if let Some((_, option)) = FLAGS.iter().find(|(option, _)| *option == letter) {
                settings.offer_option(option);
            } else if !"fGgKknNqsTtVvXxYy".contains(letter) {
                return Err(format!("unknown option -- {letter}"));
            }
        }
    }
    Ok(config_file)
}

fn take(settings: &mut Settings, letter: char, keyword: Option<&str>, value: &str, config_file: &mut Option<String>) {
    match (letter, keyword) {
        ('o', _) => settings.offer_option(value),
        ('F', _) => *config_file = Some(value.to_owned()),
        (_, Some(keyword)) => settings.offer_option(&format!("{keyword}=\"{value}\"")),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::shell;

    fn check(line: &str, expected: &[(&str, &str)], file: Option<&str>) {
        let mut settings = Settings::default();
        let words = shell::split(line).expect("it is well formed");
        assert_eq!(apply(&mut settings, &words), Ok(file.map(str::to_owned)), "{line}");
        assert_eq!(settings.errors, Vec::<String>::new());
        for (keyword, value) in expected {
            assert_eq!(settings.word(keyword), Some(*value), "{keyword} of {line}");
        }
    }

    #[test]
    fn arguments_are_settings() {
        check(
            "-C -o ControlMaster=auto -o ControlPersist=60s",
            &[("compression", "yes"), ("controlpersist", "60s")],
            None,
        );
        check(
            "-J a,b -i ~/k -lme -p2222 -Fnone",
            &[("proxyjump", "a,b"), ("user", "me"), ("port", "2222")],
            Some("none"),
        );
        check("-o 'ProxyCommand=ssh -W %h:%p b'", &[("proxycommand", "ssh")], None);
        check("-oStrictHostKeyChecking=no -qAT", &[("stricthostkeychecking", "no"), ("forwardagent", "yes")], None);
        check("-o Port=1 -p 2", &[("port", "1")], None);
        check("-D 8888 -N -4", &[("addressfamily", "inet")], None);
    }

    #[test]
    fn nonsense_is_refused() {
        for (words, expected) in [
            (&["-Z"][..], "unknown option -- Z"),
            (&["-o"], "option requires an argument -- o"),
            (&["host"], "ssh: unexpected argument 'host'"),
        ] {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(apply(&mut Settings::default(), &words), Err(expected.to_owned()));
        }
    }
}
