package runas

import "strings"

// environment is the daemon's without the variables that have somebody else's code run
// in a script, and without those that are about the daemon itself. A script gets the
// rest, as with keepalived: its settings may come from the unit file or the container.
func environment(env []string) []string {
	kept := make([]string, 0, len(env))
	for _, e := range env {
		if name, _, _ := strings.Cut(e, "="); !unsafeVariable(name) {
			kept = append(kept, e)
		}
	}
	return kept
}

// unsafeVariable reports whether a script must not get the variable of this name. The
// first list is what names code, or data that is as good as code, to the dynamic
// loader, the C library, shells and interpreters; the second is between the daemon and
// who started it.
func unsafeVariable(name string) bool {
	switch name {
	case "BASH_ENV", "ENV", "IFS", "SHELLOPTS", "BASHOPTS", "BASH_LOADABLES_PATH", "BASH_XTRACEFD",
		"PS4", "PROMPT_COMMAND",
		"CDPATH", "GLOBIGNORE", "FPATH", "ZDOTDIR", "KSH_ENV", "AWKPATH", "AWKLIBPATH",
		"NODE_OPTIONS", "NODE_PATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH",
		"TCLLIBPATH", "GCONV_PATH", "GETCONF_DIR", "LOCPATH", "NLSPATH", "GLIBC_TUNABLES",
		"HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS", "RESOLV_HOST_CONF",
		"OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES":
		return true
	case "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES",
		"GOGC", "GODEBUG", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK", "GOCOVERDIR":
		return true
	}
	for _, prefix := range []string{"LD_", "BASH_FUNC_", "PYTHON", "PERL", "RUBY", "LUA_", "PHP_INI",
		"PHPRC", "MALLOC_", "GIT_", "HOLDFAST_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
