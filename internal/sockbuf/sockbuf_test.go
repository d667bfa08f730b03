package sockbuf

import (
	"math"
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSizes(t *testing.T) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	size := func() int {
		n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	first := size()
	var b Buffer
	for _, c := range []struct {
		want Size
		is   int // 0 = as at first
	}{
		{Size{}, 0}, // untouched
		{Size{Bytes: 40000}, 80000},
		{Size{Bytes: 50000, Force: true}, 100000},
		{Size{Force: true}, 0},
		{Size{Bytes: 60000}, 120000},
		{Size{}, 0},
	} {
		if err := b.Set(fd, c.want); err != nil {
			t.Fatalf("%+v: %v", c.want, err)
		}
		want := c.is
		if want == 0 {
			want = first
		}
		if got := size(); got != want {
			t.Errorf("%+v: %d bytes, want %d", c.want, got, want)
		}
	}
	// The most that can be written: without force the kernel's limit holds, with it the kernel's arithmetic.
	must := func(s Size) int {
		t.Helper()
		if err := b.Set(fd, s); err != nil {
			t.Fatal(err)
		}
		return size()
	}
	limited := must(Size{Bytes: math.MaxUint32})
	if unix.Geteuid() == 0 {
		if forced := must(Size{Bytes: math.MaxUint32, Force: true}); forced <= limited {
			t.Errorf("forced %d bytes, %d without", forced, limited)
		}
	}
	if err := (&Buffer{}).Set(-1, Size{Bytes: 1}); err == nil {
		t.Error("no error for a descriptor that is none")
	}
}

func TestOfAConnection(t *testing.T) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var b Buffer
	if err := On(raw, func(fd int) error { return b.Set(fd, Size{Bytes: 40000}) }); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := On(raw, func(int) error { return nil }); err == nil {
		t.Error("no error for a socket that is closed")
	}
}

func TestTheUsualSize(t *testing.T) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for _, c := range []struct {
		want Size
		is   int
	}{
		{Size{}, 60000}, // usual
		{Size{Bytes: 40000}, 80000},
		{Size{Force: true}, 60000},
	} {
		if err := SetOr(fd, c.want, 30000); err != nil {
			t.Fatalf("%+v: %v", c.want, err)
		}
		if got, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF); err != nil || got != c.is {
			t.Errorf("%+v: %d bytes (%v), want %d", c.want, got, err, c.is)
		}
	}
	// More than anybody may have is cut where it must not be forced, and no error.
	if err := Most(fd, math.MaxInt32); err != nil {
		t.Error(err)
	}
	if SetOr(-1, Size{Bytes: 1}, 1) == nil || Most(-1, 1) == nil {
		t.Error("no error for a descriptor that is none")
	}
}
