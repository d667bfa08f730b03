//go:build ipvs

package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/internal/report/services"
	"holdfast/internal/runas"
)

// dumped has as much as possible of what the dump file shows, and nothing that changes: no checker runs
// within its hour.
const dumped = `
global_defs {
    router_id d1
    script_user root
    enable_script_security
}
virtual_server_group g {
    10.0.0.5-6 80
    10.0.0.8 80
    fwmark 7
}
virtual_server 10.0.0.1 80 {
    delay_loop 7
    warmup 3600
    lb_algo sh
    sh-port
    lb_kind NAT
    persistence_timeout 60
    persistence_granularity 255.255.255.0
    protocol TCP
    quorum 2
    hysteresis 1
    quorum_up "/usr/bin/true up"
    quorum_down "/usr/bin/true down"
    retry 3
    delay_before_retry 2
    alpha
    omega
    inhibit_on_failure
    sorry_server 127.0.0.9 80
    sorry_server_inhibit
    connect_timeout 4
    smtp_alert
    real_server 127.0.0.1 8081 {
        weight 3
        notify_up "/usr/bin/true u"
        notify_down "/usr/bin/true d"
        uthreshold 100
        lthreshold 10
        delay_loop 3
        TCP_CHECK {
            connect_timeout 2
            connect_port 99
            bindto 127.0.0.1
            fwmark 3
        }
        HTTP_GET {
            url {
                path /a
                digest 00112233445566778899aabbccddeeff
                status_code 200-299 301
                virtualhost v.x
                regex "^ab"
            }
            fast_recovery
        }
    }
    real_server 127.0.0.2 8082 {
        SSL_GET {
            url {
                path /
            }
            enable_sni
            connect_ip 127.0.0.3
            connect_port 443
        }
    }
}
virtual_server 10.0.0.77 80 {
    ha_suspend
    warmup 3600
    lb_algo rr
    lb_kind DR
    protocol UDP
    ops
    real_server 127.0.0.2 80 {
        MISC_CHECK {
            misc_path "/usr/bin/true x"
            misc_timeout 9
            misc_dynamic
        }
    }
}
virtual_server group g {
    delay_loop 6.5
    warmup 3600
    lb_algo wrr
    lb_kind DR
    protocol UDP
    real_server 127.0.0.4 80 {
        PING_CHECK {
        }
        UDP_CHECK {
            payload 61
            require_reply 62
            min_reply_length 1
            max_reply_length 9
        }
    }
}
virtual_server fwmark 9 {
    lb_algo mh
    mh-port
    mh-fallback
    lb_kind TUN
    ip_family inet6
    real_server fd00::1 0 {
        weight 2
    }
}
`

// theirsOnly are lines that keepalived has and we have not: what its libraries are, what it keeps for
// itself, and what checkers inherit, which is shown where it counts.
var theirsOnly = wholeLines(
	` libnftnl .*`,
	` No test config before reload`,
	`     Alive: .*`, `     reloaded = False`, `   reloaded = 0`, `   previous effective_weight = .*`,
	`     Regex ref count = 1`,
	`   connection timeout = .*`, `   delay_loop = .*`, `   Delay loop = [0-9.]+`, `   Retry count = .*`,
	`   Retry delay = .*`, `   Warmup = [0-9.]+`,
	`   Last ran = 0\.000000 .*`,
)

// oursOnly are lines that keepalived has not.
var oursOnly = wholeLines(
	` Default interface = .*`,
	`   Table of mh = [0-9a-f]{16}`, `   Hash of the (configured )?table = [0-9a-f]{12}`,
	`     in use = .*`, `   effective weight of servers that are up = .*`, `   (Last|Next) attempt at = .*`,
)

func wholeLines(list ...string) *regexp.Regexp {
	return regexp.MustCompile("^(" + strings.Join(list, "|") + ")$")
}

// What keepalived writes of a configuration is what we write of it, line by line, but for what is listed
// above.
func TestKernelDumpIsThatOfKeepalived(t *testing.T) {
	scene(t)
	theirs := keepalivedDump(t)
	sh(t, "ipvsadm -C")
	text := syntax.Load(syntax.MapSource{"f": dumped}, "f", syntax.Options{})
	cfg, diags := language.Bind(text, language.Env{HostName: "d1"})
	for _, d := range diags {
		t.Log(d.Text) // what has no effect here would be no difference
	}
	runner := runas.New(runas.Options{Global: cfg.Global})
	d := launch(t, cfg, Options{Programs: runner})
	s, err := d.e.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ours := string(services.Data(s, runas.IDs))
	d.end()
	if d := cmp.Diff(comparable(theirs, theirsOnly), comparable(ours, oursOnly)); d != "" {
		t.Errorf("-keepalived +ours:\n%s", d)
	}
}

// comparable are the lines that are not left out.
func comparable(text string, leftOut *regexp.Regexp) []string {
	// keepalived's checker has not worked out what only its vrrp process needs.
	text = strings.ReplaceAll(text, "4294967295", "5")
	// It says of a service whether servers are inhibited by default, which is shown with each of them.
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	inServer := false
	return slices.DeleteFunc(lines, func(l string) bool {
		if strings.Contains(l, "------<") {
			inServer = strings.Contains(l, "Real server")
		}
		return leftOut.MatchString(l) || !inServer && strings.HasPrefix(l, "   Inhibit on failure is")
	})
}

// keepalivedDump is what keepalived writes of the configuration.
func keepalivedDump(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	conf := filepath.Join(dir, "keepalived.conf")
	if err := os.WriteFile(conf, []byte(dumped), 0o644); err != nil {
		t.Fatal(err)
	}
	file := func(name string) string { return filepath.Join(dir, name) }
	cmd := exec.Command("keepalived", "-n", "-l", "-C", "-f", conf,
		"-p", file("k.pid"), "-c", file("c.pid"), "-r", file("v.pid"))
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	log, err := os.Create(file("log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	said := func() string {
		text, err := os.ReadFile(log.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // its status says nothing about the dump
		if t.Failed() {
			t.Log(said())
		}
	}()
	until(t, "keepalived is complete", func() bool { return strings.Contains(said(), "Startup complete") })
	var text []byte
	until(t, "the file is complete", func() bool {
		// Again and again: it does not listen to signals before it is ready.
		if err := cmd.Process.Signal(syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
		text, _ = os.ReadFile(file("keepalived_check.data"))
		return strings.HasSuffix(strings.TrimRight(string(text), "\n"), "Keepalive method = UDP_CHECK") ||
			strings.Contains(string(text), "Reply data mask")
	})
	return string(text)
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(60 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("never: %s", what)
		}
	}
}
