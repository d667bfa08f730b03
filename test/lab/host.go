package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// A Host is one network namespace with a cable to its LAN.
type Host struct {
	Name string
	Dir  string // the host's own files

	lan *LAN
	ns  netns.NsHandle
	nl  *netlink.Handle

	watch io.Closer // of its addresses

	mu        sync.Mutex
	processes []*Process
	ports     int // used by Get so far
}

// command is a program of the machine in the lab's own namespace.
func command(name string, args ...string) *exec.Cmd { return exec.Command(name, args...) }

// Command is a program on the host, not started yet; TMPDIR is the host's own.
func (h *Host) Command(name string, args ...string) *exec.Cmd {
	cmd := command("ip", append([]string{"netns", "exec", h.Namespace(), name}, args...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+h.Dir)
	return cmd
}

// Run runs a program on the host to its end and returns what it printed.
func (h *Host) Run(name string, args ...string) (string, error) {
	out, err := h.Command(name, args...).CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("%s: %s %s: %w: %s", h.Name, name, strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// Do calls fn in the host's network namespace. Sockets fn opens stay there;
// goroutines fn starts do not.
func (h *Host) Do(fn func() error) error {
	result := make(chan error, 1)
	go func() {
		// The thread is not unlocked: it ends with the goroutine, so no other
		// goroutine ever runs in the wrong namespace.
		runtime.LockOSThread()
		if err := netns.Set(h.ns); err != nil {
			result <- fmt.Errorf("entering %s: %v", h.Name, err)
			return
		}
		err := errors.New("ended by FailNow") // which leaves only deferred calls
		defer func() { result <- err }()
		err = fn()
	}()
	return <-result
}

// WriteFile writes a file into the host's directory and returns its path.
func (h *Host) WriteFile(name, text string) (string, error) {
	path := filepath.Join(h.Dir, name)
	return path, os.WriteFile(path, []byte(text), 0o644)
}

// dial opens a connection from the host.
func (h *Host) dial(ctx context.Context, d net.Dialer, network, addr string) (net.Conn, error) {
	var conn net.Conn
	err := h.Do(func() error {
		var err error
		conn, err = d.DialContext(ctx, network, addr)
		return err
	})
	return conn, err
}

// Local ports Get uses, below those the kernel picks itself.
const (
	firstPort = 10000
	lastPort  = 32000
)

// nextPort is a local port no request of this host used lately. The kernel's own
// choice comes back to a port within seconds, and then IPVS knows the connection
// and sends it where it went before instead of where the scheduler says.
func (h *Host) nextPort() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ports++
	return firstPort + h.ports%(lastPort-firstPort)
}

// Get fetches a URL from the host over a new connection from a new port, as a
// first-time visitor does, and returns status and body.
func (h *Host) Get(url string, limit time.Duration) (int, string, error) {
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		return h.dial(ctx, net.Dialer{LocalAddr: &net.TCPAddr{Port: h.nextPort()}}, network, addr)
	}
	tr := &http.Transport{DialContext: dial, DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	client := http.Client{Transport: tr, Timeout: limit}
	resp, err := client.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, strings.TrimSpace(string(body)), err
}

// IPVS is the host's table as "ipvsadm -Ln" prints it.
func (h *Host) IPVS() (string, error) { return h.Run("ipvsadm", "-Ln") }

// IPVSSave is the host's table as "ipvsadm -Sn" prints it.
func (h *Host) IPVSSave() (string, error) { return h.Run("ipvsadm", "-Sn") }

func (h *Host) close() error {
	h.mu.Lock()
	procs := h.processes
	h.mu.Unlock()
	var errs []error
	for _, p := range procs {
		errs = append(errs, p.KillTree())
	}
	if h.watch != nil {
		errs = append(errs, h.watch.Close())
	}
	if h.nl != nil {
		h.nl.Close()
	}
	if h.ns.IsOpen() {
		errs = append(errs, h.ns.Close())
	}
	// A namespace goes some time after its name; the port's name must be free now.
	if port, err := netlink.LinkByName(h.portName()); err == nil {
		errs = append(errs, netlink.LinkDel(port))
	}
	if out, err := command("ip", "netns", "del", h.Namespace()).CombinedOutput(); err != nil {
		errs = append(errs, fmt.Errorf("removing namespace %s: %v: %s", h.Namespace(), err, out))
	}
	return errors.Join(errs...)
}
