//! Options of the lookup plugins of ansible-core 2.19.

use super::super::declare::{Default, Setting, setting};
use super::Plugin;

pub(super) const PLUGINS: &[Plugin] = &[
    Plugin { name: "config", options: CONFIG, deprecated: false },
    Plugin { name: "csvfile", options: CSVFILE, deprecated: false },
    Plugin { name: "dict", options: DICT, deprecated: false },
    Plugin { name: "env", options: ENV, deprecated: false },
    Plugin { name: "file", options: FILE, deprecated: false },
    Plugin { name: "fileglob", options: FILEGLOB, deprecated: false },
    Plugin { name: "first_found", options: FIRST_FOUND, deprecated: false },
    Plugin { name: "indexed_items", options: INDEXED_ITEMS, deprecated: false },
    Plugin { name: "ini", options: INI, deprecated: false },
    Plugin { name: "inventory_hostnames", options: &[], deprecated: false },
    Plugin { name: "items", options: ITEMS, deprecated: false },
    Plugin { name: "lines", options: LINES, deprecated: false },
    Plugin { name: "list", options: &[], deprecated: false },
    Plugin { name: "nested", options: NESTED, deprecated: false },
    Plugin { name: "password", options: PASSWORD, deprecated: false },
    Plugin { name: "pipe", options: PIPE, deprecated: false },
    Plugin { name: "random_choice", options: &[], deprecated: false },
    Plugin { name: "sequence", options: SEQUENCE, deprecated: false },
    Plugin { name: "subelements", options: SUBELEMENTS, deprecated: false },
    Plugin { name: "template", options: TEMPLATE, deprecated: false },
    Plugin { name: "together", options: TOGETHER, deprecated: false },
    Plugin { name: "unvault", options: UNVAULT, deprecated: false },
    Plugin { name: "url", options: URL, deprecated: false },
    Plugin { name: "varnames", options: VARNAMES, deprecated: false },
    Plugin { name: "vars", options: VARS, deprecated: false },
];

const CONFIG: &[Setting] = &[
    setting("_terms", "What to look up.").required(),
    setting("on_missing", "What happens when a setting is not known.")
        .kind("string")
        .default(Default::Text("error"))
        .choices(&["error", "skip", "warn"]),
    setting("plugin_name", "Plugin whose setting is meant.").kind("string"),
    setting("plugin_type", "Type of that plugin.").kind("string").choices(&[
        "become",
        "cache",
        "callback",
        "cliconf",
        "connection",
        "httpapi",
        "inventory",
        "lookup",
        "netconf",
        "shell",
        "vars",
    ]),
    setting("show_origin", "Return where the value is from, too.").kind("bool"),
];

const CSVFILE: &[Setting] = &[
    setting("col", "Column of the result.").kind("int").default(Default::Int(1)),
    setting("default", "Result when nothing is found."),
    setting("delimiter", "What separates fields.").default(Default::Text("TAB")),
    setting("encoding", "Encoding of the file.").default(Default::Text("utf-8")),
    setting("file", "The file to look in.").default(Default::Text("ansible.csv")),
    setting("keycol", "Column of the key.").kind("int").default(Default::Int(0)),
];

const DICT: &[Setting] = &[setting("_terms", "What to look up.").required()];

const ENV: &[Setting] = &[
    setting("_terms", "What to look up.").required(),
    setting("default", "Result when nothing is found.").kind("raw").default(Default::Text("")),
];

const FILE: &[Setting] = &[
    setting("_terms", "What to look up.").required(),
    setting("lstrip", "Drop blanks at the start.").kind("bool").default(Default::Bool(false)),
    setting("rstrip", "Drop blanks at the end.").kind("bool").default(Default::Bool(true)),
];

const FILEGLOB: &[Setting] = &[setting("_terms", "What to look up.").required()];

