# Shell functions that the scripts share; sourced, never run.

say() {
    printf '\033[1m%s\033[0m\n' "$*" >&2
}

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Runs a command whose output matters only when it fails.
quietly() {
    local output
    output=$("$@" 2>&1) || {
        printf '%s\n' "$output" >&2
        return 1
    }
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Intel CET and Arm BTI/PAC: the same protection, named differently.
control_flow_flag() {
    case $(uname -m) in
    x86_64) echo -fcf-protection=full ;;
    aarch64) echo -mbranch-protection=standard ;;
    esac
}
