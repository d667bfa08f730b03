package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"github.com/mdlayher/netlink"

	"holdfast/ipvs"
)

// walked is what Walk gives, in words.
func walked(h *Handle) (string, error) {
	var all []string
	err := h.Walk(func(s *ipvs.ListedService) {
		dests := []string{}
		for _, d := range s.Dests {
			dests = append(dests, d.ID.String())
		}
		all = append(all, s.ID.String()+" "+strings.Join(dests, " "))
	})
	return strings.Join(all, "; "), err
}

// A walk finds the family again after the module was loaded anew, and a new socket after one that failed, also when
// that was in the middle of a dump.
func TestAWalkGoesOn(t *testing.T) {
	k, h := simulate(t)
	web := service(ipvs.TCP, "10.0.0.1:80")
	cmds := []ipvs.Command{{Op: ipvs.AddService, Service: web, Settings: ipvs.ServiceSettings{Scheduler: "rr"}}}
	for n := range 5 { // more than one datagram
		cmds = append(cmds, ipvs.Command{Op: ipvs.AddDest, Service: web,
			Dest: ipvs.DestID{Addr: netip.AddrFrom4([4]byte{10, 1, 0, byte(n)}), Port: 80}})
	}
	if errs := h.Apply(cmds); errs != nil {
		t.Fatal(errs)
	}
	want, err := walked(h)
	if err != nil || strings.Count(want, "10.1.0.") != 5 {
		t.Fatalf("%q, %v", want, err)
	}
	same := func(when string) {
		t.Helper()
		if got, err := walked(h); err != nil || got != want {
			t.Errorf("%s: %q, %v", when, got, err)
		}
	}
	k.reload++
	same("after the module was loaded again")
	k.broken = syscall.ENOBUFS
	if _, err := walked(h); !errors.Is(err, syscall.ENOBUFS) {
		t.Errorf("a socket that fails: %v", err)
	}
	same("after that")
	h.mu.Lock()
	half := errors.New("enough")
	err = h.dump(cmdGetDest, packSelection(web), func([]byte) error { return half })
	h.mu.Unlock()
	if !errors.Is(err, half) {
		t.Errorf("what was not understood: %v", err)
	}
	same("after that one")
	k.denied = true
	if _, err := walked(h); !errors.Is(err, syscall.EPERM) {
		t.Errorf("without rights: %v", err)
	}
	k.denied, k.absent = false, true
	if _, err := walked(h); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without IPVS: %v", err)
	}
}

// A dump that cannot be is refused as soon as that is seen.
func TestMessageOf(t *testing.T) {
	message := func(length uint32, body ...byte) []byte {
		b := binary.NativeEndian.AppendUint32(nil, length)
		b = binary.NativeEndian.AppendUint16(b, uint16(netlink.Done))
		return append(append(b, make([]byte, 10)...), body...)
	}
	for name, b := range map[string][]byte{
		"nothing": {1}, "a short one": message(15), "a long one": message(17), "the longest": message(1<<32 - 1),
	} {
		if _, _, _, err := messageOf(b); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	kind, body, rest, err := messageOf(append(message(17, 7, 0, 0, 0), 8))
	if err != nil || kind != netlink.Done || fmt.Sprint(body, rest) != "[7] [8]" {
		t.Errorf("%v %v %v, %v", kind, body, rest, err)
	}
	if err := takeMessage([]byte{1, 2, 3}, nil); err == nil {
		t.Error("a message without a header is taken")
	}
}
