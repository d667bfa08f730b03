package lab

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// nginxConf answers every request with the server's name, /health with a page
// that is the same on every server, and /broken with status 500.
const nginxConf = `
daemon off;
master_process off;
worker_processes 1;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	keepalive_timeout 0;
	server {
		%[2]s
		default_type text/plain;
		location / { return 200 "%[3]s\n"; }
		location = /health { return 200 "%[4]s"; }
		location = /broken { return 500 "broken\n"; }
	}
}
`

// HealthPage is the body of /health on every nginx of the lab.
const HealthPage = "healthy\n"

// StartNginx starts an nginx on the host, in the foreground as one process, that
// listens on the given addresses and answers with the host's name. Its files are
// in the host's directory.
func (h *Host) StartNginx(listen ...netip.AddrPort) (*Process, error) {
	return h.startNginx(HealthPage, listen)
}

// StartNginxHealth is StartNginx with another body for /health.
func (h *Host) StartNginxHealth(health string, listen ...netip.AddrPort) (*Process, error) {
	return h.startNginx(health, listen)
}

func (h *Host) startNginx(health string, listen []netip.AddrPort) (*Process, error) {
	dir := filepath.Join(h.Dir, "nginx")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var lines []string
	for _, l := range listen {
		lines = append(lines, fmt.Sprintf("listen %v;", l))
	}
	text := fmt.Sprintf(nginxConf, dir, strings.Join(lines, "\n\t\t"), h.Name, strings.ReplaceAll(health, "\n", `\n`))
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		return nil, err
	}
	p, err := h.Start("nginx", "nginx", "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", conf)
	if err != nil {
		return nil, err
	}
	// Ready is when the host itself gets an answer.
	url := fmt.Sprintf("http://%v/", listen[0])
	err = Eventually(20*time.Second, "nginx on "+h.Name, func() (bool, string) {
		if p.Exited() {
			return false, "it ended:\n" + p.Log()
		}
		_, body, err := h.Get(url, time.Second)
		return err == nil && body == h.Name, fmt.Sprint(body, err)
	})
	return p, err
}
