package kernel

import (
	"encoding/binary"
	"strings"
	"syscall"
	"testing"

	"github.com/mdlayher/netlink"

	"holdfast/ipvs"
)

// tableOf is the commands that make n services with m destinations each.
func tableOf(n, m int) []ipvs.Command {
	var cmds []ipvs.Command
	for i := range n {
		id := service(ipvs.TCP, "10.0.0.1:0")
		id.Port = uint16(i)
		cmds = append(
			cmds,
			ipvs.Command{Op: ipvs.AddService, Service: id, Settings: ipvs.ServiceSettings{Scheduler: "rr", PrefixLen: 32}},
		)
		for j := range m {
			d := dest("10.0.0.2:0")
			d.Port = uint16(j)
			cmds = append(cmds, ipvs.Command{Op: ipvs.AddDest, Service: id, Dest: d, DestSettings: ipvs.DestSettings{Method: ipvs.Route, Weight: 1}})
		}
	}
	return cmds
}

// content is a kernel that takes everything.
type content struct{ sends, bytes int }

func (c *content) send(b []byte) error { c.sends, c.bytes = c.sends+1, c.bytes+len(b); return nil }

// receive acknowledges the last command of a batch of which all were sent.
func (c *content) receive(b []byte) (int, error) {
	n := c.sends * batch
	copy(b, message(uint32(n-1), netlink.Error, 0))
	return 36, nil
}

// message is an answer.
func message(sequence uint32, kind netlink.HeaderType, errno syscall.Errno) []byte {
	b := make([]byte, 36)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], uint16(kind))
	binary.NativeEndian.PutUint32(b[8:], sequence)
	binary.NativeEndian.PutUint32(b[16:], uint32(-int32(errno)))
	return b
}

// A table of a thousand entries is made in a few dozen system calls and without a word
// to the garbage collector.
func TestApplyAllocatesNothingForACommand(t *testing.T) {
	_, h := simulate(t)
	cmds := tableOf(64, 15)
	var k *content
	allocs := testing.AllocsPerRun(5, func() {
		k = &content{}
		h.raw, h.sequence = k, 0
		if errs := h.Apply(cmds); errs != nil {
			t.Fatal(errs[0])
		}
	})
	if want := len(cmds) / batch; k.sends != want {
		t.Errorf("%d commands took %d sends, want %d", len(cmds), k.sends, want)
	}
	if per := float64(k.bytes) / float64(len(cmds)); per > 160 {
		t.Errorf("a command takes %.0f bytes", per)
	}
	if most := float64(4 * k.sends); allocs > most {
		t.Errorf("%.0f allocations for %d commands, want at most %.0f", allocs, len(cmds), most)
	}
}

func TestAnswer(t *testing.T) {
	two := append(message(7, netlink.Error, syscall.ENOENT), message(9, netlink.Error, 0)...)
	i, errno, rest, err := answer(two, 5)
	if i != 2 || errno != syscall.ENOENT || err != nil || len(rest) != 36 {
		t.Errorf("command %d, %v, %v, %d bytes more", i, errno, err, len(rest))
	}
	if i, errno, rest, err = answer(rest, 5); i != 4 || errno != 0 || err != nil || len(rest) != 0 {
		t.Errorf("command %d, %v, %v, %d bytes more", i, errno, err, len(rest))
	}
	// The numbers of commands begin again at 0 after 2^32 of them.
	if i, _, _, err = answer(message(1, netlink.Error, 0), ^uint32(0)); i != 2 || err != nil {
		t.Errorf("command %d, %v", i, err)
	}
	long := message(7, netlink.Error, 0)
	binary.NativeEndian.PutUint32(long, 40)
	for want, b := range map[string][]byte{
		"of 19 bytes":          two[:19],
		"of length 40 in 36":   long,
		"of type done":         message(7, netlink.Done, 0),
		"of length 4 in 36":    append([]byte{4, 0, 0, 0}, two[4:36]...),
		"of length 1024 in 36": append([]byte{0, 4, 0, 0}, two[4:36]...),
	} {
		if _, _, _, err := answer(b, 5); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// An answer to something that was not asked is a defect of the transport, not of a
// command.
func TestApplyWithStrangeAnswers(t *testing.T) {
	k, h := simulate(t)
	for _, off := range []uint32{1, ^uint32(0)} {
		h.raw = strange{message(h.sequence+off, netlink.Error, 0)}
		errs := h.Apply(tableOf(1, 0))
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), "answer to a request not made") {
			t.Errorf("%d off: %v", int32(off), errs)
		}
	}
	if k.opened != 3 {
		t.Errorf("socket opened %d times, want again after each", k.opened)
	}
	if errs := h.Apply(tableOf(1, 0)); errs != nil {
		t.Errorf("after that: %v", errs)
	}
}

// strange is a kernel that always gives one answer.
type strange struct{ answer []byte }

func (s strange) send([]byte) error                   { return nil }
func (s strange) receive(b []byte) (n int, err error) { return copy(b, s.answer), nil }

func BenchmarkApply(b *testing.B) {
	_, h := simulate(b)
	cmds := tableOf(64, 15)
	b.ReportAllocs()
	for b.Loop() {
		h.raw, h.sequence = &content{}, 0
		if errs := h.Apply(cmds); errs != nil {
			b.Fatal(errs[0])
		}
	}
}
