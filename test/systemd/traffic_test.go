//go:build ipvs

package systemd

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/vishvananda/netns"
)

// servicesConf are two real servers that are one host, behind the address of the half hour.
const servicesConf = `
virtual_server 192.0.2.9 80 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 192.0.2.20 80 {
        TCP_CHECK {
            connect_timeout 3
        }
    }
    real_server 192.0.2.21 80 {
        TCP_CHECK {
            connect_timeout 3
        }
    }
}
`

// trafficNetwork is a host with two web servers behind this director, and one of a client before it.
func (m *machine) trafficNetwork() {
	m.Helper()
	m.Cleanup(func() {
		for _, line := range []string{"ip netns del web", "ip netns del client", "sysctl -q -w net.ipv4.ip_forward=0"} {
			_, _ = run("sh", "-c", line)
		}
	})
	for _, line := range []string{
		"ip netns add web", "ip link add switch2 type veth peer name eth0 netns web", "ip link set switch2 master br0 up",
		"ip -n web link set lo up", "ip -n web link set eth0 up",
		"ip -n web address add 192.0.2.20/24 dev eth0", "ip -n web address add 192.0.2.21/24 dev eth0",
		"ip -n web route add default via 192.0.2.1",
		"ip netns add client", "ip link add client0 type veth peer name eth0 netns client", "ip link set client0 up",
		"ip address add 198.51.100.1/24 dev client0", "ip -n client link set eth0 up",
		"ip -n client address add 198.51.100.2/24 dev eth0", "ip -n client route add default via 198.51.100.1",
		"sysctl -q -w net.ipv4.ip_forward=1",
	} {
		m.must("sh", "-c", line)
	}
	var l net.Listener
	if err := in("web", func() (err error) { l, err = net.Listen("tcp4", ":80"); return err }); err != nil {
		m.Fatal(err)
	}
	m.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go echo(c)
		}
	}()
}

// echo says which of the servers it is, and then each line again.
func echo(c net.Conn) {
	defer c.Close()
	fmt.Fprintln(c, c.LocalAddr().(*net.TCPAddr).IP)
	for lines := bufio.NewScanner(c); lines.Scan(); {
		fmt.Fprintln(c, lines.Text())
	}
}

// in calls fn in a network namespace, where sockets that it opens stay.
func in(name string, fn func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		space, err := netns.GetFromName(name)
		if err == nil {
			err = errors.Join(netns.Set(space), space.Close())
		}
		if err == nil {
			err = fn()
		}
		result <- err
	}()
	return <-result
}

// A visit is a connection of the client through the director.
type visit struct {
	net.Conn
	lines  *bufio.Reader
	server string
}

func newVisit() (visit, error) {
	var v visit
	err := in("client", func() (err error) { v.Conn, err = net.DialTimeout("tcp4", "192.0.2.9:80", 5*time.Second); return err })
	if err != nil {
		return v, err
	}
	v.lines = bufio.NewReader(v.Conn)
	line, err := v.hear()
	v.server = line
	return v, err
}

func (v visit) hear() (string, error) {
	if err := v.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return "", err
	}
	line, err := v.lines.ReadString('\n')
	return strings.TrimSpace(line), err
}

// lives reports whether the connection carries something, both ways.
func (v visit) lives() error {
	if err := v.SetDeadline(time.Now().Add(10 * time.Second)); err != nil { // that of before is long over
		return err
	}
	if _, err := fmt.Fprintln(v, "still here"); err != nil {
		return err
	}
	if line, err := v.hear(); err != nil || line != "still here" {
		return fmt.Errorf("%q, %v", line, err)
	}
	return nil
}

// drain: a server gets no new connections, and those it has are waited for.
func (m *machine) drain() {
	m.configure(strings.Replace(corrected(3), "priority 150", "priority 120", 1) + servicesConf)
	m.must("systemctl", "reload", "holdfast.service")
	var old visit
	m.eventually("a connection to the server that is to be drained", func() (bool, string) {
		v, err := newVisit()
		if err != nil {
			return false, err.Error()
		}
		if v.server != "192.0.2.20" {
			v.Close()
			return false, v.server
		}
		old = v
		return true, ""
	})
	defer old.Close()
	wait := exec.Command("holdfast", "drain", "192.0.2.20", "--wait", "--timeout", "2m")
	var out strings.Builder
	wait.Stdout, wait.Stderr = &out, &out
	drained := make(chan error, 1)
	go func() { drained <- wait.Run() }()
	m.says("drain", "holdfast", "overrides")
	for range 6 {
		v, err := newVisit()
		if err != nil || v.server != "192.0.2.21" {
			m.Errorf("a new connection went to %q, %v", v.server, err)
		}
		if v.Conn != nil {
			v.Close()
		}
	}
	if err := old.lives(); err != nil {
		m.Errorf("the connection that was there: %v", err)
	}
	select {
	case err := <-drained:
		m.Fatalf("drain did not wait: %v %s", err, out.String())
	default:
	}
	old.Close()
	if err := <-drained; err != nil {
		m.Errorf("drain: %v\n%s", err, out.String())
	}
	m.must("holdfast", "undrain", "192.0.2.20")
}
