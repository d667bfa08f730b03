package runas

import (
	"slices"
	"testing"
)

func TestEnvironment(t *testing.T) {
	kept := []string{"PATH=/bin", "HOME=/root", "LANG=C", "LC_ALL=C", "TZ=UTC", "TMPDIR=/x", "SITE=a=b", "KEEPALIVED_OPTIONS=-D", "AWS_REGION=x", "http_proxy=y", "LDAP=z", "EMPTY="}
	taken := []string{
		"IFS=x", "LD_PRELOAD=x", "LD_LIBRARY_PATH=x", "LD_AUDIT=x", "NOTIFY_SOCKET=x", "BASH_ENV=x", "ENV=x", "BASH_FUNC_ls%%=() { :; }",
		"SHELLOPTS=xtrace", "PS4=$(x)", "PYTHONPATH=x", "PYTHONSTARTUP=x", "PERL5LIB=x", "PERL5OPT=-Mx", "PERLLIB=x", "RUBYOPT=-rx", "RUBYLIB=x",
		"NODE_OPTIONS=--require=x", "JAVA_TOOL_OPTIONS=x", "LUA_INIT=x", "GCONV_PATH=x", "GLIBC_TUNABLES=x", "LOCALDOMAIN=x", "RES_OPTIONS=x",
		"OPENSSL_CONF=x", "GIT_SSH_COMMAND=x", "HOLDFAST_DIR=/", "GODEBUG=x", "WATCHDOG_USEC=1", "LISTEN_FDS=1",
	}
	if got := environment(slices.Concat(taken, kept)); !slices.Equal(got, kept) {
		t.Errorf("got %q, want %q", got, kept)
	}
}
