# The everyday commands.

# Everything that must hold before a change lands.
ci:
    .ci/run

# Every test, with what they need installed first.
test *args:
    ./test {{args}}

# One kind of recorded cases: templates, values, inventory, playbooks.
conformance kind:
    cargo test --release conformance::{{kind}} -- --nocapture

# Format and lint.
tidy:
    cargo fmt --all
    cargo clippy --release --all-targets --workspace -- -D warnings

# The three hosts in one process.
demo:
    cargo run --release -- demo

# Micro-benchmarks.
bench *args:
    cargo bench {{args}}
