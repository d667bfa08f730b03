//go:build ipvs

package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/source"
	"holdfast/config/syntax"
)

// grouped is a configuration of four virtual servers over three groups, with every form
// of entry and both ways to reach a server.
const grouped = `
virtual_server_group nat {
    fwmark 5
    127.1.0.1-3 8080
    127.1.1.0/30 8081
    127.1.2.1-127.1.2.2 8082
    fwmark 6 inet
}
virtual_server group nat {
    delay_loop 1
    protocol TCP
    lb_algo rr
    lb_kind NAT
    real_server 127.0.0.2 8080 {
        TCP_CHECK {
            connect_timeout 1
            retry 0
            warmup 0
        }
    }
    real_server 127.0.0.3 {
    }
}
virtual_server_group direct {
    127.2.0.1 80
    127.2.0.2 81
}
virtual_server group direct {
    protocol UDP
    lb_algo wlc
    lb_kind DR
    persistence_timeout 50
    real_server 127.0.0.2 8080 {
        weight 3
    }
    real_server 127.0.0.3 {
    }
}
virtual_server group direct {
    protocol TCP
    lb_algo rr
    lb_kind DR
    real_server 127.0.0.4 80 {
    }
}
virtual_server_group marked {
    fwmark 7
}
virtual_server group marked {
    lb_algo sh
    lb_kind TUN
    real_server 127.0.0.4 80 {
    }
}
`

// beside runs keepalived with a configuration file until ipvsadm shows the same three
// times in a row, and gives that.
func beside(t *testing.T, file string) string {
	t.Helper()
	dir := t.TempDir()
	pid := filepath.Join(dir, "pid")
	cmd := exec.Command("/usr/sbin/keepalived", "-n", "-l", "-C", "-f", file, "-p", pid, "-c", filepath.Join(dir, "check"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		sh(t, "ipvsadm -C") // 2.2.7 leaves services of ranges behind (semantics 8.33)
	}()
	last, same := "", 0
	for deadline := time.Now().Add(15 * time.Second); same < 3; time.Sleep(100 * time.Millisecond) {
		now := sh(t, "ipvsadm -Sn")
		if now == last && now != "" {
			same++
		} else {
			last, same = now, 0
		}
		if time.Now().After(deadline) {
			t.Fatalf("keepalived does not come to rest:\n%s", now)
		}
	}
	return last
}

func readConfig(t *testing.T, file string) *config.Config {
	t.Helper()
	cfg, diags := language.Bind(syntax.Load(source.OS{}, file, syntax.Options{}), language.Env{HostName: "director"})
	if !language.Runnable(diags) {
		t.Fatal(diags)
	}
	return cfg
}

// Semantics 8.15: the table of a group is that of keepalived; a server that fails leaves
// all its services, and stop and reload leave nothing behind.
func TestKernelGroupsAsKeepalivedHasThem(t *testing.T) {
	scene(t)
	b := serve(t, "127.0.0.2:8080")
	file := filepath.Join(t.TempDir(), "keepalived.conf")
	if err := os.WriteFile(file, []byte(grouped), 0o644); err != nil {
		t.Fatal(err)
	}
	want := beside(t, file)
	for _, line := range []string{"-a -t 127.1.1.3:8081 -r 127.0.0.2:8080 -m -w 1", "-a -f 5 -r 127.0.0.3:0 -m", "-a -u 127.2.0.2:81 -r 127.0.0.2:81 -g -w 3"} {
		if !strings.Contains(want, line) {
			t.Errorf("keepalived has no %s:\n%s", line, want)
		}
	}
	d := launch(t, readConfig(t, file), Options{})
	eventually(t, 0, want)
	b.close()
	without := ""
	for _, line := range strings.SplitAfter(want, "\n") {
		if !strings.Contains(line, "-r 127.0.0.2:8080 -m") {
			without += line
		}
	}
	eventually(t, 5*time.Second, without)
	b.open()
	eventually(t, 5*time.Second, want)

	changed := strings.NewReplacer("127.1.0.1-3", "127.1.0.2-4", "fwmark 5", "fwmark 8", "127.2.0.2 81", "127.2.0.3 81").Replace(grouped)
	if err := os.WriteFile(file, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	d.load(readConfig(t, file))
	reloaded := sh(t, "ipvsadm -Sn")
	d.end()
	eventually(t, 0, "")
	if other := beside(t, file); other != reloaded {
		t.Errorf("after a reload\n%s\nkeepalived started with it has\n%s", reloaded, other)
	}
}