const FIRST_FOUND: &[Setting] = &[
    setting("_terms", "What to look up."),
    setting("files", "Names of files.").kind("list").default(Default::Texts(&[])),
    setting("paths", "Folders to look in.").kind("list").default(Default::Texts(&[])),
    setting("skip", "Return nothing when nothing is found.").kind("boolean").default(Default::Bool(false)),
];

const INDEXED_ITEMS: &[Setting] = &[setting("_terms", "What to look up.").required()];

const INI: &[Setting] = &[
    setting("_terms", "What to look up.").required(),
    setting("allow_no_value", "Take keys without a value.").kind("bool").default(Default::Bool(false)),
    setting("case_sensitive", "Tell capitals from small letters.").default(Default::Bool(false)),
    setting("default", "Result when nothing is found.").default(Default::Text("")),
    setting("encoding", "Encoding of the file.").default(Default::Text("utf-8")),
    setting("file", "The file to look in.").default(Default::Text("ansible.ini")),
    setting("interpolation", "Replace references in values.").kind("bool").default(Default::Bool(true)),
    setting("re", "Take the key as a pattern.").kind("boolean").default(Default::Bool(false)),
    setting("section", "The section to look in.").default(Default::Text("global")),
    setting("type", "Format of the file.").default(Default::Text("ini")).choices(&["ini", "properties"]),
];

const ITEMS: &[Setting] = &[setting("_terms", "What to look up.").required()];

const LINES: &[Setting] = &[setting("_terms", "What to look up.").required()];

const NESTED: &[Setting] = &[setting("_raw", "The lists to combine.").required()];

const PASSWORD: &[Setting] = &[
    setting("_terms", "What to look up.").required(),
    setting("chars", "Characters to choose from.").kind("list").default(Default::Texts(&[
        "ascii_letters",
        "digits",
        ".,:-_",
    ])),
    setting("encrypt", "Hash the password so."),
    setting("ident", "Variant of the hash.").kind("string"),
    setting("length", "How many characters.").kind("integer").default(Default::Int(20)),
    setting("seed", "Make the choice repeatable.").kind("str"),
];

const PIPE: &[Setting] = &[setting("_terms", "What to look up.").required()];

const SEQUENCE: &[Setting] = &[
    setting("count", "How many numbers.").kind("integer"),
    setting("end", "The last number.").kind("integer"),
    setting("format", "How to print each.").default(Default::Text("%d")),
    setting("start", "The first number.").kind("integer").default(Default::Int(1)),
    setting("stride", "Distance between numbers.").kind("integer").default(Default::Int(1)),
];

const SUBELEMENTS: &[Setting] = &[
    setting("_terms", "What to look up.").required(),
    setting("skip_missing", "Pass over items without the key.").default(Default::Bool(false)),
];

const TEMPLATE: &[Setting] = &[
    setting("_terms", "What to look up."),
    setting("comment_end_string", "End of a comment.").kind("str").default(Default::Text("#}")),
    setting("comment_start_string", "Start of a comment.").kind("str").default(Default::Text("{#")),
    setting("convert_data", "Without effect.").kind("bool").default(Default::Bool(true)).deprecated("2.23"),
    setting("jinja2_native", "Without effect.").kind("bool").default(Default::Bool(true)).deprecated("2.23"),
    setting("template_vars", "Additional variables.").kind("dict").default(Default::Pairs(&[])),
    setting("trim_blocks", "Drop the newline after a block.").kind("bool").default(Default::Bool(true)),
    setting("variable_end_string", "End of an expression.").kind("str").default(Default::Text("}}")),
    setting("variable_start_string", "Start of an expression.").kind("str").default(Default::Text("{{")),
];

const TOGETHER: &[Setting] = &[setting("_terms", "What to look up.").required()];

const UNVAULT: &[Setting] = &[setting("_terms", "What to look up.").required()];

