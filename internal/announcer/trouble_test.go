package announcer

import (
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/internal/netif"
)

// A troubled is the kernel, of which some questions cannot be answered.
type troubled struct {
	Kernel
	door string
	err  error
}

func (k *troubled) at(door string) error {
	if k.door != door {
		return nil
	}
	return k.err
}

func (k *troubled) Index(dev string) (int, error) {
	if err := k.at("index"); err != nil {
		return 0, err
	}
	return k.Kernel.Index(dev)
}

func (k *troubled) Addresses() ([]netif.Address, error) {
	if err := k.at("addresses"); err != nil {
		return nil, err
	}
	return k.Kernel.Addresses()
}

func (k *troubled) Routes(protos []uint8) ([]netif.Route, error) {
	if err := k.at("routes"); err != nil {
		return nil, err
	}
	return k.Kernel.Routes(protos)
}

func (k *troubled) Device() (name string, index int, err error) {
	if err := k.at("device"); err != nil {
		return "", 0, err
	}
	return k.Kernel.Device()
}

// Whatever cannot be read: what is shown stays, is told of once, and goes when it is to go.
func TestWhatCannotBeReadStaysShown(t *testing.T) {
	loopback(t)
	const all = "192.0.2.10/32 2001:db8::10/128 198.51.100.0/24 2001:db8:1::/48"
	want := places("192.0.2.10/32 lo", "2001:db8::10/128 lo", "198.51.100.0/24 100", "2001:db8:1::/48 100")
	for _, door := range []string{"index", "addresses", "routes", "device"} {
		for _, errno := range []unix.Errno{unix.ENOBUFS, unix.ENOMEM, unix.EPERM, unix.EINTR} {
			core, logs := observer.New(zap.WarnLevel)
			real, err := Open()
			if err != nil {
				t.Fatal(err)
			}
			k := &troubled{Kernel: real}
			w := &work{log: zap.New(core), open: func() (Kernel, error) { return k, nil }, mine: map[place]bool{}}
			w.turn(want)
			if got := shown(t); got != all {
				t.Fatalf("shown at first: %s", got)
			}
			k.door, k.err = door, errno
			for range 3 {
				w.turn(want)
				if got := shown(t); got != all {
					t.Errorf("%s, %v: shown: %s", door, errno, got)
				}
			}
			if n := logs.Len(); n == 0 || n > len(want) {
				t.Errorf("%s, %v: %d lines: %v", door, errno, n, logs.All())
			}
			k.err = nil
			if w.turn(want); len(w.problems) > 0 || w.repairs > 0 {
				t.Errorf("%s, %v: problems %v, %d repairs", door, errno, w.problems, w.repairs)
			}
			if w.turn(nil); shown(t) != "" {
				t.Errorf("%s, %v: left: %s", door, errno, shown(t))
			}
			w.close()
		}
	}
}
