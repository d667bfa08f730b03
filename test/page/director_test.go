//go:build e2e

package page

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A director is a real daemon in these namespaces.
type director struct {
	t   *testing.T
	dir string
	cmd *exec.Cmd
	url string
}

// hostile is a name that a careless page would run.
const hostile = `<img src=x onerror=window.hacked=1>`

// conf has a virtual router that gets its address, one whose interface is down, one with a name that means no good, and
// a BFD session.
const conf = `global_defs {
    router_id page
    enable_script_security
    script_user root
}
vrrp_track_file load {
    file "/run/load"
}
vrrp_script chk_web {
    script "/bin/true"
    interval 1
}
vrrp_sync_group PAIR {
    group {
        VI_web
        VI_mail
    }
}
vrrp_instance VI_web {
    interface hf0
    virtual_router_id 51
    priority 100
    advert_int 0.3
    version 3
    track_script {
        chk_web
    }
    virtual_ipaddress {
        10.77.0.1/24
        10.77.0.2/24
    }
}
vrrp_instance VI_mail {
    interface hf0
    virtual_router_id 52
    priority 150
    advert_int 0.3
    version 3
    virtual_ipaddress {
        10.77.0.3/24
    }
}
vrrp_instance VI_lab {
    interface hf2
    virtual_router_id 53
    priority 90
    advert_int 0.3
    version 3
    virtual_ipaddress {
        10.78.0.1/24
    }
}
vrrp_instance "` + hostile + `" {
    interface hf0
    virtual_router_id 54
    priority 80
    advert_int 0.3
    version 3
    track_file {
        load weight 1
    }
    virtual_ipaddress {
        10.77.0.4/24
    }
}
bfd_instance peer {
    neighbor_ip 10.77.0.200
    source_ip 10.77.0.9
}
`

// port is where the daemon shows the page.
const port = "127.0.0.1:9165"

// boot starts a daemon.
func boot(t *testing.T) *director {
	t.Helper()
	d := &director{t: t, dir: t.TempDir(), url: "http://" + port + "/"}
	for _, line := range []string{"link add hf0 type veth peer name hf1", "link set hf0 up", "link set hf1 up", "addr add 10.77.0.9/24 dev hf0",
		"link add hf2 type veth peer name hf3", "link set hf3 up", "addr add 10.78.0.9/24 dev hf2"} {
		d.ip(line)
	}
	t.Cleanup(func() { d.ip("link del hf0"); d.ip("link del hf2") })
	must(t, os.WriteFile("/run/load", []byte("5\n"), 0o644))
	must(t, os.WriteFile(filepath.Join(d.dir, "conf"), []byte(conf), 0o644))
	d.start()
	t.Cleanup(func() {
		_ = d.cmd.Process.Signal(syscall.SIGCONT)
		_ = d.cmd.Process.Signal(syscall.SIGTERM)
		_ = d.cmd.Wait()
	})
	return d
}

func (d *director) ip(line string) {
	d.t.Helper()
	if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
		d.t.Fatalf("ip %s: %v\n%s", line, err, out)
	}
}

func (d *director) start() {
	d.t.Helper()
	d.cmd = exec.Command(root(d.t, "bin", "holdfast"), "-n", "-l", "-D", "-G", "-f", filepath.Join(d.dir, "conf"), "--metrics", port)
	log, err := os.OpenFile(filepath.Join(d.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	must(d.t, err)
	defer log.Close()
	d.cmd.Stderr = log
	must(d.t, d.cmd.Start())
	eventually(d.t, "the page is there", func() bool {
		r, err := http.Get(d.url)
		if err != nil {
			return false
		}
		defer r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
}

// page is the page as the daemon gives it.
func (d *director) page() (http.Header, []byte) {
	d.t.Helper()
	r, err := http.Get(d.url)
	must(d.t, err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	must(d.t, err)
	return r.Header, text
}

// A director is looked at, one of whose virtual routers has no link; it gets one; the daemon is stopped, goes on, is
// killed and started again: at every moment the page says what is, and nobody has to look twice.
func TestADirector(t *testing.T) {
	d := boot(t)
	b := browse(t, false)
	b.opens(d.url)
	b.waits(`document.querySelectorAll("#router-list > li").length === 4`)
	b.waits(state("VI_web") + ` === "MASTER" && ` + state("VI_lab") + ` === "FAULT"`)
	b.waits(`document.querySelector("#tiles").innerText.includes("MASTER of 3 of 4")`)
	b.waits(`document.querySelector("#session-rows").innerText.includes("peer")`)
	for what, want := range map[string]string{"#router-list": hostile, "#tracker-rows": "script chk_web", "#warning-list": "VI_lab",
		"#daemon-facts": "Sync group PAIR", "#subtitle": "running for"} {
		if got := b.text(what); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	if got := eval[string](b, `document.querySelector("#picture svg").textContent`); !strings.Contains(got, "VI_web") || !strings.Contains(got, "FAULT") {
		t.Errorf("the picture: %q", got)
	}
	b.accessible("light")
	b.shoot("director-light")

	// What has the focus keeps it, whatever is drawn beside it; a change is said.
	b.focus("#history > summary")
	d.ip("link set hf2 up")
	b.waits(state("VI_lab") + ` === "MASTER"`)
	b.waits(`document.querySelector("#said").textContent.includes("VI_lab")`)
	if !eval[bool](b, `document.activeElement === document.querySelector("#history > summary")`) {
		t.Error("the focus was lost")
	}

	must(t, d.cmd.Process.Signal(syscall.SIGSTOP))
	stopped := time.Now()
	b.waits(`document.body.classList.contains("dead")`)
	if took := time.Since(stopped); took > 30*time.Second {
		t.Errorf("it was seen after %v that the daemon does not answer", took)
	}
	b.isNotCurrent()
	must(t, d.cmd.Process.Signal(syscall.SIGCONT))
	b.waits(state("VI_web") + ` === "MASTER" && !document.body.classList.contains("dead")`)

	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
	b.waits(`document.body.classList.contains("dead")`)
	b.isNotCurrent()
	b.accessible("dead")
	b.shoot("dead-light")
	d.start()
	b.waits(state("VI_web") + ` === "MASTER" && !document.body.classList.contains("dead")`)
	if b.violated() {
		t.Error("the page wanted what its policy does not allow, or ran what it should not")
	}

	dark := browse(t, true)
	dark.opens(d.url)
	dark.waits(state("VI_web") + ` === "MASTER"`)
	dark.accessible("dark")
	dark.shoot("director-dark")
}

// state is what the page says of a virtual router, as an expression.
func state(name string) string {
	return `[...document.querySelectorAll("#router-list > li")].filter((li) => li.querySelector("h3").textContent === ` + "`" + name + "`" +
		`).map((li) => li.querySelector(".badge").textContent).join()`
}

// isNotCurrent looks for anything that is shown as if it were so now.
func (b *browser) isNotCurrent() {
	b.t.Helper()
	said := eval[[]string](b, `[...document.querySelectorAll("main .badge")].filter((e) => e.offsetParent !== null && !e.closest("#history")).
		map((e) => e.textContent).filter((text) => !text.startsWith("was ") && text !== "")`)
	if len(said) > 0 {
		b.t.Errorf("shown as if it were so now: %q", said)
	}
	if alarm := b.text("#alarm"); !strings.Contains(alarm, "not answering since") {
		b.t.Errorf("the alarm: %q", alarm)
	}
}
