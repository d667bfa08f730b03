package engine

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/config"
)

// What 2.2.7 gives the socket of two routers of version 3 with two addresses each, as the kernel was seen to tell
// it (twice what it was asked for, 2304 at least).
func TestSemantics2_17_ReceiveBuffers(t *testing.T) {
	inHost(t, func(t *testing.T, _ *box, e *Engine, _ *observer.ObservedLogs) {
		two := []config.Instance{v3(instance("A", 61, 100, "10.1.1.1/32", "10.1.2.1/32"), time.Second),
			v3(instance("B", 62, 100, "10.1.1.2/32", "10.1.2.2/32"), time.Second)}
		for _, c := range []struct {
			name    string
			buffers config.Buffers
			own     uint32
			want    int
		}{
			{"none", config.Buffers{AdvertMultiplier: 3}, 0, 2 * receiveBuffer},
			{"MTU", config.Buffers{Adverts: config.BufferMTU, AdvertMultiplier: 7}, 0, 42000},
			{"advert", config.Buffers{Adverts: config.BufferAdvert, AdvertMultiplier: 200}, 0, 28800},
			{"the least", config.Buffers{Adverts: config.BufferAdvert, AdvertMultiplier: 3}, 0, 2304},
			{"bytes", config.Buffers{Adverts: config.BufferBytes, AdvertBytes: 50000, AdvertMultiplier: 3}, 0, 200000},
			{"of the routers", config.Buffers{Adverts: config.BufferMTU, AdvertMultiplier: 3}, 30000, 120000},
			{"over the kernel's limit", config.Buffers{Adverts: config.BufferBytes, AdvertBytes: 9000000}, 0, 36000000},
			{"none again", config.Buffers{AdvertMultiplier: 3}, 0, 2 * receiveBuffer},
		} {
			setup := cfg(two...)
			setup.Global.Buffers = c.buffers
			for n := range setup.Instances {
				setup.Instances[n].RxBufSize = c.own
			}
			must(t, e.Prepare(t.Context(), setup))
			must(t, e.Commit(t.Context()))
			got, err := unix.GetsockoptInt(e.ports.all[mainPort].socket.fd(), unix.SOL_SOCKET, unix.SO_RCVBUF)
			if err != nil || got != c.want {
				t.Errorf("%s: %d (%v), want %d", c.name, got, err, c.want)
			}
		}
	})
}

// Each port has what its own routers ask for; IPv6 headers and addresses are longer, version 2 has authentication.
func TestReceiveBuffersOfPorts(t *testing.T) {
	six, old, other := v3(instance("S", 1, 100, "fe80::1/64"), time.Second), instance("O", 2, 100, "10.0.0.1/32"), instance("X", 3, 100)
	six.ExcludedVIPs, other.Interface = vips("10.0.0.9/32"), "eth1"
	c := cfg(six, old, other)
	c.Global.Buffers = config.Buffers{Adverts: config.BufferAdvert, AdvertMultiplier: 10}
	var all []*router
	for n := range c.Instances {
		i := &c.Instances[n]
		all = append(all, &router{cfg: i, placement: placement{port: portOf(i, lodging{}, "")}})
	}
	got := receiveBuffers(&c.Global.Buffers, all, func(string) int { return 1500 })
	for k, want := range map[portKey]int{portTo("eth0", group6): 640, mainPort: 400, portTo("eth1", groupA): 360} {
		if got[k] != want {
			t.Errorf("%v: %d bytes, want %d", k, got[k], want)
		}
	}
	if len(got) != 3 {
		t.Errorf("%v", got)
	}
}

func TestSemantics1_28_DelayAfterBoot(t *testing.T) {
	for _, c := range []struct{ startup, boot, uptime, want time.Duration }{
		{0, 0, time.Hour, 0}, {5, 0, time.Hour, 5}, {0, 60 * time.Second, 20 * time.Second, 40 * time.Second},
		{0, 60 * time.Second, time.Hour, 0}, {50 * time.Second, 60 * time.Second, 20 * time.Second, 50 * time.Second},
	} {
		if got := startupDelay(&config.Global{VRRPStartupDelay: c.startup, DelayAfterBoot: c.boot}, c.uptime); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if a, b := uptime(), uptime(); a <= 0 || b < a {
		t.Errorf("up for %v, then %v", a, b)
	}
}

// netlinkBuffers are the receive buffers of the rtnetlink sockets of this process that are of one of these sizes.
func netlinkBuffers(t *testing.T, sizes ...int) map[int]int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	found := map[int]int{}
	for _, f := range fds {
		fd, err := strconv.Atoi(f.Name())
		must(t, err)
		// What is no socket, or is closed since, answers with an error.
		domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
		if err != nil || domain != unix.AF_NETLINK {
			continue
		}
		n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
		if err == nil && slices.Contains(sizes, n) {
			found[n]++
		}
	}
	return found
}

// The sockets to the kernel have what the configuration asks for, and without it what they had at first.
func TestNetlinkBuffers(t *testing.T) {
	inHost(t, func(t *testing.T, _ *box, e *Engine, _ *observer.ObservedLogs) {
		const first, second = 301000, 9000001 // the second is beyond net.core.rmem_max
		load := func(command, monitor config.Buffer) map[int]int {
			setup := cfg(instance("A", 61, 100, "10.1.1.1/32"))
			setup.Global.Buffers.VRRPCommand, setup.Global.Buffers.VRRPMonitor = command, monitor
			must(t, e.Prepare(t.Context(), setup))
			must(t, e.Commit(t.Context()))
			return netlinkBuffers(t, 2*first, 2*second)
		}
		// One for commands, one to ask what was lost with events, one for events.
		got := load(config.Buffer{Bytes: first}, config.Buffer{Bytes: second, Force: true})
		if want := (map[int]int{2 * first: 2, 2 * second: 1}); !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if got := load(config.Buffer{Bytes: second, Force: true}, config.Buffer{Bytes: first}); got[2*second] != 2 || got[2*first] != 1 {
			t.Errorf("the other way round: %v", got)
		}
		// Without force the kernel's limit holds.
		if got := load(config.Buffer{Bytes: second}, config.Buffer{Bytes: second}); len(got) != 0 {
			t.Errorf("not forced: %v", got)
		}
		if got := load(config.Buffer{}, config.Buffer{}); len(got) != 0 {
			t.Errorf("nothing is asked for: %v", got)
		}
		if got := netlinkBuffers(t, 4<<20); got[4<<20] == 0 {
			t.Error("events have not our own size again")
		}
	})
}