const URL: &[Setting] = &[
    setting("_terms", "What to look up."),
    setting("ca_path", "Certificates of authorities.")
        .kind("string")
        .env(&["ANSIBLE_LOOKUP_URL_CA_PATH"])
        .ini(&[("url_lookup", "ca_path")])
        .vars(&["ansible_lookup_url_ca_path"]),
    setting("ciphers", "Ciphers that may be used.")
        .kind("list")
        .env(&["ANSIBLE_LOOKUP_URL_CIPHERS"])
        .ini(&[("url_lookup", "ciphers")])
        .vars(&["ansible_lookup_url_ciphers"]),
    setting("follow_redirects", "Which redirections are followed.")
        .kind("string")
        .default(Default::Text("urllib2"))
        .env(&["ANSIBLE_LOOKUP_URL_FOLLOW_REDIRECTS"])
        .ini(&[("url_lookup", "follow_redirects")])
        .choices(&["all", "no", "none", "safe", "urllib2", "yes"])
        .vars(&["ansible_lookup_url_follow_redirects"]),
    setting("force", "Bypass caches.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_LOOKUP_URL_FORCE"])
        .ini(&[("url_lookup", "force")])
        .vars(&["ansible_lookup_url_force"]),
    setting("force_basic_auth", "Send name and password at once.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_LOOKUP_URL_FORCE_BASIC_AUTH"])
        .ini(&[("url_lookup", "force_basic_auth")])
        .vars(&["ansible_lookup_url_force_basic_auth"]),
    setting("headers", "Additional headers.").kind("dictionary").default(Default::Pairs(&[])),
    setting("http_agent", "Name of the client.")
        .kind("string")
        .default(Default::Text("ansible-httpget"))
        .env(&["ANSIBLE_LOOKUP_URL_AGENT"])
        .ini(&[("url_lookup", "agent")])
        .vars(&["ansible_lookup_url_agent"]),
    setting("password", "The password to log in with.").kind("string"),
    setting("split_lines", "Return a list of lines.").kind("boolean").default(Default::Bool(true)),
    setting("timeout", "Seconds until an attempt is given up.")
        .kind("float")
        .default(Default::Int(10))
        .env(&["ANSIBLE_LOOKUP_URL_TIMEOUT"])
        .ini(&[("url_lookup", "timeout")])
        .vars(&["ansible_lookup_url_timeout"]),
    setting("unix_socket", "Socket to connect to.")
        .kind("string")
        .env(&["ANSIBLE_LOOKUP_URL_UNIX_SOCKET"])
        .ini(&[("url_lookup", "unix_socket")])
        .vars(&["ansible_lookup_url_unix_socket"]),
    setting("unredirected_headers", "Headers that are dropped when redirected.")
        .kind("list")
        .env(&["ANSIBLE_LOOKUP_URL_UNREDIR_HEADERS"])
        .ini(&[("url_lookup", "unredirected_headers")])
        .vars(&["ansible_lookup_url_unredir_headers"]),
    setting("use_gssapi", "Authenticate by GSSAPI.")
        .kind("boolean")
        .default(Default::Bool(false))
        .env(&["ANSIBLE_LOOKUP_URL_USE_GSSAPI"])
        .ini(&[("url_lookup", "use_gssapi")])
        .vars(&["ansible_lookup_url_use_gssapi"]),
    setting("use_netrc", "Use the passwords in .netrc.")
        .kind("boolean")
        .default(Default::Bool(true))
        .env(&["ANSIBLE_LOOKUP_URL_USE_NETRC"])
        .ini(&[("url_lookup", "use_netrc")])
        .vars(&["ansible_lookup_url_use_netrc"]),
    setting("use_proxy", "Use the proxy of the environment.").kind("boolean").default(Default::Bool(true)),
    setting("username", "The user name.").kind("string"),
    setting("validate_certs", "Check certificates.").kind("boolean").default(Default::Bool(true)),
];

const VARNAMES: &[Setting] = &[setting("_terms", "What to look up.").required()];

const VARS: &[Setting] =
    &[setting("_terms", "What to look up.").required(), setting("default", "Result when nothing is found.")];
